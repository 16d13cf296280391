/** The lines that this person stands in: listing id -> place, 1 is next. */

import { effect, signal } from "@preact/signals";
import { sales } from "../api/sales";
import { me } from "./session";

export const waiting = signal<Readonly<Record<string, number>>>({});

/** @throws ApiError */
export async function refreshWaiting(): Promise<void> {
  if (!me.value) {
    waiting.value = {};
    return;
  }
  const { items } = await sales.waiting();
  waiting.value = Object.fromEntries(items.map((one) => [one.listing.listing_id, one.place]));
}

/** Stand in line, or leave it. @throws ApiError */
export async function toggleWaiting(listingId: string, showId: string | null): Promise<void> {
  if (listingId in waiting.value) {
    await sales.stopWaiting(listingId);
    const { [listingId]: _left, ...others } = waiting.value;
    waiting.value = others;
    return;
  }
  const joined = await sales.wait(listingId, showId);
  waiting.value = { ...waiting.value, [listingId]: joined.place };
}

effect(() => {
  if (me.value === undefined) return;
  queueMicrotask(() => void refreshWaiting().catch(() => {}));
});
