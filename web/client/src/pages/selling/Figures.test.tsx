import { act } from "preact/test-utils";
import { expect, it, vi } from "vitest";

import { draw, eventually } from "../../../tests/draw";
import { serve } from "../../../tests/server";
import type { Dashboard } from "../../api/commerce";
import { newest } from "../../state/bell";
import { Figures } from "./Figures";

// What a chart draws on is a browser's; which charts there are is told by their options.
const charts = vi.hoisted(() => [] as { data: unknown[]; gone: boolean }[]);
vi.mock("uplot", () => ({
  default: class {
    static paths = {};
    private readonly chart: (typeof charts)[number];
    constructor(_options: object, data: unknown[]) {
      this.chart = { data, gone: false };
      charts.push(this.chart);
    }
    setSize(): void {}
    destroy(): void {
      this.chart.gone = true;
    }
  },
}));

const DAY = 86_400_000;
function dashboard(...takings: Dashboard["today"]["takings"]): Dashboard {
  return {
    now: 28 * DAY,
    today: { takings, buyers: takings.length, claims: 1, to_ship: takings.length },
    days: [{ day: 26 * DAY, takings: [] }, { day: 27 * DAY, takings }],
    shows: [],
    moments: [],
  };
}

it("follows the bell at once, with a chart for each currency and no bar for a day without a sale", async () => {
  vi.useFakeTimers({ toFake: ["setInterval"] }); // nobody looks again by the clock
  serve({ "GET /api/me/dashboard": { json: dashboard() } });
  const root = await draw(<Figures />);
  await eventually(() => expect(root.textContent).toContain("Nothing sold in the last four weeks."));
  expect(charts).toEqual([]);

  const euros = { currency: "EUR", sold: 1, revenue: 2_000 };
  const dollars = { currency: "USD", sold: 2, revenue: 9_600 };
  serve({ "GET /api/me/dashboard": { json: dashboard(dollars, euros) } });
  await act(() => void (newest.value += 1));
  await eventually(() => expect(root.querySelector(".figure strong")?.textContent).toBe("$96 + €20"));
  expect(charts.map((chart) => chart.data[1])).toEqual([[null, 20], [null, 96]]);
  expect(root.querySelector("figcaption")?.textContent).toContain("$96, €20");

  serve({ "GET /api/me/dashboard": { json: dashboard({ ...dollars, revenue: 10_000 }, euros) } });
  await act(() => void (newest.value += 1));
  await eventually(() => expect(root.querySelector(".figure strong")?.textContent).toBe("$100 + €20"));
  // Only what has changed is drawn anew, and what was drawn before is gone.
  expect(charts.filter((chart) => !chart.gone).map((chart) => chart.data[1])).toEqual([[null, 20], [null, 100]]);
});
