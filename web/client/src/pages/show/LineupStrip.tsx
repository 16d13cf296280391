import type { LineupItem } from "../../live/wire";
import { money } from "../../words";
import { t } from "../../i18n";

/** A first look at what will be shown: photographs in a row, the whole list one tap away. */
export function LineupStrip({ lineup, onOpen }: { lineup: readonly LineupItem[]; onOpen: () => void }) {
  if (lineup.length === 0) return null;
  return (
    <ul class="strip" aria-label={t("In this show")}>
      {lineup.map((item) => (
        <li key={item.listing_id}>
          <button type="button" class="strip__piece" onClick={onOpen} aria-label={`${item.title}, ${money(item.price, item.currency)}`}>
            {item.photo ? <img src={item.photo} alt="" loading="lazy" /> : <span class="strip__blank">♢</span>}
            <span class="strip__price">{money(item.price, item.currency)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
