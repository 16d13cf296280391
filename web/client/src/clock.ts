/**
 * The server's clock, as far as this page knows it: holds and starting times are decided there, and the clock of a phone
 * may be minutes off.
 */

import { useEffect, useState } from "preact/hooks";

let offset = 0;

/** Learn from an answer that carried the server's `now` (Unix milliseconds). */
export function learnServerTime(now: number, localNow: number = Date.now()): void {
  offset = now - localNow;
}

/** The server's time in Unix milliseconds. */
export function serverNow(localNow: number = Date.now()): number {
  return localNow + offset;
}

/** The server's time, drawn again every `every` milliseconds; with null it stands still. */
export function useServerNow(every: number | null = 1_000): number {
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    if (every === null) return;
    setNow(serverNow());
    const timer = setInterval(() => setNow(serverNow()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}
