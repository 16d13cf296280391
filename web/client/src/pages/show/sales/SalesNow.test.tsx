import { act } from "preact/test-utils";
import { beforeEach, expect, it, vi } from "vitest";

import { click, draw } from "../../../../tests/draw";
import { learnServerTime } from "../../../clock";
import { NOTHING, type Selling } from "../../../live/selling";
import type { Buying } from "../useBuying";
import { WIDE } from "../useScreen";
import { SalesNow } from "./SalesNow";
import { SalesContext } from "./context";

const NOW = Date.now();
const running: Selling = {
  ...NOTHING,
  auctions: [
    {
      auction_id: "a", listing_id: "coat", currency: "USD", start_price: 100, step: 0, sudden_death: false, state: "open", ends_at: NOW + 60_000,
      grace_ms: 0, price: 100, next: 100, leader: null, bids: 0, hash: "", winner: null,
    },
  ],
  giveaways: [
    { giveaway_id: "g", listing_id: "belt", title: "Tan belt", photo: null, rule: "everyone", state: "open", commitment: "", ends_at: NOW + 60_000, winner: null, entrants: null },
  ],
  drops: [{ drop_id: "d", title: "Silk week", listing_ids: [], per_buyer: 1, opens_at: NOW - 1 }],
};

beforeEach(() => learnServerTime(NOW));

async function show(wide: boolean): Promise<HTMLElement> {
  vi.stubGlobal("matchMedia", (query: string) => Object.assign(new EventTarget(), { matches: query === WIDE && wide }));
  const buying = { buyer: { accountId: null, holds: [] } } as unknown as Buying;
  return draw(
    <SalesContext.Provider value={{ showId: "s", selling: running, channel: null, openBids: () => undefined, askBank: () => undefined }}>
      <SalesNow lineup={[]} buying={buying} bidding={null} onCloseBids={() => undefined} />
    </SalesContext.Provider>,
  );
}

const lines = (root: HTMLElement) => [...root.querySelectorAll<HTMLElement>("[data-testid=sale-line]")];
/** Which cards are open, by the id that their line controls. */
const open = (root: HTMLElement) => [...root.querySelectorAll(".sale:not(.sale--folded)")].map((card) => card.id);

it("opens the card whose line is tapped on a phone, and folds the one that was open", async () => {
  const root = await show(false);
  expect(open(root)).toEqual(["sale-a"]);
  const giveaway = lines(root).find((line) => line.textContent?.includes("Tan belt"))!;
  expect(giveaway.getAttribute("aria-expanded")).toBe("false");
  await click(giveaway);
  expect(open(root)).toEqual(["sale-g"]);
  expect(lines(root).map((line) => [line.getAttribute("aria-controls"), line.getAttribute("aria-expanded")])).toEqual([
    ["sale-d", "false"], ["sale-g", "true"], ["sale-a", "false"],
  ]);
  // The line of the open card does nothing more, and time alone changes nothing.
  await click(giveaway);
  await act(() => new Promise((done) => setTimeout(done, 600)));
  expect(open(root)).toEqual(["sale-g"]);
  // A folded card is still there: it tells the server that one is here, and its news are said aloud.
  expect(root.querySelectorAll("[data-testid=auction], [data-testid=giveaway], [data-testid=drop]")).toHaveLength(3);
});

it("shows all cards whole where there is room", async () => {
  const root = await show(true);
  expect(lines(root)).toEqual([]);
  expect(open(root)).toEqual(["sale-d", "sale-g", "sale-a"]);
});
