/** What a moderator's list shows, in which order, and where the selection goes. Pure. */

import { type Message, type Room, message } from "../../live/room";
import type { Appeal, Review } from "../../api/moderation";

export type Filter = "all" | "said" | "waiting" | "questions";

export interface Entry {
  id: string;
  kind: "said" | "held" | "reported" | "shadow" | "appeal";
  /** Whom acts on it concern. */
  accountId: string;
  line: Message | null;
  /** Why it was held: link, word or chorus. */
  why: string | null;
  reports: number;
  reasons: readonly string[];
  appeal: Appeal | null;
}

interface Known {
  room: Pick<Room, "messages" | "questions">;
  review: Review;
  /** Lines of people in the shadow, as they come. */
  shadow: readonly Message[];
  /** Older lines that a search has found. */
  found: readonly Message[];
}

const PLAIN = { why: null, reports: 0, reasons: [], appeal: null };

/** What waits for a decision first, the oldest of it at the top; then the chat, the newest first. */
export function entries(known: Known, filter: Filter, words: string): Entry[] {
  const waiting: Entry[] = [
    ...known.review.appeals.map((appeal): Entry => ({
      ...PLAIN, id: appeal.appeal_id, kind: "appeal", accountId: appeal.account.id, line: null, appeal,
    })),
    ...known.review.held.map(({ message: event, why }): Entry => {
      const line = message(event);
      return { ...PLAIN, id: line.message_id, kind: "held", accountId: line.author.id, line, why };
    }),
    ...known.review.reported.map(({ message: event, reports, reasons }): Entry => {
      const line = message(event);
      return { ...PLAIN, id: line.message_id, kind: "reported", accountId: line.author.id, line, reports, reasons };
    }),
  ];
  const shadow = new Set(known.shadow.map((line) => line.message_id));
  const above = new Set(waiting.map((entry) => entry.id));
  const lines = filter === "questions" ? known.room.questions : [...known.found, ...known.room.messages, ...known.shadow];
  const unique = new Map(lines.map((line) => [line.message_id, line]));
  const chat = [...unique.values()]
    .filter((line) => !above.has(line.message_id))
    .sort((a, b) => b.offset - a.offset)
    .map((line): Entry => ({
      ...PLAIN, id: line.message_id, kind: shadow.has(line.message_id) ? "shadow" : "said", accountId: line.author.id, line,
    }));
  // A flood that waits must not bury the talk: "said" is the chat alone.
  const all = filter === "waiting" ? waiting : filter === "all" ? [...waiting, ...chat] : chat;
  const wanted = words.trim().toLocaleLowerCase();
  return wanted === "" ? all : all.filter((entry) => textOf(entry).toLocaleLowerCase().includes(wanted));
}

function textOf(entry: Entry): string {
  if (entry.line !== null) return `${entry.line.author.name} @${entry.line.author.handle} ${entry.line.text}`;
  return `${entry.appeal?.account.name ?? ""} ${entry.appeal?.text ?? ""}`;
}

/** The selection `steps` further down; the first entry when nothing is selected; ends are ends. */
export function moved(list: readonly Entry[], selected: string | null, steps: number): string | null {
  if (list.length === 0) return null;
  const place = list.findIndex((entry) => entry.id === selected);
  if (place < 0) return list[0]!.id;
  return list[Math.max(0, Math.min(list.length - 1, place + steps))]!.id;
}

/** What is selected once the list has changed: the same, or what took its place. */
export function kept(before: readonly Entry[], now: readonly Entry[], selected: string | null): string | null {
  if (selected === null || now.some((entry) => entry.id === selected)) return selected;
  const place = before.findIndex((entry) => entry.id === selected);
  return now[Math.min(Math.max(place, 0), now.length - 1)]?.id ?? null;
}
