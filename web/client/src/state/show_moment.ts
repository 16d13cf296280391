/**
 * Which moment of a show a request belongs to, for the `Show-Moment` header: what is on this page's screen. The page that
 * shows a show says so while it is open.
 */

let tell: () => string | null = () => null;

/** `describe` is asked with every request that changes something; null: no moment. Returns how to stop. */
export function showMomentBy(describe: () => string | null): () => void {
  tell = describe;
  return () => {
    if (tell === describe) tell = () => null;
  };
}

/** The header's value now; null for none. */
export function showMoment(): string | null {
  return tell();
}

/** What a viewer looks at: the show time of the picture. */
export function seenIn(showId: string, moment: number): string {
  return `${showId}; seen=${Math.max(0, moment).toFixed(1)}`;
}

/**
 * What a host shows: when the picture was taken, in Unix ms by a clock that nobody sets (the one the browser's sender
 * reports run by), and what this page takes that for on the show clock.
 */
export function capturedIn(showId: string, captured: number, moment: number | null): string {
  const own = `${showId}; captured=${captured.toFixed(1)}`;
  return moment === null ? own : `${own}; seen=${Math.max(0, moment).toFixed(1)}`;
}
