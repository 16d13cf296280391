/**
 * Why the server closed the channel, and what to do about it: the table of docs/protocol.md.
 *
 * A code that is not in the table is a lost line (1001, 1006 and whatever proxies invent), so it reconnects.
 */

import { mark } from "../i18n";

export interface Closing {
  reconnect: boolean;
  /** What the page tells the person; null: nothing beyond the reconnecting banner. */
  sentence: string | null;
}

/** The sign-in that opened the socket has ended. */
export const SIGNED_OUT = 4401;

const LOST: Closing = { reconnect: true, sentence: null };

const CLOSINGS: Readonly<Record<number, Closing>> = {
  1001: LOST,
  1006: LOST,
  4400: { reconnect: false, sentence: mark("This page is out of date. Reload it to join again.") },
  [SIGNED_OUT]: { reconnect: false, sentence: mark("You were signed out. Sign in again to chat and buy.") },
  4403: { reconnect: false, sentence: mark("You cannot take part in this show any more.") },
  4404: { reconnect: false, sentence: mark("This show does not exist any more.") },
  4408: LOST,
  4409: LOST,
  4413: { reconnect: false, sentence: mark("That was too much to send at once. Reload the page to join again.") },
  4429: { reconnect: false, sentence: mark("That was too fast. Wait a moment, then join again.") },
};

export function closing(code: number): Closing {
  return CLOSINGS[code] ?? LOST;
}
