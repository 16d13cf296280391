import { describe, expect, it } from "vitest";

import { OnTime } from "../../../live/on_time";
import type { TimelineEvent } from "../../../live/wire";
import { stillAt } from "./Scrubber";
import { NOTHING_YET, featureAt, features } from "./log";

const event = (offset: number, at: number, kind: string, data: Record<string, unknown>): TimelineEvent => ({ offset, at, time: 0, by: "a", kind, data });
const card = (id: string) => ({ listing_id: id, title: id, price: 100, left: 1, state: "available" });
const log = [
  event(1, 0, "scheduled", { title: "Knits", host: { id: "a", handle: "a", name: "A", avatar: null } }),
  event(2, 0, "lineup_added", { listing: card("x") }),
  event(3, 0, "lineup_added", { listing: card("y") }),
  event(4, 100, "went_live", {}),
  event(5, 1_000, "featured", { listing_id: "x" }),
  event(6, 1_100, "removed", {}),
  event(7, 2_000, "featured", { listing_id: "y" }),
  event(8, 1_990, "unfeatured", { listing_id: "x" }),
  event(9, 3_000, "lineup_removed", { listing_id: "y" }),
  event(10, 4_000, "featured", { listing_id: "x" }),
];

describe("the log of a replay", () => {
  it("tells what was shown, from when to when", () => {
    expect(features(log).map(({ listing_id, at, until }) => [listing_id, at, until])).toEqual([
      ["x", 1_000, 1_990],
      ["y", 2_000, 3_000],
      ["x", 4_000, null],
    ]);
    expect(featureAt(features(log), 2_500)?.listing_id).toBe("y");
    expect(featureAt(features(log), 999)).toBeNull();
  });

  it("makes a room from nothing, at any moment", () => {
    const seen = new OnTime(NOTHING_YET, true);
    seen.add(log);
    seen.show(1_500);
    expect([seen.room.featured, seen.room.show.state, seen.room.show.title]).toEqual([["x"], "live", "Knits"]);
    seen.show(5_000);
    expect(seen.room.featured).toEqual(["x"]);
    seen.show(500, true);
    expect(seen.room.featured).toEqual([]);
    expect(seen.room.lineup).toHaveLength(2);
  });
});

describe("the scrubber's pictures", () => {
  it("are the newest by then", () => {
    const stills = [{ at: 2_000, url: "a" }, { at: 12_000, url: "b" }];
    expect([0, 11_999, 12_000].map((at) => stillAt(stills, at)?.url)).toEqual(["a", "a", "b"]);
    expect(stillAt([], 5)).toBeNull();
  });
});
