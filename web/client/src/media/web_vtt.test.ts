import { describe, expect, it } from "vitest";

import { cueAt, cues } from "./web_vtt";

describe("captions", () => {
  const found = cues("WEBVTT\n\nNOTE nothing\n\n2\n01:00:02.500 --> 01:00:04.000 line:1\nboth <i>of</i> them &amp; &lt;me&gt;\n\n00:01.000 --> 00:02.000\nfirst\nsecond\n");

  it("are read in the order of their times, as plain text", () => {
    expect(found).toEqual([
      { starts: 1_000, ends: 2_000, text: "first\nsecond" },
      { starts: 3_602_500, ends: 3_604_000, text: "both of them & <me>" },
    ]);
  });

  it("stand from their beginning to just before their end", () => {
    expect([999, 1_000, 1_999, 2_000].map((at) => cueAt(found, at))).toEqual([null, "first\nsecond", "first\nsecond", null]);
  });
});
