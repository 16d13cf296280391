/** A line of chat in parts: plain text, people who are called, pages that may be opened. Pure; nothing of it is ever markup. */

export interface TextPart {
  text: string;
  kind: "text" | "mention" | "link";
}

/** The schemes that may be followed; everything else stays text. */
const LINK = /\bhttps?:\/\/[^\s<>"'`]+[^\s<>"'`.,:;!?)\]}]/giu;

export function textParts(text: string, mentions: readonly { handle: string }[], links: boolean): TextPart[] {
  const found: { start: number; end: number; kind: "mention" | "link" }[] = [];
  if (links) {
    for (const match of text.matchAll(LINK)) {
      if (opens(match[0])) found.push({ start: match.index, end: match.index + match[0].length, kind: "link" });
    }
  }
  const handles = new Set(mentions.map((one) => one.handle));
  for (const match of text.matchAll(/@([a-z0-9_]{3,24})/gi)) {
    const inside = found.some((one) => match.index >= one.start && match.index < one.end);
    if (!inside && handles.has(match[1]!.toLowerCase())) {
      found.push({ start: match.index, end: match.index + match[0].length, kind: "mention" });
    }
  }
  const parts: TextPart[] = [];
  let at = 0;
  for (const { start, end, kind } of found.sort((a, b) => a.start - b.start)) {
    if (start > at) parts.push({ text: text.slice(at, start), kind: "text" });
    parts.push({ text: text.slice(start, end), kind });
    at = end;
  }
  if (at < text.length) parts.push({ text: text.slice(at), kind: "text" });
  return parts;
}

function opens(address: string): boolean {
  try {
    const { protocol, username, password } = new URL(address);
    // "https://bank.example@evil.example" leads elsewhere than it reads.
    return (protocol === "https:" || protocol === "http:") && username === "" && password === "";
  } catch {
    return false;
  }
}
