import { ShippingNote } from "../../components/ShippingNote";
import type { LineupItem, Person } from "../../live/wire";
import { CONDITIONS } from "../../words";
import { BuyButton } from "./BuyButton";
import { OfferButton } from "./sales/OfferButton";
import { PriceNow } from "./sales/PriceNow";
import type { Buying } from "./useBuying";
import { inARow, rich, t } from "../../i18n";

interface Props {
  item: LineupItem;
  host: Person;
  buying: Buying;
}

/** What the host holds up right now: what it is, whose it is, what it costs with shipping, and one button. */
export function FeaturedCard({ item, host, buying }: Props) {
  const facts = inARow(item.brand, item.size && t("Size {size}", { size: item.size }), t(CONDITIONS[item.condition] ?? item.condition));
  const others = item.seller.id !== host.id;
  return (
    <article class={`featured featured--${item.state}`} data-testid="featured-card" data-listing={item.listing_id}>
      <a class="featured__photo" href={`/listing/${encodeURIComponent(item.listing_id)}`} tabIndex={-1} aria-hidden="true">
        {item.photo ? <img src={item.photo} alt="" /> : <span class="featured__blank">♢</span>}
      </a>
      <div class="featured__words">
        <h2 class="featured__title" dir="auto">
          <a href={`/listing/${encodeURIComponent(item.listing_id)}`}>{item.title}</a>
        </h2>
        <p class="featured__facts">{facts}</p>
        <p class="featured__price">
          <PriceNow item={item} />{" "}
          {others && (
            <span class="featured__seller">
              {rich("from <link>@{handle}</link>", {
                handle: item.seller.handle,
                link: (inner) => <a href={`/closet/${encodeURIComponent(item.seller.handle)}`}>{inner}</a>,
              })}
            </span>
          )}
          {item.state === "available" && <span class="featured__left">{t("{count, plural, one {# left} other {# left}}", { count: item.left })}</span>}
        </p>
      </div>
      <BuyButton
        main
        item={item}
        buyer={buying.buyer}
        busy={buying.busy === item.listing_id}
        onBuy={buying.buy}
        onPay={buying.pay}
      />
      <div class="featured__more">
        <ShippingNote listingId={item.listing_id} available={item.state === "available"} />{" "}
        <OfferButton item={item} />
      </div>
    </article>
  );
}
