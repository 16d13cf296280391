/** What somebody wanted to buy when they had to sign in first: kept for this tab until they are back, once. */

const KEY = "closetcast.wish";
/** Longer than signing up takes; a wish from this morning must not buy anything tonight. */
const KEPT_MS = 15 * 60_000;

interface Wish {
  show_id: string;
  listing_id: string;
  at: number;
}

export function keepWish(showId: string, listingId: string, now: number, storage: Storage = sessionStorage): void {
  const wish: Wish = { show_id: showId, listing_id: listingId, at: now };
  storage.setItem(KEY, JSON.stringify(wish));
}

/** The listing wished for in this show; forgotten with the asking. */
export function takeWish(showId: string, now: number, storage: Storage = sessionStorage): string | null {
  const kept = storage.getItem(KEY);
  if (kept === null) return null;
  storage.removeItem(KEY);
  try {
    const wish = JSON.parse(kept) as Wish;
    return wish.show_id === showId && now - wish.at < KEPT_MS ? wish.listing_id : null;
  } catch {
    return null;
  }
}
