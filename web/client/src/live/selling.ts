/**
 * What is being sold how, folded from a show's events: flash prices, auctions, giveaways, drops. Pure; the same as the
 * server's `livestream/fold_selling.py`.
 */

import type { Person } from "../api/types";

export interface FlashPrice {
  flash_id: string;
  listing_id: string;
  price: number;
  was: number;
  per_buyer: number;
  ends_at: number;
}

export interface Auction {
  auction_id: string;
  listing_id: string;
  currency: string;
  start_price: number;
  step: number;
  sudden_death: boolean;
  state: "open" | "sold" | "unsold" | "unpaid";
  ends_at: number;
  /** How long after `ends_at` bids made before it still count. */
  grace_ms: number;
  price: number;
  /** The least that a new bid must be. */
  next: number;
  leader: Person | null;
  bids: number;
  hash: string;
  winner: Person | null;
  /** The winner has not paid, and this is who comes next. */
  second?: boolean;
}

export interface Giveaway {
  giveaway_id: string;
  listing_id: string;
  title: string;
  photo: string | null;
  rule: "everyone" | "followers" | "buyers";
  state: "open" | "drawn";
  commitment: string;
  ends_at: number;
  winner: Person | null;
  entrants: number | null;
}

export interface Drop {
  drop_id: string;
  title: string;
  listing_ids: string[];
  per_buyer: number;
  opens_at: number;
}

export interface Selling {
  flash: Readonly<Record<string, FlashPrice>>;
  auctions: readonly Auction[];
  giveaways: readonly Giveaway[];
  drops: readonly Drop[];
}

export const NOTHING: Selling = { flash: {}, auctions: [], giveaways: [], drops: [] };

/** Auctions and giveaways that are over: whoever joins sees how the last ones went. */
const CLOSED_KEPT = 3;

type Data = Record<string, unknown>;
type Fold = (selling: Selling, data: Data) => Selling;

function begun<One extends { state: string }>(all: readonly One[], same: (one: One) => boolean, one: One): One[] {
  const kept = all.filter((other) => !same(other));
  const over = kept.filter((other) => other.state !== "open");
  const dropped = new Set(over.slice(0, Math.max(0, over.length - CLOSED_KEPT)));
  return [...kept.filter((other) => !dropped.has(other)), one];
}

function auction(selling: Selling, data: Data, change: (one: Auction) => Partial<Auction>): Selling {
  return {
    ...selling,
    auctions: selling.auctions.map((one) => (one.auction_id === data["auction_id"] ? { ...one, ...change(one) } : one)),
  };
}

export const SELLING_FOLDS: Readonly<Record<string, Fold>> = {
  flash_started: (selling, data) => {
    const flash = data as unknown as FlashPrice;
    return { ...selling, flash: { ...selling.flash, [flash.listing_id]: flash } };
  },
  flash_ended: (selling, data) => {
    const { [data["listing_id"] as string]: _ended, ...others } = selling.flash;
    return { ...selling, flash: others };
  },
  auction_started: (selling, data) => {
    const one = { ...(data["auction"] as Auction), winner: null };
    return { ...selling, auctions: begun(selling.auctions, (other) => other.auction_id === one.auction_id, one) };
  },
  bid_placed: (selling, data) =>
    auction(selling, data, (one) => ({
      price: data["price"] as number,
      next: data["next"] as number,
      leader: data["leader"] as Person | null,
      hash: data["hash"] as string,
      ends_at: Math.max(one.ends_at, data["ends_at"] as number),
      bids: data["number"] as number,
    })),
  auction_extended: (selling, data) => auction(selling, data, () => ({ ends_at: data["ends_at"] as number })),
  auction_closed: (selling, data) =>
    auction(selling, data, () => ({
      state: data["state"] as Auction["state"],
      price: data["price"] as number,
      winner: data["winner"] as Person | null,
      second: (data["second"] as boolean | undefined) ?? false,
      bids: data["bids"] as number,
      hash: data["hash"] as string,
    })),
  auction_cancelled: (selling, data) => ({
    ...selling,
    auctions: selling.auctions.filter((one) => one.auction_id !== data["auction_id"]),
  }),
  giveaway_opened: (selling, data) => {
    const one = { ...(data["giveaway"] as Giveaway), winner: null, entrants: null };
    return { ...selling, giveaways: begun(selling.giveaways, (other) => other.giveaway_id === one.giveaway_id, one) };
  },
  giveaway_drawn: (selling, data) => ({
    ...selling,
    giveaways: selling.giveaways.map((one) =>
      one.giveaway_id === data["giveaway_id"]
        ? { ...one, state: "drawn" as const, winner: data["winner"] as Person | null, entrants: data["entrants"] as number }
        : one,
    ),
  }),
  drop_announced: (selling, data) => {
    const drop = data as unknown as Drop;
    return { ...selling, drops: [...selling.drops.filter((one) => one.drop_id !== drop.drop_id), drop] };
  },
  drop_closed: (selling, data) => ({
    ...selling,
    drops: selling.drops.filter((one) => one.drop_id !== data["drop_id"]),
  }),
};
