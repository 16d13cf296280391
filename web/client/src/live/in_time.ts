/**
 * Values that wait for the picture: what the host shows and the card about it should change together, however far behind
 * the air this viewer's picture is. Pure: the picture's time and the clock are arguments.
 */

/** A picture later than this is stuck, and a card must not be stuck with it. */
const LONGEST_WAIT_MS = 1_500;

interface Waiting<T> {
  value: T;
  at: number;
  since: number;
}

export class InTime<T> {
  private waiting: Waiting<T>[] = [];

  constructor(private present: T) {}

  get value(): T {
    return this.present;
  }

  /** What will be shown once nothing waits. */
  get latest(): T {
    return this.waiting[this.waiting.length - 1]?.value ?? this.present;
  }

  get pending(): boolean {
    return this.waiting.length > 0;
  }

  /** A value that belongs to the moment `at` of the show clock; `now` is any steady clock, in ms. */
  push(value: T, at: number, now: number): void {
    this.waiting.push({ value, at, since: now });
  }

  /** A value that belongs to no moment (a snapshot): it replaces all that waits. */
  replace(value: T): void {
    this.waiting = [];
    this.present = value;
  }

  /** The value for a picture of the moment `picture` (show clock, ms; null: no picture, nothing waits). */
  advance(picture: number | null, now: number): T {
    for (let next = this.waiting[0]; next !== undefined; next = this.waiting[0]) {
      if (picture !== null && next.at > picture && now - next.since < LONGEST_WAIT_MS) break;
      this.present = next.value;
      this.waiting.shift();
    }
    return this.present;
  }
}

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
