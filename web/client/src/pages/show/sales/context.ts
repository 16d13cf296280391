/** What the pieces of the show page know about the ways to sell, without handing it through every one of them. */

import { createContext } from "preact";
import { useContext } from "preact/hooks";

import type { Question } from "../../../components/checkout/confirmation";
import type { Channel } from "../../../live/channel";
import { type Auction, type Drop, NOTHING, type Selling } from "../../../live/selling";

export interface Sales {
  showId: string;
  selling: Selling;
  channel: Channel | null;
  /** Open the sheet to bid in. */
  openBids: (auctionId: string) => void;
  /** The bank wants an amount confirmed; `then` is done once it has. */
  askBank: (question: Question, then?: () => void) => void;
}

const OUTSIDE: Sales = { showId: "", selling: NOTHING, channel: null, openBids: () => undefined, askBank: () => undefined };
export const SalesContext = createContext<Sales>(OUTSIDE);
export const useSales = (): Sales => useContext(SalesContext);

/** The price of a listing in this show at `now`, by the server's clock: a flash price while it runs. */
export function priceNow(selling: Selling, listingId: string, listed: number, now: number): number {
  const flash = selling.flash[listingId];
  return flash !== undefined && now < flash.ends_at && flash.price < listed ? flash.price : listed;
}

export const openAuction = (selling: Selling, listingId: string): Auction | undefined =>
  selling.auctions.find((one) => one.listing_id === listingId && one.state === "open");

export const dropOf = (selling: Selling, listingId: string): Drop | undefined =>
  selling.drops.find((one) => one.listing_ids.includes(listingId));
