/** What a screen reader says about a busy chat: the new lines while they are few, their number when they are many. Pure. */

import { t } from "../../i18n";
import type { Message } from "../../live/room";

/** More than three lines in one breath is noise. */
const READ_OUT = 3;

export function toldAloud(messages: readonly Message[], after: number): string {
  const fresh = messages.filter((line) => line.offset > after);
  if (fresh.length > READ_OUT) return t("{count, plural, one {# new message} other {# new messages}}", { count: fresh.length });
  return fresh.map((line) => `${line.author.name}: ${line.text}`).join(". ");
}
