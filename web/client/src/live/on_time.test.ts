import { describe, expect, it } from "vitest";

import { OnTime } from "./on_time";
import { type Room, fold, fromSnapshot } from "./room";
import type { LineupItem, Person, TimelineEvent } from "./wire";

const ana: Person = { id: "a", handle: "ana", name: "Ana", avatar: null };
const item = (id: string): LineupItem => ({
  listing_id: id, title: id, brand: "", size: "M", category: "coats", condition: "good", price: 4800, currency: "USD", photo: null,
  seller: ana, quantity: 1, left: 1, state: "available", held_until: null, likes: 0, featuring_allowed: true, featured: false,
}) as LineupItem;
const base: Room = fromSnapshot({
  offset: 0, show: { state: "live", title: "Knits", host: ana }, lineup: [item("x"), item("y")], featured: [], messages: [], moderators: [],
});

function event(offset: number, at: number, kind: string, data: Record<string, unknown>): TimelineEvent {
  return { offset, at, time: 0, by: "a", kind, data };
}
const said = (offset: number, at: number) => event(offset, at, "said", { message_id: `m${offset}`, text: `${offset}`, author: ana, role: null });
const featured = (offset: number, at: number, id: string) => event(offset, at, "featured", { listing_id: id });
const lines = (room: Room) => room.messages.map((line) => line.text);

