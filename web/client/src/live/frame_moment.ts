/** Moments of the show from the timestamps of pictures. Pure. */

const TICKS_PER_MS = 90;
const WRAP = 2 ** 32;

/**
 * The show clock of a video frame. The server sends video timestamps of `show_ms * 90` modulo 2**32; `near` (ms) is the
 * show clock as the channel knows it and says which of the 13-hour rounds it is.
 */
export function frameMoment(rtpTimestamp: number, near: number): number {
  const expected = near * TICKS_PER_MS;
  const rounds = Math.round((expected - rtpTimestamp) / WRAP);
  return (rtpTimestamp + rounds * WRAP) / TICKS_PER_MS;
}
