/** Which features to set and to drop when the host taps a piece. Pure. */

import type { LineupItem } from "../../live/wire";

export interface FeatureChange {
  listing_id: string;
  featured: boolean;
}

/** The server shows no more than three at once. */
export const FEATURED_MOST = 3;

/**
 * One tap shows a piece in place of the others, or takes it down. With `several`, pieces are added until three are up,
 * then the longest shown makes room. The new one comes first in the result: viewers never look at nothing in between.
 */
export function tapped(listingId: string, featured: readonly string[], several: boolean): FeatureChange[] {
  if (featured.includes(listingId)) return [{ listing_id: listingId, featured: false }];
  const keep = several ? FEATURED_MOST - 1 : 0;
  const leaving = featured.slice(0, Math.max(0, featured.length - keep));
  const show = { listing_id: listingId, featured: true };
  const drop = leaving.map((id) => ({ listing_id: id, featured: false }));
  // With three up there is no place for a fourth until one has left.
  return featured.length >= FEATURED_MOST ? [...drop.slice(0, 1), show, ...drop.slice(1)] : [show, ...drop];
}

/** The piece a number key means: its place in the list as the host sees it. */
export function pieceForKey(key: string, shown: readonly LineupItem[]): LineupItem | null {
  return /^[1-9]$/.test(key) ? (shown[Number(key) - 1] ?? null) : null;
}

/** The order after a piece moved to another's place; the whole lineup's ids. */
export function moved(ids: readonly string[], id: string, to: number): string[] {
  const others = ids.filter((other) => other !== id);
  const place = Math.max(0, Math.min(to, others.length));
  return [...others.slice(0, place), id, ...others.slice(place)];
}
