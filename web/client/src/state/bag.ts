/** What is in the bag, shared by the header, the cart and the show. */

import { computed, effect, signal } from "@preact/signals";
import { ApiError, newKey, selling, type Cart, type Hold } from "../api";
import { learnServerTime, serverNow } from "../clock";
import { me } from "./session";

/** null until it was read, and while nobody is signed in. */
export const bag = signal<Cart | null>(null);

export const bagCount = computed(() => bag.value?.holds.length ?? 0);

let expiry: ReturnType<typeof setTimeout> | undefined;
let reading = 0;
const AGAIN_MS = 5_000;

/** Read the bag again, and once more when its next hold runs out. @throws ApiError */
export async function refreshBag(): Promise<Cart | null> {
  const mine = ++reading;
  if (!me.value) {
    take(null);
    return null;
  }
  const cart = await selling.cart();
  // A slower answer to an earlier question must not replace a newer one.
  if (mine !== reading) return bag.value;
  take(cart);
  return cart;
}

function take(cart: Cart | null): void {
  bag.value = cart;
  clearTimeout(expiry);
  if (!cart) return;
  learnServerTime(cart.now);
  const first = Math.min(...cart.holds.map((hold) => hold.until));
  if (Number.isFinite(first)) {
    // After the countdowns, which look twice a second, have said that it is over.
    const wait = Math.max(1_000, first - serverNow() + 800);
    expiry = setTimeout(() => void readAtExpiry(), wait);
  }
}

/** What has run out must not stay in the bag because the server was out of reach in that moment. */
async function readAtExpiry(): Promise<void> {
  try {
    await refreshBag();
  } catch {
    expiry = setTimeout(() => void readAtExpiry(), AGAIN_MS);
  }
}

const keys = new Map<string, string>();

/**
 * Hold a listing for two minutes. Asking again after a lost answer repeats the same request, so nothing is held twice.
 *
 * @throws ApiError with codes held_by_other, sold, withdrawn, own_listing, holds_limit.
 */
export async function holdListing(listingId: string, showId: string | null = null, price: number | null = null): Promise<Hold> {
  const wish = `${listingId} ${showId ?? ""} ${price ?? ""}`;
  const key = keys.get(wish) ?? newKey();
  keys.set(wish, key);
  try {
    const hold = await selling.hold(listingId, showId, key, price);
    keys.delete(wish);
    await refreshBag().catch(() => {});
    return hold;
  } catch (error) {
    // Only without an answer may the first request have succeeded; a refusal is final and the next wish a new one.
    if (!(error instanceof ApiError) || (error.status !== 0 && error.status < 500)) keys.delete(wish);
    throw error;
  }
}

/** Put a piece back. @throws ApiError */
export async function releaseHold(holdId: string): Promise<void> {
  await selling.release(holdId);
  await refreshBag().catch(() => {});
}

// Holds run out, and are paid in other tabs, while nobody looks; and a computer that slept may have another clock.
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && me.value) refreshBag().catch(() => {});
});

effect(() => {
  const account = me.value;
  if (account === undefined) return;
  queueMicrotask(() => void refreshBag().catch(() => {}));
});
