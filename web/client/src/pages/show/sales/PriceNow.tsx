import { useServerNow } from "../../../clock";
import { t } from "../../../i18n";
import type { LineupItem } from "../../../live/wire";
import { minutesLeft, money } from "../../../words";
import { priceNow, useSales } from "./context";

/** What a piece costs in this show now; while a flash price runs, with the old price and the time that is left. */
export function PriceNow({ item }: { item: LineupItem }) {
  const { selling } = useSales();
  const flash = selling.flash[item.listing_id];
  const now = useServerNow(flash === undefined ? null : 500);
  const price = priceNow(selling, item.listing_id, item.price, now);
  if (flash === undefined || price === item.price) return <b>{money(item.price, item.currency)}</b>;
  return (
    <span class="flash" data-testid="flash">
      <b>{money(price, item.currency)}</b>{" "}
      <s>
        <span class="hidden-visually">{t("instead of")} </span>
        {money(item.price, item.currency)}
      </s>{" "}
      <span role="timer" aria-live="off">
        {minutesLeft(flash.ends_at, now)}
      </span>
    </span>
  );
}
