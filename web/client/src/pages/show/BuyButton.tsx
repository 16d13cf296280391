import { useServerNow } from "../../clock";
import { minutesLeft } from "../../words";
import type { LineupItem } from "../../live/wire";
import { WaitButton } from "../../components/WaitButton";
import { type Buyer, buyState } from "./buy_state";
import { dropOf, openAuction, priceNow, useSales } from "./sales/context";
import { t } from "../../i18n";

interface Props {
  item: LineupItem;
  buyer: Buyer;
  busy: boolean;
  /** `price`: what the page shows now; more is not taken. */
  onBuy: (listingId: string, price?: number) => void;
  onPay: (holdId: string) => void;
  /** Only the card above the fold carries the hook for browser tests. */
  main?: boolean;
}

/** One tap claims; afterwards the same place pays. What cannot be bought says why instead. */
export function BuyButton({ item, buyer, busy, onBuy, onPay, main = false }: Props) {
  const { selling, showId, openBids } = useSales();
  const drop = dropOf(selling, item.listing_id);
  const auction = openAuction(selling, item.listing_id);
  const flash = item.listing_id in selling.flash;
  const ticking =
    item.state === "held" || flash || drop !== undefined || buyer.holds.some((hold) => hold.listing_id === item.listing_id);
  const now = useServerNow(ticking ? 1_000 : null);
  const state = buyState(item, buyer, now);
  const hook = main ? { "data-testid": "buy-button" } : {};
  if (drop !== undefined && now < drop.opens_at && (state.kind === "buy" || state.kind === "held")) {
    return (
      <span class="buy buy--off">
        {t("Opens in")} <span class="buy__time">{minutesLeft(drop.opens_at, now)}</span>
      </span>
    );
  }
  if (auction !== undefined && state.kind !== "yours" && state.kind !== "own" && item.left === 0) {
    return (
      <button type="button" class="buy" onClick={() => openBids(auction.auction_id)}>
        {t("To the auction")}
      </button>
    );
  }
  if (state.kind === "buy") {
    const price = priceNow(selling, item.listing_id, item.price, now);
    return (
      <button type="button" class="buy" disabled={busy} onClick={() => onBuy(item.listing_id, price)} aria-label={t("Buy {title}", { title: item.title })} {...hook}>
        {busy ? t("Holding…") : state.label}
      </button>
    );
  }
  if (state.kind === "yours") {
    return (
      <button type="button" class="buy buy--yours" onClick={() => onPay(state.hold_id)} {...hook}>
        {state.label} <span class="buy__time">{minutesLeft(state.until, now)}</span>
      </button>
    );
  }
  if (state.kind === "held" && state.until !== null && buyer.accountId !== null) {
    return (
      <span class="buy-held">
        <span class="small">
          {state.label} <span class="buy__time">{minutesLeft(state.until, now)}</span>
        </span>
        <WaitButton listingId={item.listing_id} showId={showId || null} class="buy buy--wait" />
      </span>
    );
  }
  const waits = state.kind === "held" && state.until !== null && state.until > now;
  return (
    <span class={`buy buy--off buy--${state.kind}`} {...(state.kind === "sold" && main ? { "data-testid": "sold-out" } : {})}>
      {state.label}
      {waits && state.until !== null && <span class="buy__time">{minutesLeft(state.until, now)}</span>}
    </span>
  );
}
