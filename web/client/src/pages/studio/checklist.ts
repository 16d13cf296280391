/** Is everything ready to go live? What was measured, in words with what to do about it. Pure. */

import { DARK_BELOW } from "../../media/light";
import { locale, t } from "../../i18n";

export interface Measured {
  camera: boolean;
  /** Why the devices did not open; null when they did or were not tried. */
  trouble: string | null;
  microphone: boolean;
  /** The loudest moment so far in dB below full scale; null before the first. */
  loudest: number | null;
  /** 0..255; null before the first picture. */
  light: number | null;
  /** Median answer of the server in ms; null while it is measured, Infinity when it did not answer. */
  answer: number | null;
  /** Measured upload in bit/s; null while it is measured or when it could not be. */
  upload: number | null;
  /** Pieces in the lineup that can be bought. */
  ready: number;
}

export interface Check {
  name: string;
  state: "good" | "wait" | "attention";
  sentence: string;
}

/** Talking at an arm's length reaches -35 dB on a laptop; quieter than this is a muted or distant microphone. */
const HEARD_ABOVE_DB = -45;
const SLOW_ANSWER_MS = 250;

export function checklist(measured: Measured): Check[] {
  return [camera(measured), microphone(measured), light(measured), connection(measured), lineup(measured)];
}

function camera({ camera: open, trouble }: Measured): Check {
  if (open) return { name: t("Camera"), state: "good", sentence: t("Your camera works.") };
  if (trouble) return { name: t("Camera"), state: "attention", sentence: trouble };
  return { name: t("Camera"), state: "wait", sentence: t("Allow the camera when your browser asks.") };
}

function microphone({ microphone: open, loudest }: Measured): Check {
  const name = t("Microphone");
  if (!open) return { name, state: "wait", sentence: t("Allow the microphone when your browser asks.") };
  if (loudest !== null && loudest > HEARD_ABOVE_DB) return { name, state: "good", sentence: t("We hear you.") };
  return { name, state: "attention", sentence: t("Say something: we do not hear you yet.") };
}

function light({ light: level }: Measured): Check {
  const name = t("Light");
  if (level === null) return { name, state: "wait", sentence: t("Checked as soon as the camera is on.") };
  if (level < DARK_BELOW) {
    return { name, state: "attention", sentence: t("It is rather dark. Turn on a lamp in front of you, so that fabrics show.") };
  }
  return { name, state: "good", sentence: t("There is enough light.") };
}

/** What the studio sends at its best is 2.5 Mb/s of picture and sound; a half more leaves room for bad moments. */
const GOOD_UPLOAD = 3_750_000;
/** Below this a browser sends a picture too coarse to show fabric. */
const WEAK_UPLOAD = 1_000_000;

function connection({ answer, upload }: Measured): Check {
  const name = t("Connection");
  if (answer === null) return { name, state: "wait", sentence: t("Asking the server…") };
  if (answer === Number.POSITIVE_INFINITY) {
    return { name, state: "attention", sentence: t("The server does not answer. Check your connection.") };
  }
  const ms = Math.max(1, Math.round(answer));
  if (answer > SLOW_ANSWER_MS) {
    return { name, state: "attention", sentence: t("The server takes {ms} ms to answer. A cable or a place closer to the router helps.", { ms }) };
  }
  if (upload === null) return { name, state: "good", sentence: t("The server answers in {ms} ms. Measuring your upload…", { ms }) };
  const megabits = new Intl.NumberFormat(locale.value, { maximumFractionDigits: upload < 10_000_000 ? 1 : 0 }).format(upload / 1_000_000);
  if (upload < WEAK_UPLOAD) {
    return { name, state: "attention", sentence: t("Your upload is weak ({megabits} Mb/s): viewers will see a coarse picture.", { megabits }) };
  }
  if (upload < GOOD_UPLOAD) {
    return { name, state: "good", sentence: t("Your upload carries a small picture ({megabits} Mb/s). Closer to the router it may be sharper.", { megabits }) };
  }
  return { name, state: "good", sentence: t("Your upload carries a sharp picture ({megabits} Mb/s).", { megabits }) };
}

function lineup({ ready }: Measured): Check {
  const name = t("First piece");
  if (ready === 0) return { name, state: "attention", sentence: t("Add a piece to your lineup, from your closet or any other.") };
  return { name, state: "good", sentence: t("{count, plural, one {# piece is ready.} other {# pieces are ready.}}", { count: ready }) };
}
