import { useState } from "preact/hooks";

import { closets, sentence } from "../../api";
import { Avatar } from "../../components/Avatar";
import type { Person } from "../../live/wire";
import { toast } from "../../state/toasts";
import { t } from "../../i18n";

interface Props {
  host: Person;
  following: boolean;
  /** False for the host's own page. */
  followable: boolean;
  signedIn: boolean;
  signIn: () => void;
}

/** Who is on air, and one tap to follow. */
export function HostChip({ host, following, followable, signedIn, signIn }: Props) {
  const [follows, setFollows] = useState(following);
  const toggle = async () => {
    if (!signedIn) return signIn();
    const wanted = !follows;
    setFollows(wanted);
    try {
      setFollows((await closets.follow(host.handle, wanted)).following);
    } catch (error) {
      setFollows(!wanted);
      toast(sentence(error), "problem");
    }
  };
  return (
    <div class="host-chip">
      <a class="host-chip__person" href={`/closet/${encodeURIComponent(host.handle)}`}>
        <Avatar person={host} size={32} />
        <span class="host-chip__name" dir="auto">{host.name}</span>
      </a>
      {followable && (
        <button type="button" class="host-chip__follow" aria-pressed={follows} onClick={toggle}>
          {follows ? t("Following") : t("Follow")}
        </button>
      )}
    </div>
  );
}
