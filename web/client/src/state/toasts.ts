/** Short notices at the edge of the page; also spoken by screen readers. */

import { signal } from "@preact/signals";

export interface Toast {
  id: number;
  text: string;
  kind: "info" | "good" | "problem";
  action?: { label: string; run: () => void };
}

/** More than this many at once cannot be read; the oldest goes. */
const MOST = 3;
const SHOWN_MS = { info: 5_000, good: 5_000, problem: 9_000 };

export const toasts = signal<Toast[]>([]);
let last = 0;

/** Open sheets, the topmost last: what lies under a modal dialog cannot be heard or tapped, so notices belong into it. */
export const sheets = signal<readonly symbol[]>([]);

export function toast(text: string, kind: Toast["kind"] = "info", action?: Toast["action"]): void {
  const id = ++last;
  const added: Toast = action ? { id, text, kind, action } : { id, text, kind };
  toasts.value = [...toasts.value.filter((other) => other.text !== text), added].slice(-MOST);
  setTimeout(() => dismiss(id), SHOWN_MS[kind]);
}

export function dismiss(id: number): void {
  toasts.value = toasts.value.filter((each) => each.id !== id);
}
