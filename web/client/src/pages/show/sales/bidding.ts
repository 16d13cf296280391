/** One bid, from the tap to the answer: what is said to the bidder. */

import { newKey, sentence } from "../../../api";
import { serverNow } from "../../../clock";
import { t } from "../../../i18n";
import type { Channel } from "../../../live/channel";
import type { Auction } from "../../../live/selling";
import type { BidAnswer } from "../../../live/wire";
import { money } from "../../../words";

/** Where an auction is by the clock: open, waiting for bids that were made in time, or past even that. */
export function phase(auction: Auction, now: number = serverNow()): "open" | "sealed" | "closing" | "over" {
  if (auction.state !== "open") return "over";
  if (now >= auction.ends_at) return "closing";
  return auction.sudden_death && now >= auction.ends_at - auction.grace_ms ? "sealed" : "open";
}

/** Bid once. The key makes it one bid however often the line drops. Throws ChannelError. */
export async function bid(channel: Channel, auction: Auction, amount: number, maximum?: number): Promise<BidAnswer> {
  const command = { do: "bid" as const, auction_id: auction.auction_id, amount, maximum, key: newKey(), seen: auction.bids };
  return (await channel.ask(command)) as BidAnswer;
}

/** What a bidder is told of the answer. */
export function answered(answer: BidAnswer, currency: string): { text: string; good: boolean } {
  if (answer.sealed) return { text: t("Your bid is in. The last bids are opened together, at the end."), good: true };
  if (answer.leading) return { text: t("You lead at {price}.", { price: money(answer.price, currency) }), good: true };
  return { text: t("Outbid at once: the next bid is {price}.", { price: money(answer.next, currency) }), good: false };
}

/** Why a bid was refused, with the least that would do. */
export function refused(error: unknown, currency: string): string {
  const details = error instanceof Error && "details" in error ? (error.details as Record<string, unknown> | undefined) : undefined;
  const least = details?.["least"];
  const code = error instanceof Error && "code" in error ? error.code : null;
  if (code === "too_low" && typeof least === "number") {
    return t("Somebody was faster. Bid at least {price}.", { price: money(least, currency) });
  }
  return sentence(error);
}
