import { t } from "../../../i18n";
import type { LineupItem } from "../../../live/wire";
import { money } from "../../../words";
import { BuyButton } from "../BuyButton";
import type { Buying } from "../useBuying";

interface Props {
  /** As it was at the moment of the picture. */
  item: LineupItem;
  /** As it is now; null while that is not known. */
  present: LineupItem | null;
  buying: Buying;
}

/** What was held up at this moment, as it was; the button is about today. */
export function PastCard({ item, present, buying }: Props) {
  const then = item.state === "sold" ? t("Sold at this moment") : item.state === "held" ? t("On hold at this moment") : null;
  const cheaper = present !== null && present.price !== item.price;
  return (
    <article class={`featured featured--${item.state}`} data-testid="featured-card" data-listing={item.listing_id} data-state-then={item.state}>
      <a class="featured__photo" href={`/listing/${encodeURIComponent(item.listing_id)}`} tabIndex={-1} aria-hidden="true">
        {item.photo ? <img src={item.photo} alt="" /> : <span class="featured__blank">♢</span>}
      </a>
      <div class="featured__words">
        <h2 class="featured__title">
          <a href={`/listing/${encodeURIComponent(item.listing_id)}`} dir="auto">{item.title}</a>
        </h2>
        <p class="featured__facts">
          {then && <span class="replay__then">{then} · </span>}
          <bdi>@{item.seller.handle}</bdi>
        </p>
        <p class="featured__price">
          <b>
            <bdi>{money(item.price, item.currency)}</bdi>
          </b>
          {cheaper && present && <span class="replay__now">{t("Now {price}", { price: money(present.price, present.currency) })}</span>}
        </p>
      </div>
      {present && <BuyButton main item={present} buyer={buying.buyer} busy={buying.busy === item.listing_id} onBuy={buying.buy} onPay={buying.pay} />}
    </article>
  );
}
