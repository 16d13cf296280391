/** WebVTT as this server writes it: cues with plain text, times on the show clock. Pure. */

export interface Cue {
  /** ms */
  starts: number;
  ends: number;
  text: string;
}

const TIMES = /^(?:(\d+):)?(\d{2}):(\d{2})\.(\d{3})\s+-->\s+(?:(\d+):)?(\d{2}):(\d{2})\.(\d{3})/;
const ENTITIES: Readonly<Record<string, string>> = { "&lt;": "<", "&gt;": ">", "&amp;": "&", "&nbsp;": "\u00a0", "&lrm;": "\u200e", "&rlm;": "\u200f" };

/** The cues, in the order of their beginnings; blocks that are none are passed over. */
export function cues(text: string): Cue[] {
  const found: Cue[] = [];
  for (const block of text.replace(/\r\n?/g, "\n").split(/\n{2,}/)) {
    const lines = block.split("\n");
    const index = lines.findIndex((line) => TIMES.test(line));
    if (index < 0) continue;
    const [, h1, m1, s1, f1, h2, m2, s2, f2] = TIMES.exec(lines[index]!)!;
    const plain = lines.slice(index + 1).join("\n").trimEnd().replace(/<[^>]*>/g, "");
    found.push({
      starts: milliseconds(h1, m1!, s1!, f1!),
      ends: milliseconds(h2, m2!, s2!, f2!),
      text: plain.replace(/&(?:lt|gt|amp|nbsp|lrm|rlm);/g, (entity) => ENTITIES[entity]!),
    });
  }
  return found.sort((a, b) => a.starts - b.starts);
}

function milliseconds(hours: string | undefined, minutes: string, seconds: string, rest: string): number {
  return ((Number(hours ?? 0) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 + Number(rest);
}

/** What is to be read at a moment; null: nothing. Of overlapping cues all, in their order. */
export function cueAt(found: readonly Cue[], moment: number): string | null {
  const lines = found.filter((cue) => cue.starts <= moment && moment < cue.ends).map((cue) => cue.text);
  return lines.length === 0 ? null : lines.slice(-3).join("\n");
}
