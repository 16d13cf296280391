/**
 * The back button closes the topmost sheet instead of leaving the page: each open sheet has an entry of its own in the
 * history, whose state says how many sheets are open there.
 */

import { effect } from "@preact/signals";
import { sheets } from "../state/toasts";

const closers = new Map<symbol, () => void>();

/** How many sheets the present entry of the history stands for. */
export function sheetsHere(): number {
  return (history.state as { sheets?: number } | null)?.sheets ?? 0;
}

/** What the back button calls for this sheet; it may decline by staying open. Returns how to stop. */
export function closeOnBack(sheet: symbol, close: () => void): () => void {
  closers.set(sheet, close);
  return () => closers.delete(sheet);
}

let waiting: ReturnType<typeof setTimeout> | undefined;

/** Make the history agree with what is open. Later, since one sheet often closes in the same moment as another opens. */
function settle(): void {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    const open = sheets.value.length;
    const entries = sheetsHere();
    for (let sheet = entries + 1; sheet <= open; sheet++) history.pushState({ ...history.state, sheets: sheet }, "");
    if (open < entries) history.go(open - entries);
  });
}

/** Keep history and sheets in step from now on. Returns how to stop. */
export function followSheets(): () => void {
  let before = sheets.value.length;
  const stop = effect(() => {
    const open = sheets.value.length;
    if (open !== before) settle();
    before = open;
  });
  const onPop = (): void => {
    const leaving = sheets.value.slice(sheetsHere()).reverse();
    for (const sheet of leaving) closers.get(sheet)?.();
    // One that declined gets its entry back.
    if (leaving.length > 0) settle();
  };
  window.addEventListener("popstate", onPop);
  return () => {
    stop();
    clearTimeout(waiting);
    window.removeEventListener("popstate", onPop);
  };
}
