import type { Reaction } from "../../../live/wire";
import { mark } from "../../../i18n";

export interface Kind {
  kind: Reaction;
  sign: string;
  label: string;
}

/** In the order of the tray; a heart is what one tap sends. */
export const KINDS: readonly Kind[] = [
  { kind: "heart", sign: "♥", label: mark("Send a heart") },
  { kind: "fire", sign: "🔥", label: mark("Send fire") },
  { kind: "clap", sign: "👏", label: mark("Send applause") },
  { kind: "love", sign: "😍", label: mark("Send love") },
  { kind: "laugh", sign: "😂", label: mark("Send a laugh") },
];

export const SIGNS = Object.fromEntries(KINDS.map(({ kind, sign }) => [kind, sign])) as Readonly<Record<Reaction, string>>;
