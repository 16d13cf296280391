/** The ways to sell: requests of hosts, sellers and buyers. All throw ApiError. */

import type { Auction, Drop, FlashPrice, Giveaway } from "../live/selling";
import { path, request } from "./request";
import type { ListingCard, Person } from "./types";

export interface Waiting {
  listing: ListingCard;
  show_id: string | null;
  /** 1 is next. */
  place: number;
}

export interface Offer {
  offer_id: string;
  listing: ListingCard;
  buyer: Person;
  seller: Person;
  mine: "buyer" | "seller";
  amount: number;
  currency: string;
  state: "open" | "accepted" | "declined" | "withdrawn" | "expired";
  turn: "buyer" | "seller";
  until: number;
  changed_at: number;
  hold_id: string | null;
}

export interface SellingTerms {
  /** Hosts may discount or auction it down to this; null: they may not. */
  lowest: number | null;
  offers: boolean;
  per_buyer: number | null;
}

export interface GiveawayStanding {
  giveaway: Giveaway;
  entered: number;
  mine: boolean;
}

export interface GiveawayProof {
  giveaway: Giveaway;
  seed: string | null;
  entrants: { account_id: string; salt: string }[];
  winner: Person | null;
}

const inShow = (show: string, ...rest: string[]) => path("api", "shows", show, ...rest);

export const sales = {
  beginFlash: (show: string, body: { listing_id: string; kind: "percent" | "amount"; off: number; seconds: number; per_buyer: number }) =>
    request<FlashPrice>("POST", inShow(show, "flash"), { body }),
  stopFlash: (show: string, listing: string) => request<void>("DELETE", inShow(show, "flash", listing)),
  beginAuction: (show: string, body: { listing_id: string; start_price: number; seconds: number; step: number; sudden_death: boolean }) =>
    request<Auction>("POST", inShow(show, "auctions"), { body }),
  cancelAuction: (show: string, auction: string) => request<void>("DELETE", inShow(show, "auctions", auction)),
  announceDrop: (show: string, body: { title: string; listing_ids: string[]; seconds: number; per_buyer: number }) =>
    request<Drop>("POST", inShow(show, "drops"), { body }),
  closeDrop: (show: string, drop: string) => request<void>("DELETE", inShow(show, "drops", drop)),
  openGiveaway: (show: string, body: { listing_id: string; seconds: number; rule: Giveaway["rule"] }) =>
    request<Giveaway>("POST", inShow(show, "giveaways"), { body }),
  giveaway: (id: string) => request<GiveawayStanding>("GET", path("api", "giveaways", id)),
  enter: (id: string, salt: string) => request<GiveawayStanding>("PUT", path("api", "giveaways", id, "entry"), { body: { salt } }),
  proof: (id: string) => request<GiveawayProof>("GET", path("api", "giveaways", id, "proof")),
  bidLog: (id: string) => path("api", "auctions", id, "log"),
  wait: (listing_id: string, show_id: string | null) =>
    request<Waiting>("POST", "/api/waitlist", { body: { listing_id, show_id } }),
  stopWaiting: (listing: string) => request<void>("DELETE", path("api", "waitlist", listing)),
  waiting: () => request<{ items: Waiting[] }>("GET", "/api/waitlist"),
  makeOffer: (listing_id: string, amount: number, show_id: string | null) =>
    request<Offer>("POST", "/api/offers", { body: { listing_id, amount, show_id } }),
  offers: () => request<{ items: Offer[]; now: number }>("GET", "/api/offers"),
  answerOffer: (id: string, answer: "counter" | "accept" | "decline" | "withdraw", amount: number | null = null) =>
    request<Offer>("PATCH", path("api", "offers", id), { body: { do: answer, amount } }),
  terms: (listing: string) => request<SellingTerms>("GET", path("api", "listings", listing, "terms")),
  setTerms: (listing: string, body: SellingTerms) => request<SellingTerms>("PUT", path("api", "listings", listing, "terms"), { body }),
};