describe("a show on the time of a picture", () => {
  it("changes cards with the frame of their moment, in the host's order", () => {
    const seen = new OnTime(base);
    seen.add([featured(1, 1_000, "x"), event(2, 1_100, "unfeatured", { listing_id: "x" }), featured(3, 1_050, "y")]);
    seen.show(990);
    expect(seen.room.featured).toEqual([]);
    seen.show(1_000);
    expect(seen.room.featured).toEqual(["x"]);
    expect(seen.room.lineup[0]).toMatchObject({ listing_id: "x", featured: true });
    seen.show(1_079);
    expect(seen.room.featured).toEqual(["x"]); // y was shown after x was taken down, whatever its author's clock says
    expect(seen.waits).toBe(true);
    seen.show(1_100);
    expect(seen.room.featured).toEqual(["y"]);
    expect(seen.waits).toBe(false);
  });

  it("shows a card with the picture nearest to its moment, lines not before theirs, however often it is asked", () => {
    const seen = new OnTime(base);
    seen.add([featured(1, 1_036, "x"), said(2, 1_034), event(3, 1_118, "unfeatured", { listing_id: "x" })]);
    for (const at of [967, 1_000]) seen.show(at);
    expect(seen.room.featured).toEqual([]);
    seen.show(1_033);
    expect([seen.room.featured, lines(seen.room)]).toEqual([["x"], []]);
    seen.show(1_067);
    seen.show(1_100); // 1,118 is nearer to 1,133
    expect([seen.room.featured, lines(seen.room)]).toEqual([["x"], ["2"]]);
    seen.add([featured(4, 1_116, "y")]); // came after its picture, which is on the screen still
    seen.show(1_100);
    expect(seen.room.featured).toEqual(["x"]); // the host took x down before
    seen.show(1_133);
    expect(seen.room.featured).toEqual(["y"]);
  });

  it("is a fraction of a picture early at most, however far apart pictures are", () => {
    const seen = new OnTime(base);
    seen.add([featured(1, 5_021, "x")]);
    for (const at of [0, 5_000]) seen.show(at);
    expect(seen.room.featured).toEqual([]);
    seen.show(5_001);
    expect(seen.room.featured).toEqual([]); // two pictures half a millisecond from each other
    seen.show(5_016);
    expect(seen.room.featured).toEqual(["x"]);
  });

  it("says by how much what the host did came after its picture", () => {
    const seen = new OnTime(base);
    expect(seen.add([featured(1, 1_000, "x")])).toBe(0); // no picture, nothing is late
    seen.show(2_000);
    expect(seen.add([featured(2, 2_100, "y"), said(3, 500)])).toBe(0);
    expect(seen.add([featured(4, 1_950, "x"), featured(5, 1_900, "y")])).toBe(100);
  });

  it("never shows a line before the frame that its author saw, and does not hold back those of delayed authors", () => {
    const seen = new OnTime(base);
    seen.show(500);
    seen.add([said(1, 3_000), said(2, 400), said(3, 800)]);
    seen.show(500);
    expect(lines(seen.room)).toEqual(["2"]);
    seen.show(2_999);
    expect(lines(seen.room)).toEqual(["2", "3"]);
    seen.show(3_000);
    expect(lines(seen.room)).toEqual(["1", "2", "3"]);
  });

  it("takes what decides about buying, and what moderators do, at once", () => {
    const seen = new OnTime(base);
    seen.add([said(1, 900), featured(2, 1_000, "x")]);
    seen.show(1_000);
    seen.add([
      event(3, 9_000, "sold", { listing_id: "x", left: 0, state: "sold" }),
      event(4, 9_000, "card_changed", { listing: { ...item("y"), price: 100 } }),
      event(5, 9_000, "deleted", { message_ids: ["m1", "m6"] }),
      said(6, 9_000),
    ]);
    seen.show(1_001);
    expect(seen.room.lineup[0]).toMatchObject({ state: "sold", featured: true });
    expect(seen.room.lineup[1]).toMatchObject({ price: 100 });
    expect(lines(seen.room)).toEqual([]);
    seen.show(9_000);
    expect(lines(seen.room)).toEqual([]);
  });

  it("waits for nothing without a picture, and does not take it back when the picture goes on", () => {
    const seen = new OnTime(base);
    seen.add([featured(1, 1_000, "x"), said(2, 1_000), event(3, 2_000, "ended", {})]);
    seen.show(null);
    expect(seen.room.featured).toEqual(["x"]);
    expect(seen.room.show.state).toBe("ended");
    seen.show(500);
    expect([seen.room.featured, lines(seen.room)]).toEqual([["x"], ["2"]]);
  });

  it("goes back with a picture that comes another way, but takes no line from the reader", () => {
    const seen = new OnTime(base);
    seen.add([featured(1, 1_000, "x"), said(2, 1_200), event(3, 1_500, "unfeatured", { listing_id: "x" })]);
    seen.show(2_000);
    expect(seen.room.featured).toEqual([]);
    seen.show(1_100, true);
    expect([seen.room.featured, lines(seen.room)]).toEqual([["x"], ["2"]]);
    seen.show(1_500);
    expect(seen.room.featured).toEqual([]);
    expect(lines(seen.room)).toEqual(["2"]);
  });

  it("forgets what no picture goes back behind, and is still right", () => {
    const seen = new OnTime(base);
    let offset = 0;
    for (let at = 0; at < 200_000; at += 500) {
      offset += 1;
      seen.add([at % 1_000 === 0 ? featured(offset, at, "x") : event(offset, at, "unfeatured", { listing_id: "x" })]);
      seen.show(at);
      expect(seen.room.featured).toEqual(at % 1_000 === 0 ? ["x"] : []);
    }
    seen.show(199_200, true);
    expect(seen.room.featured).toEqual(["x"]);
    expect((seen as unknown as { timed: unknown[] }).timed.length).toBeLessThan(70);
  });

  it("ends at the present's fold, whatever the order of moments", () => {
    let seed = 7;
    const chance = (most: number) => (seed = (seed * 48271) % 2147483647) % most;
    for (let round = 0; round < 60; round += 1) {
      const events = Array.from({ length: 30 }, (_, index) => {
        const [offset, at] = [index + 1, chance(5_000)];
        const id = ["x", "y", "z"][chance(3)]!;
        return [
          featured(offset, at, id),
          event(offset, at, "unfeatured", { listing_id: id }),
          said(offset, at),
          event(offset, at, "deleted", { message_ids: [`m${chance(30)}`] }),
          event(offset, at, "sold", { listing_id: id, left: 0, state: "sold" }),
          event(offset, at, "lineup_added", { listing: item("z") }),
          event(offset, at, "lineup_removed", { listing_id: id }),
          event(offset, at, "interrupted", { until: 9 }),
        ][chance(8)]!;
      });
      const seen = new OnTime(base);
      for (let cut = 0; cut < 30; cut += 7) {
        seen.add(events.slice(cut, cut + 7));
        seen.show(chance(5_000), chance(3) === 0);
      }
      seen.show(null);
      // A line that was deleted before it was said stays deleted here: ids are made with the line, so no show has that.
      const deleted = new Set(events.flatMap((one) => (one.kind === "deleted" ? (one.data["message_ids"] as string[]) : [])));
      const present = fold(base, events);
      expect({ ...seen.room, messages: [] }).toEqual({ ...present, messages: [] });
      expect(lines(seen.room)).toEqual(lines({ ...present, messages: present.messages.filter((line) => !deleted.has(line.message_id)) }));
    }
  });
});

describe("a replay", () => {
  it("shows stock as it was, goes back and forth, and without what moderators took away", () => {
    const seen = new OnTime(base, true);
    seen.add([
      featured(1, 1_000, "x"),
      said(2, 1_100),
      said(3, 1_200),
      event(4, 1_300, "held", { listing_id: "x", left: 0, state: "held", until: 9 }),
      event(5, 1_400, "sold", { listing_id: "x", left: 0, state: "sold" }),
      event(6, 5_000, "deleted", { message_ids: ["m2"] }),
    ]);
    seen.show(1_350);
    expect(seen.room.lineup[0]?.state).toBe("held");
    expect(lines(seen.room)).toEqual(["3"]);
    seen.show(1_400);
    expect(seen.room.lineup[0]?.state).toBe("sold");
    seen.show(1_150, true);
    expect(seen.room.lineup[0]?.state).toBe("available");
    expect(lines(seen.room)).toEqual([]);
    seen.show(0, true);
    expect(seen.room.featured).toEqual([]);
  });
});
