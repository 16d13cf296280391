import { describe, expect, it } from "vitest";

import { frameMoment } from "./frame_moment";

describe("a frame's moment", () => {
  it("is its timestamp on the show clock, also after 13 hours", () => {
    expect(frameMoment(90_000, 1_200)).toBe(1_000);
    const long = 14 * 3_600_000;
    expect(frameMoment((long * 90) % 2 ** 32, long + 300)).toBe(long);
    expect(frameMoment(2 ** 32 - 90, 47_721_900)).toBeCloseTo((2 ** 32 - 90) / 90);
  });
});
