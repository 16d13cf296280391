import type { LineupItem } from "../../live/wire";
import { money } from "../../words";
import { BuyButton } from "./BuyButton";
import { soldLast } from "./buy_state";
import type { Buying } from "./useBuying";
import { inARow, t } from "../../i18n";

interface Props {
  lineup: readonly LineupItem[];
  onScreen: readonly string[];
  buying: Buying;
  /** What an empty lineup says. */
  empty: string;
}

/** Every piece of the show; sold ones greyed and last. */
export function LineupList({ lineup, onScreen, buying, empty }: Props) {
  if (lineup.length === 0) return <p class="lineup__empty">{empty}</p>;
  return (
    <ul class="lineup">
      {soldLast(lineup).map((item) => (
        <li key={item.listing_id} class={`lineup__item${item.state === "sold" ? " lineup__item--sold" : ""}`}>
          <a class="lineup__photo" href={`/listing/${encodeURIComponent(item.listing_id)}`} tabIndex={-1} aria-hidden="true">
            {item.photo ? <img src={item.photo} alt="" loading="lazy" /> : <span>♢</span>}
          </a>
          <div class="lineup__words">
            <a class="lineup__title" dir="auto" href={`/listing/${encodeURIComponent(item.listing_id)}`}>
              {item.title}
            </a>
            <span class="lineup__facts">{inARow(money(item.price, item.currency), item.size, `@${item.seller.handle}`)}</span>
            {onScreen.includes(item.listing_id) && item.state !== "sold" && <span class="lineup__now">{t("On screen now")}</span>}
          </div>
          <BuyButton item={item} buyer={buying.buyer} busy={buying.busy === item.listing_id} onBuy={buying.buy} onPay={buying.pay} />
        </li>
      ))}
    </ul>
  );
}
