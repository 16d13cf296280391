import { describe, expect, it } from "vitest";

import { capturedAt } from "./useCaptured";

const shown = { captured: 1_000, since: 1_010, media: 400 };

describe("when the picture was taken that a host sees", () => {
  it("is what the page was told with it", () => {
    expect(capturedAt(shown, 400, 1_040)).toBe(1_000);
    expect(capturedAt(shown, null, 1_040)).toBe(1_000);
  });

  it("is that of the picture on the screen where a busy page was told of an earlier one", () => {
    expect(capturedAt(shown, 467, 1_200)).toBe(1_067);
    expect(capturedAt(shown, 1_067, 1_700)).toBe(1_667); // told of nothing for long, and yet it moves
  });

  it("is now where the preview stands still, shows nothing, or says what cannot be", () => {
    expect(capturedAt(shown, 400, 1_600)).toBe(1_600);
    expect(capturedAt(null, 400, 1_600)).toBe(1_600);
    expect(capturedAt(shown, 9_000, 1_600)).toBe(1_600); // taken in the future: another clock
    expect(capturedAt(shown, 9_000, 1_040)).toBe(1_000);
    expect(capturedAt(shown, 0, 1_040)).toBe(1_000);
  });
});
