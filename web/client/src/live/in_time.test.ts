import { describe, expect, it } from "vitest";

import { InTime, frameMoment } from "./in_time";

describe("a card that waits for its picture", () => {
  it("changes with the frame of its moment, in order", () => {
    const card = new InTime("a");
    card.push("b", 1000, 0);
    card.push("c", 1100, 50);
    expect(card.advance(990, 60)).toBe("a");
    expect(card.advance(1000, 70)).toBe("b");
    expect(card.pending).toBe(true);
    expect(card.advance(1133, 200)).toBe("c");
    expect(card.pending).toBe(false);
  });

  it("does not wait without a picture, or for one that is stuck", () => {
    const card = new InTime("a");
    card.push("b", 1000, 0);
    expect(card.advance(null, 1)).toBe("b");
    card.push("c", 2000, 10);
    expect(card.advance(500, 1400)).toBe("b");
    expect(card.advance(500, 1600)).toBe("c");
  });

  it("is replaced by a snapshot", () => {
    const card = new InTime("a");
    card.push("b", 1000, 0);
    card.replace("z");
    expect(card.advance(2000, 1)).toBe("z");
  });
});

describe("a frame's moment", () => {
  it("is its timestamp on the show clock, also after 13 hours", () => {
    expect(frameMoment(90_000, 1_200)).toBe(1_000);
    const long = 14 * 3_600_000;
    expect(frameMoment((long * 90) % 2 ** 32, long + 300)).toBe(long);
    expect(frameMoment(2 ** 32 - 90, 47_721_900)).toBeCloseTo((2 ** 32 - 90) / 90);
  });
});
