import { describe, expect, it } from "vitest";

import { applied, fromSnapshot } from "./room";
import { type Auction, NOTHING } from "./selling";
import type { TimelineEvent } from "./wire";

const ANA = { id: "ana", handle: "ana", name: "Ana", avatar: null };
const AUCTION = { auction_id: "a", listing_id: "coat", state: "open", price: 1_000, next: 1_000, ends_at: 50, bids: 0 };
const START = fromSnapshot({
  offset: 0,
  show: { state: "live", title: "Coats", host: ANA },
  lineup: [],
  featured: [],
  messages: [],
  moderators: [],
});

function after(...events: [string, Record<string, unknown>][]) {
  return events.reduce(
    (room, [kind, data], place) =>
      applied(room, { offset: place + 1, at: 0, time: 0, kind, by: null, data } satisfies TimelineEvent),
    START,
  ).selling;
}

describe("what is sold how", () => {
  it("begins with nothing", () => expect(START.selling).toEqual(NOTHING));

  it("follows an auction to its hammer", () => {
    const bid = { auction_id: "a", number: 1, price: 1_200, next: 1_300, leader: ANA, ends_at: 40, hash: "h" };
    const open = after(["auction_started", { auction: AUCTION }], ["bid_placed", bid]);
    expect(open.auctions[0]).toMatchObject({ price: 1_200, next: 1_300, leader: ANA, ends_at: 50, bids: 1, hash: "h" });
    const closed = { auction_id: "a", state: "sold", price: 1_200, winner: ANA, bids: 1, hash: "h" };
    const done = after(["auction_started", { auction: AUCTION }], ["bid_placed", bid], ["auction_closed", closed]);
    expect(done.auctions[0]).toMatchObject({ state: "sold", winner: ANA });
    expect(after(["auction_started", { auction: AUCTION }], ["auction_cancelled", { auction_id: "a" }]).auctions).toEqual([]);
  });

  it("keeps three that are over", () => {
    const events = ["a", "b", "c", "d", "e"].flatMap((id): [string, Record<string, unknown>][] => [
      ["auction_started", { auction: { ...AUCTION, auction_id: id } }],
      ["auction_closed", { auction_id: id, state: "unsold", price: 1, winner: null, bids: 0, hash: "" }],
    ]);
    const kept: readonly Auction[] = after(...events).auctions;
    expect(kept.map((one) => one.auction_id)).toEqual(["b", "c", "d", "e"]);
  });

  it("forgets flash prices and drops that ended", () => {
    const flash = { flash_id: "f", listing_id: "coat", price: 1, was: 2, per_buyer: 1, ends_at: 9 };
    expect(after(["flash_started", flash]).flash["coat"]).toEqual(flash);
    expect(after(["flash_started", flash], ["flash_ended", { listing_id: "coat" }]).flash).toEqual({});
    const drop = { drop_id: "d", title: "Week", listing_ids: ["coat"], per_buyer: 1, opens_at: 5 };
    expect(after(["drop_announced", drop], ["drop_closed", { drop_id: "d" }]).drops).toEqual([]);
  });
});
