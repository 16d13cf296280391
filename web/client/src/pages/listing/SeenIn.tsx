import { useEffect, useState } from "preact/hooks";

import { type Appearance, replays } from "../../api/replay";
import { rich } from "../../i18n";
import { showMoment } from "../../words";

/** The shows that had this piece on their screen, with a link to the moment. */
export function SeenIn({ listingId }: { listingId: string }) {
  const [found, setFound] = useState<readonly Appearance[]>([]);
  useEffect(() => {
    let current = true;
    replays.appearances(listingId).then(
      ({ items }) => current && setFound(items),
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [listingId]);
  if (found.length === 0) return null;
  return (
    <ul class="stack stack--tight seen-in" data-testid="seen-in">
      {found.map((one) => (
        <li key={one.show_id}>
          {rich("Seen in the show of {name} at <link>{time}</link>", {
            name: one.host.name,
            time: showMoment(one.at),
            link: (inner) => <a href={`/show/${encodeURIComponent(one.show_id)}?at=${one.at}`}>{inner}</a>,
          })}
        </li>
      ))}
    </ul>
  );
}
