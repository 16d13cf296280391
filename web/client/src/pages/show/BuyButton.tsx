import { useServerNow } from "../../clock";
import { minutesLeft } from "../../words";
import type { LineupItem } from "../../live/wire";
import { type Buyer, buyState } from "./buy_state";
import { t } from "../../i18n";

interface Props {
  item: LineupItem;
  buyer: Buyer;
  busy: boolean;
  onBuy: (listingId: string) => void;
  onPay: (holdId: string) => void;
  /** Only the card above the fold carries the hook for browser tests. */
  main?: boolean;
}

/** One tap claims; afterwards the same place pays. What cannot be bought says why instead. */
export function BuyButton({ item, buyer, busy, onBuy, onPay, main = false }: Props) {
  const ticking = item.state === "held" || buyer.holds.some((hold) => hold.listing_id === item.listing_id);
  const now = useServerNow(ticking ? 1_000 : null);
  const state = buyState(item, buyer, now);
  const hook = main ? { "data-testid": "buy-button" } : {};
  if (state.kind === "buy") {
    return (
      <button type="button" class="buy" disabled={busy} onClick={() => onBuy(item.listing_id)} aria-label={t("Buy {title}", { title: item.title })} {...hook}>
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
  const waits = state.kind === "held" && state.until !== null && state.until > now;
  return (
    <span class={`buy buy--off buy--${state.kind}`} {...(state.kind === "sold" && main ? { "data-testid": "sold-out" } : {})}>
      {state.label}
      {waits && state.until !== null && <span class="buy__time">{minutesLeft(state.until, now)}</span>}
    </span>
  );
}
