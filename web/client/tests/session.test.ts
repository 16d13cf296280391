import { expect, it, vi } from "vitest";
import { bag, refreshBag } from "../src/state/bag";
import { loadMe, me } from "../src/state/session";
import { account, cart, hold } from "./samples";
import { serve } from "./server";

it("does not call anybody signed out because the server is away for a moment", async () => {
  vi.useFakeTimers();
  me.value = undefined;
  let away: Error | null = new TypeError("no network");
  serve({ "GET /api/me": () => away ?? { json: { account: account() } }, "GET /api/cart": { json: cart([]) } });
  const loading = loadMe();
  await vi.advanceTimersByTimeAsync(3_000);
  expect(me.value).toBeUndefined();
  away = null;
  await vi.advanceTimersByTimeAsync(6_000);
  await loading;
  expect(me.value).toMatchObject({ handle: "ana" });
});

it("keeps who is known when the server is away", async () => {
  me.value = account();
  serve({ "GET /api/me": new TypeError("no network") });
  await loadMe();
  expect(me.value).toMatchObject({ handle: "ana" });
});

it("takes a refusal for nobody", async () => {
  me.value = undefined;
  serve({ "GET /api/me": { status: 403 } });
  await loadMe();
  expect(me.value).toBeNull();
});

it("empties the bag of what ran out, also when the server is away in that moment", async () => {
  vi.useFakeTimers();
  let answer: Error | object = { json: cart([hold("a", { until: Date.now() + 2_000 })], { now: Date.now() }) };
  serve({ "GET /api/cart": () => answer as Error });
  me.value = account();
  await refreshBag();
  expect(bag.value?.holds).toHaveLength(1);
  answer = new TypeError("no network");
  await vi.advanceTimersByTimeAsync(4_000);
  answer = { json: cart([], { now: Date.now() }) };
  await vi.advanceTimersByTimeAsync(6_000);
  expect(bag.value?.holds).toHaveLength(0);
});

it("reads the bag again when the page is looked at again", async () => {
  me.value = account();
  const asked = serve({ "GET /api/cart": { json: cart([]) } });
  await Promise.resolve();
  const before = asked.length;
  document.dispatchEvent(new Event("visibilitychange"));
  expect(asked.length).toBe(before + 1);
});
