import { describe, expect, it } from "vitest";

import { originIn } from "./hls";

describe("a playlist's origin", () => {
  it("is the Unix time at which the show clock began", () => {
    expect(originIn("#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-CLOSETCAST-ORIGIN:1764347000123\n#EXTINF:1,\n")).toBe(1764347000123);
    expect(originIn("#EXTM3U\n#EXTINF:1,\n0.m4s\n")).toBeNull();
  });
});
