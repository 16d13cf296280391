import { describe, expect, it } from "vitest";

import { momentAt, originIn } from "./hls";

describe("a playlist's origin", () => {
  it("is the Unix time at which the show clock began", () => {
    expect(originIn("#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-CLOSETCAST-ORIGIN:1764347000123\n#EXTINF:1,\n")).toBe(1764347000123);
    expect(originIn("#EXTM3U\n#EXTINF:1,\n0.m4s\n")).toBeNull();
  });
});

describe("the moment of what plays", () => {
  const origin = 1_764_347_000_000;
  const playlist = (fragments: [start: number, at: number][], hint?: [start: number, at: number]) => {
    const made = ([start, at]: [number, number]) => ({ start, programDateTime: origin + at });
    return { fragments: fragments.map(made), fragmentHint: hint && made(hint) } as unknown as Parameters<typeof momentAt>[0];
  };

  it("is counted from the segment that it is in", () => {
    const known = playlist([[10, 60_000], [13, 63_000], [15, 65_000]]);
    expect(momentAt(known, origin, 13)).toBe(63_000);
    expect(momentAt(known, origin, 14.5)).toBe(64_500);
    expect(momentAt(known, origin, 16)).toBe(66_000);
    expect(momentAt(known, origin, 9.9)).toBeCloseTo(59_900);
  });

  it("jumps with the show where the host was away, in the segment that is still open too", () => {
    const known = playlist([[10, 60_000], [13, 63_000]], [15, 69_400]); // away for 4.4 s
    expect(momentAt(known, origin, 14.9)).toBeCloseTo(64_900);
    expect(momentAt(known, origin, 15.2)).toBeCloseTo(69_600);
  });

  it("is not known where no segment says when it was", () => {
    expect(momentAt(playlist([]), origin, 3)).toBeNull();
  });
});
