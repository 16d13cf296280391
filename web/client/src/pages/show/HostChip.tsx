import { useState } from "preact/hooks";

import { closets, sentence } from "../../api";
import type { Person } from "../../live/wire";

interface Props {
  host: Person;
  following: boolean;
  /** False for the host's own page. */
  followable: boolean;
  signedIn: boolean;
  signIn: () => void;
  onTrouble: (sentence: string) => void;
}

/** Who is on air, and one tap to follow. */
export function HostChip({ host, following, followable, signedIn, signIn, onTrouble }: Props) {
  const [follows, setFollows] = useState(following);
  const toggle = async () => {
    if (!signedIn) return signIn();
    const wanted = !follows;
    setFollows(wanted);
    try {
      setFollows((await closets.follow(host.handle, wanted)).following);
    } catch (error) {
      setFollows(!wanted);
      onTrouble(sentence(error));
    }
  };
  return (
    <div class="host-chip">
      <a class="host-chip__person" href={`/closet/${encodeURIComponent(host.handle)}`}>
        <Face person={host} />
        <span class="host-chip__name">{host.name}</span>
      </a>
      {followable && (
        <button type="button" class="host-chip__follow" aria-pressed={follows} onClick={toggle}>
          {follows ? "Following" : "Follow"}
        </button>
      )}
    </div>
  );
}

function Face({ person }: { person: Person }) {
  if (person.avatar) return <img class="host-chip__face" src={person.avatar} alt="" width={32} height={32} />;
  return (
    <span class="host-chip__face" aria-hidden="true">
      {[...person.name][0]}
    </span>
  );
}
