import { describe, expect, it } from "vitest";

import { MESSAGES_KEPT, MissedEvents, type Room, fold, fromSnapshot } from "./room";
import type { ListingCard, Person, Snapshot, TimelineEvent } from "./wire";

const ana: Person = { id: "a", handle: "ana", name: "Ana", avatar: null };
const mara: Person = { id: "m", handle: "mara", name: "Mara", avatar: null };

function card(id: string, change: Partial<ListingCard> = {}): ListingCard {
  return {
    listing_id: id,
    title: `Coat ${id}`,
    brand: "",
    size: "M",
    category: "coats",
    condition: "good",
    price: 4800,
    currency: "USD",
    photo: null,
    seller: ana,
    quantity: 1,
    left: 1,
    state: "available",
    held_until: null,
    likes: 0,
    featuring_allowed: true,
    ...change,
  };
}

const empty: Snapshot = {
  offset: 0,
  show: { state: "scheduled", title: "Knits", host: mara },
  lineup: [],
  featured: [],
  messages: [],
  moderators: [],
};

function events(from: number, ...kinds: [string, Record<string, unknown>][]): TimelineEvent[] {
  return kinds.map(([kind, data], index) => ({ offset: from + index, at: 0, time: 0, by: null, kind, data }));
}

function after(...kinds: [string, Record<string, unknown>][]): Room {
  return fold(fromSnapshot(empty), events(1, ...kinds));
}

const said = (id: string): [string, Record<string, unknown>] => [
  "said",
  { message_id: id, text: `line ${id}`, author: ana, role: null },
];

describe("the fold", () => {
  it("follows the show through its states and keeps when an interrupted one ends", () => {
    expect(after(["went_live", {}]).show.state).toBe("live");
    const paused = after(["went_live", {}], ["interrupted", { until: 99 }]);
    expect(paused.show).toMatchObject({ state: "interrupted", until: 99 });
    expect(fold(paused, events(3, ["resumed", {}])).show).toMatchObject({ state: "live", until: null });
    expect(after(["went_live", {}], ["ended", {}]).show.state).toBe("ended");
    expect(after(["cancelled", {}]).show.state).toBe("cancelled");
    expect(after(["edited", { title: "Coats" }]).show.title).toBe("Coats");
  });

  it("holds, releases and sells a listing, and marks it featured", () => {
    const shown = after(["lineup_added", { listing: card("x") }], ["featured", { listing_id: "x" }]);
    expect(shown.featured).toEqual(["x"]);
    expect(shown.lineup[0]).toMatchObject({ featured: true, state: "available" });
    const held = fold(shown, events(3, ["held", { listing_id: "x", left: 0, state: "held", until: 7 }]));
    expect(held.lineup[0]).toMatchObject({ left: 0, state: "held", held_until: 7, featured: true });
    const back = fold(held, events(4, ["released", { listing_id: "x", left: 1, state: "available" }]));
    expect(back.lineup[0]).toMatchObject({ left: 1, state: "available", held_until: null });
    const gone = fold(back, events(5, ["sold", { listing_id: "x", left: 0, state: "sold" }]));
    expect(gone.lineup[0]).toMatchObject({ left: 0, state: "sold" });
    expect(fold(gone, events(6, ["unfeatured", { listing_id: "x" }])).featured).toEqual([]);
  });

  it("changes a card without losing that it is featured", () => {
    const room = after(
      ["lineup_added", { listing: card("x") }],
      ["featured", { listing_id: "x" }],
      ["card_changed", { listing: card("x", { price: 100 }) }],
    );
    expect(room.lineup[0]).toMatchObject({ price: 100, featured: true });
  });

  it("orders the lineup and forgets a removed listing everywhere", () => {
    const room = after(
      ["lineup_added", { listing: card("x") }],
      ["lineup_added", { listing: card("y") }],
      ["lineup_added", { listing: card("z") }],
      ["lineup_ordered", { listing_ids: ["z", "x", "y"] }],
      ["featured", { listing_id: "x" }],
      ["lineup_removed", { listing_id: "x" }],
    );
    expect(room.lineup.map((item) => item.listing_id)).toEqual(["z", "y"]);
    expect(room.featured).toEqual([]);
  });

  it("shows what is said until it is deleted, within its bound", () => {
    const room = after(said("1"), said("2"), ["deleted", { message_ids: ["1"] }]);
    expect(room.messages.map((line) => line.message_id)).toEqual(["2"]);
    const many = Array.from({ length: MESSAGES_KEPT + 5 }, (_, index) => said(`n${index}`));
    const full = after(...many);
    expect(full.messages).toHaveLength(MESSAGES_KEPT);
    expect(full.messages[0]?.message_id).toBe("n5");
  });

  it("names and revokes moderators once each, and remembers sanctions until they are lifted", () => {
    const named = after(["moderator_named", { person: ana }], ["moderator_named", { person: ana }]);
    expect(named.moderators).toEqual(["a"]);
    expect(fold(named, events(3, ["moderator_revoked", { account_id: "a" }])).moderators).toEqual([]);
    const muted = after(["sanctioned", { account_id: "a", kind: "mute", until: null, reason: "spam" }]);
    expect(muted.sanctions["a"]).toEqual({ kind: "mute", until: null, reason: "spam" });
    expect(fold(muted, events(2, ["sanction_lifted", { account_id: "a" }])).sanctions).toEqual({});
  });

  it("skips what it knows, refuses a gap, and moves on over kinds it does not know", () => {
    const room = after(["went_live", {}], ["confetti", {}]);
    expect(room.offset).toBe(2);
    expect(fold(room, events(1, ["ended", {}])).show.state).toBe("live");
    expect(() => fold(room, events(4, ["ended", {}]))).toThrow(MissedEvents);
  });

  it("never changes the room it was given", () => {
    const before = after(["lineup_added", { listing: card("x") }]);
    const copy = structuredClone(before);
    fold(before, events(2, ["featured", { listing_id: "x" }], said("1"), ["ended", {}]));
    expect(before).toEqual(copy);
  });
});
