/** What the buy button of a listing says to this person now. Pure. */

import type { ListingCard } from "../../live/wire";
import { t } from "../../i18n";

/** A hold of this person's own; `until` is the server's clock. */
export interface OwnHold {
  hold_id: string;
  listing_id: string;
  until: number;
}

export type BuyState =
  | { kind: "buy"; label: string; note: string | null }
  | { kind: "yours"; label: string; until: number; hold_id: string }
  | { kind: "held"; label: string; until: number | null }
  | { kind: "bought"; label: string }
  | { kind: "sold"; label: string }
  | { kind: "own"; label: string };

export interface Buyer {
  accountId: string | null;
  holds: readonly OwnHold[];
  /** Listings paid for in this visit. */
  bought: ReadonlySet<string>;
}

export function buyState(card: ListingCard, buyer: Buyer, now: number): BuyState {
  const own = buyer.holds.find((hold) => hold.listing_id === card.listing_id && hold.until > now);
  if (own) return { kind: "yours", label: t("Pay now"), until: own.until, hold_id: own.hold_id };
  if (buyer.bought.has(card.listing_id) && card.state !== "available") return { kind: "bought", label: t("Sold to you") };
  if (card.state === "sold") return { kind: "sold", label: t("Sold") };
  if (buyer.accountId !== null && card.seller.id === buyer.accountId) return { kind: "own", label: t("Your piece") };
  if (card.state === "held") return { kind: "held", label: t("On hold"), until: card.held_until };
  const note = card.left === 1 ? (card.quantity === 1 ? t("One of a kind") : t("Last one")) : t("{count, plural, one {# left} other {# left}}", { count: card.left });
  return { kind: "buy", label: t("Buy"), note };
}

/** Sold pieces after the others, each group in the host's order. */
export function soldLast<Card extends ListingCard>(lineup: readonly Card[]): Card[] {
  return [...lineup.filter((item) => item.state !== "sold"), ...lineup.filter((item) => item.state === "sold")];
}
