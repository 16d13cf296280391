import { useEffect, useState } from "preact/hooks";

import type { Channel } from "../../live/channel";
import type { LineupItem } from "../../live/wire";
import { money } from "../../words";
import { t } from "../../i18n";

const SHOWN_MS = 5_000;

interface Sale {
  offset: number;
  item: LineupItem;
}

/** A sale, large enough to be read from across the room; whom to thank when the piece was somebody else's. */
export function Celebration({ channel, hostId }: { channel: Channel; hostId: string }) {
  const [sale, setSale] = useState<Sale | null>(null);
  useEffect(
    () =>
      channel.onEvent((event) => {
        if (event.kind !== "sold") return;
        const item = channel.view.room?.lineup.find((each) => each.listing_id === event.data["listing_id"]);
        if (item) setSale({ offset: event.offset, item });
      }),
    [channel],
  );
  useEffect(() => {
    if (sale === null) return undefined;
    const timer = setTimeout(() => setSale(null), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [sale]);

  return (
    <div role="status">
      {sale && (
        <div key={sale.offset} class="celebration" data-testid="celebration">
          <p class="celebration__sold">{t("Sold!")}</p>
          <p class="celebration__what">
            {sale.item.title} · {money(sale.item.price, sale.item.currency)}
          </p>
          {sale.item.seller.id !== hostId && <p>{t("Thank @{handle} for lending it.", { handle: sale.item.seller.handle })}</p>}
        </div>
      )}
    </div>
  );
}
