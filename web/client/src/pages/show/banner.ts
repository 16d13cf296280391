/** The one honest sentence about the connection, or none. Pure. */

import type { ChannelView } from "../../live/channel";
import type { ShowState } from "../../live/wire";
import type { WatchState } from "../../media/whep";
import { mark, t } from "../../i18n";

export interface Banner {
  tone: "wait" | "stop";
  sentence: string;
  /** What the button beside it does; null: nothing to press, it heals by itself. */
  action: "rejoin" | "sign_in" | "reload" | null;
}

const ACTIONS: Readonly<Record<number, Banner["action"]>> = {
  4400: "reload",
  4401: "sign_in",
  4413: "reload",
  4429: "rejoin",
};

/** `watch` is null where the page shows no video of the show (before it, after it, in the studio). */
export function banner(view: ChannelView, watch: WatchState | null, show: ShowState): Banner | null {
  if (view.closing) {
    const sentence = t(view.closing.sentence ?? mark("You are not connected to this show."));
    return { tone: "stop", sentence, action: ACTIONS[view.closing.code] ?? null };
  }
  if (view.link === "reconnecting" && view.room === null) {
    return { tone: "wait", sentence: t("We cannot reach the show. Trying again…"), action: null };
  }
  if (view.link === "reconnecting") {
    const sentence =
      view.outbox.length > 0
        ? t("You lost the connection. Reconnecting… Your message is sent as soon as you are back.")
        : t("You lost the connection. Reconnecting…");
    return { tone: "wait", sentence, action: null };
  }
  if (show === "live" && watch === "lost" && view.link === "open") {
    return { tone: "wait", sentence: t("The picture got stuck. Chat goes on while we bring it back…"), action: null };
  }
  return null;
}
