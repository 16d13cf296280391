/**
 * How long to wait before the next attempt, in milliseconds.
 *
 * Growing from `first` to `most`, each wait drawn from its upper half: thousands of viewers who lost the same server
 * must not return in the same instant, and nobody should wait close to nothing either. By half, not by twice: after a
 * restart that took ten seconds nobody sits out more than another three.
 */
export function backoff(attempt: number, random: number, first = 200, most = 5_000): number {
  const full = Math.min(most, first * 1.5 ** Math.min(attempt, 20));
  return Math.round(full * (0.5 + random / 2));
}
