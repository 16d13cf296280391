/** The host's connection in words, from the server's statistics and the browser's own. Pure. */

import type { Audience } from "./audience";
import { CAPTURE } from "./codecs";
import type { Layer } from "./layers";
import type { PublishState } from "./whip";
import { t } from "../i18n";

export interface Publication {
  video_bitrate: number;
  audio_bitrate: number;
  video_codec: string | null;
  frames_per_second: number;
  packet_loss: number;
  round_trip_ms: number | null;
  jitter_ms: number | null;
  quality: "good" | "weak" | "bad";
  /** In ascending quality; absent from servers of before simulcast. */
  layers?: Layer[];
}

export interface ShowMedia {
  publishing: boolean;
  viewers: number;
  show_ms: number | null;
  publication: Publication | null;
  audience?: Audience;
}

export interface Sending {
  /** What holds the encoder back, as the browser says; "none" when nothing does. */
  limitedBy: "none" | "cpu" | "bandwidth" | "other";
  height: number | null;
}

export interface Health {
  level: "good" | "weak" | "bad" | "off";
  sentence: string;
}

/** What the browser's statistics of a sending connection tell; null while it sends no video. */
export function sending(report: RTCStatsReport): Sending | null {
  let result: Sending | null = null;
  report.forEach(
    (entry: { type: string; kind?: string; active?: boolean; qualityLimitationReason?: Sending["limitedBy"]; frameHeight?: number }) => {
      if (entry.type !== "outbound-rtp" || entry.kind !== "video" || entry.active === false) return;
      // Of several layers the largest counts; one that has not sent yet has no height.
      if (result !== null && (result.height ?? 0) >= (entry.frameHeight ?? 0)) return;
      result = { limitedBy: entry.qualityLimitationReason ?? "none", height: entry.frameHeight ?? null };
    },
  );
  return result;
}

/** Browsers feel their way up from a low bitrate; until then a small picture means nothing. */
export const SETTLING_MS = 12_000;

/** `onAirFor`: how long the present session has been up, in ms. */
export function health(state: PublishState, media: ShowMedia | null, own: Sending | null, onAirFor: number): Health {
  if (state === "off") return { level: "off", sentence: t("You are not on air yet.") };
  if (state === "connecting") return { level: "weak", sentence: t("Connecting to the server…") };
  if (state === "refused") return { level: "bad", sentence: t("The server did not accept your picture.") };
  if (state === "lost" || state === "repairing") {
    return { level: "bad", sentence: t("Your connection dropped. We are reconnecting; the show waits for you.") };
  }
  if (media === null) return { level: "weak", sentence: t("Waiting for the server’s first look at your picture…") };
  if (!media.publishing) return { level: "bad", sentence: t("Your picture does not reach the server.") };
  const publication = media.publication;
  // The largest size may rest because nobody needs it: then a smaller one is no weakness.
  const rests = publication?.layers?.at(-1)?.wanted === false;
  const smaller = !rests && own !== null && own.height !== null && own.height < CAPTURE.height;
  const size = smaller ? ` ${t("Viewers get {count, plural, one {# line} other {# lines}}.", { count: own.height ?? 0 })}` : "";
  if (publication?.quality === "bad") {
    return { level: "bad", sentence: t("Viewers see breaks. Move closer to your router or use a cable.") + size };
  }
  if (smaller && onAirFor < SETTLING_MS && publication?.quality !== "weak") {
    return { level: "good", sentence: t("Viewers see you. The picture is getting sharper…") };
  }
  if (own?.limitedBy === "cpu") {
    return { level: "weak", sentence: t("This computer is busy. Close other programs for a sharper picture.") + size };
  }
  // Browsers call themselves limited by bandwidth while they are still growing: only a smaller picture is worth a word.
  if (publication?.quality === "weak" || (own?.limitedBy === "bandwidth" && smaller)) {
    return { level: "weak", sentence: t("Your upload is weak: the picture is softer.") + size };
  }
  return { level: "good", sentence: t("Viewers see you fine.") };
}
