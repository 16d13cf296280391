/** How many notices are unread, kept up to date by the server while a page with a bell is in sight. */

import { effect, signal } from "@preact/signals";
import { notices } from "../api/notices";
import { language } from "../i18n";
import { me } from "./session";

export const unread = signal(0);
/** The newest notice's number; a list that is open reads again when it grows. */
export const newest = signal(0);

/**
 * Listen while the page is in sight: a browser opens only a few streams to one server, so tabs in the background let go.
 * Returns how to stop.
 */
export function listen(): () => void {
  let stream: EventSource | null = null;
  const adapt = () => {
    const wanted = document.visibilityState === "visible" && Boolean(me.value);
    if (!wanted) {
      stream?.close();
      stream = null;
    } else if (stream === null) {
      stream = new EventSource("/api/notices/stream");
      stream.onmessage = (event) => {
        const standing = JSON.parse(event.data as string) as { unread: number; newest: number };
        unread.value = standing.unread;
        newest.value = standing.newest;
      };
    }
  };
  const stopFollowing = effect(adapt);
  document.addEventListener("visibilitychange", adapt);
  return () => {
    stopFollowing();
    document.removeEventListener("visibilitychange", adapt);
    stream?.close();
  };
}

/** The server writes pushes and mails in the language of the pages; told once per person and language. */
const TOLD = "closetcast.told_language";

export function tellLanguage(): () => void {
  return effect(() => {
    const account = me.value;
    if (!account) {
      unread.value = 0;
      return;
    }
    const now = `${account.id} ${language.value}`;
    try {
      if (localStorage.getItem(TOLD) === now) return;
      void notices.language(language.value).then(
        () => localStorage.setItem(TOLD, now),
        () => undefined, // the next page tells it
      );
    } catch {
      // Storage is switched off: it is told with every visit.
    }
  });
}
