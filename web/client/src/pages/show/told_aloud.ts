/**
 * What a screen reader says about a chat, so that somebody can listen to the host meanwhile. Pure. The rules:
 *
 * 1. Own lines are not said: one has just typed them.
 * 2. Up to three new lines in one breath are said, each cut at a length that takes five seconds to say.
 * 3. Of more, those of the host and of moderators and those that name one or answer one are said, two at most, and the number of the rest.
 * 4. The busier the chat, the longer the pause: from 2 seconds up to 12, and back when it is quiet.
 * 5. It is polite, and a region of its own: it never cuts in on what is being read, and lines that leave the list are silent.
 *
 * Hearts, viewer counts and countdowns are never said by themselves (docs/accessibility.md).
 */

import { t } from "../../i18n";
import type { Message } from "../../live/room";

const READ_OUT = 3;
const CHOSEN_MOST = 2;
const LONGEST = 120;
export const PAUSE_LEAST_MS = 2_000;
const PAUSE_MOST_MS = 12_000;

/** Who listens; null for somebody who is not signed in. */
export type Listener = { id: string } | null;

/** What to say of the lines behind `after`, and how long to be quiet then. */
export function toldAloud(messages: readonly Message[], after: number, listener: Listener = null, pause = PAUSE_LEAST_MS): { text: string; pause: number } {
  const fresh = messages.filter((line) => line.offset > after && line.author.id !== listener?.id);
  if (fresh.length <= READ_OUT) return { text: fresh.map(said).join(". "), pause: Math.max(PAUSE_LEAST_MS, pause / 2) };
  const chosen = fresh.filter((line) => matters(line, listener)).slice(-CHOSEN_MOST);
  const rest = fresh.length - chosen.length;
  const number = t("{count, plural, one {# new message} other {# new messages}}", { count: rest });
  return { text: [...chosen.map(said), number].join(". "), pause: Math.min(PAUSE_MOST_MS, pause * 2) };
}

function said(line: Message): string {
  const points = [...line.text];
  return `${line.author.name}: ${points.length > LONGEST ? `${points.slice(0, LONGEST).join("")}…` : line.text}`;
}

function matters(line: Message, listener: Listener): boolean {
  const forOne = listener !== null && (line.reply?.account_id === listener.id || line.mentions.some((each) => each.id === listener.id));
  return forOne || line.announcement || line.role === "host" || line.role === "moderator";
}
