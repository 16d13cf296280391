/** Which key does what on the moderator's page. Pure. */

import { mark } from "../../i18n";

export type Deed = "delete" | "delete_all" | "mute" | "timeout" | "ban" | "ban_everywhere" | "shadow" | "lift" | "approve" | "reject" | "pin" | "answered";
export type Stroke = Deed | "next" | "previous" | "undo" | "search" | "left" | "right" | "help";

/** With the sentence that the help shows. Letters of the English words; the same for all languages, like those of other tools. */
export const KEYS: readonly (readonly [key: string, stroke: Stroke, sentence: string])[] = [
  ["j", "next", mark("Next line")],
  ["k", "previous", mark("Line before")],
  ["d", "delete", mark("Delete message")],
  ["m", "mute", mark("Mute in the chat")],
  ["t", "timeout", mark("Mute for 5 minutes")],
  ["b", "ban", mark("Ban from this show")],
  ["e", "ban_everywhere", mark("Ban from all shows of this host")],
  ["s", "shadow", mark("Mute without telling them")],
  ["x", "delete_all", mark("Delete all their messages")],
  ["l", "lift", mark("Let take part again")],
  ["a", "approve", mark("Approve")],
  ["r", "reject", mark("Reject")],
  ["p", "pin", mark("Pin above the chat")],
  ["c", "answered", mark("Question answered")],
  ["u", "undo", mark("Undo")],
  ["/", "search", mark("Search")],
  ["[", "left", mark("Show on the left")],
  ["]", "right", mark("Show on the right")],
  ["?", "help", mark("All keys")],
];

const STROKES: ReadonlyMap<string, Stroke> = new Map([
  ...KEYS.map(([key, stroke]) => [key, stroke] as const),
  ["ArrowDown", "next"],
  ["ArrowUp", "previous"],
]);

interface Key {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

/** The stroke of a key; null for all others, for the browser's own combinations, and while somebody types. */
export function stroke(event: Key, typing: boolean): Stroke | null {
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return null;
  return STROKES.get(event.key.length === 1 ? event.key.toLowerCase() : event.key) ?? null;
}
