/** Simulcast from both sides: what a host switches off because nobody watches it, and what a viewer may choose from. */

import { layersFor } from "./codecs";

/** One encoding of the host's picture, as the server sees it. */
export interface Layer {
  rid: string | null;
  width: number | null;
  height: number | null;
  bitrate: number;
  active: boolean;
  /** False: nobody watches it now. */
  wanted: boolean;
  viewers: number;
}

/** What `GET {session}/layer` answers; layers in ascending quality. */
export interface Offered {
  layers: Layer[];
  chosen: string | null;
  current: string | null;
}

/** A box in device pixels; null: nobody can see it now. */
export interface Box {
  width: number;
  height: number;
}

/**
 * Switch a host's layers on and off as the server asks. Browsers that cannot are left as they are: a layer too many costs upload,
 * and nothing else.
 */
export async function followDemand(sender: RTCRtpSender | undefined, layers: readonly Layer[]): Promise<void> {
  if (!sender || layers.length < 2) return;
  const { width, height } = sender.track?.getSettings?.() ?? {};
  const fitting = layersFor(width, height);
  const parameters = sender.getParameters();
  let changed = false;
  for (const encoding of parameters.encodings ?? []) {
    const layer = layers.find((one) => one.rid === (encoding.rid ?? null));
    const sent = fitting.find((one) => one.rid === encoding.rid)?.active ?? true;
    if (layer && encoding.active !== (layer.wanted && sent)) {
      encoding.active = layer.wanted && sent;
      changed = true;
    }
  }
  if (changed) await sender.setParameters(parameters).catch(() => undefined);
}

/** Another camera or a screen has another size: the layers follow. */
export async function fitLayers(sender: RTCRtpSender, track: MediaStreamTrack): Promise<void> {
  const { width, height } = track.getSettings?.() ?? {};
  const fitting = layersFor(width, height);
  const parameters = sender.getParameters?.();
  if (!parameters || (parameters.encodings?.length ?? 0) < 2) return;
  for (const encoding of parameters.encodings) {
    const wanted = fitting.find((one) => one.rid === encoding.rid);
    if (wanted) Object.assign(encoding, { active: wanted.active, scaleResolutionDownBy: wanted.scaleResolutionDownBy, maxBitrate: wanted.maxBitrate });
  }
  await sender.setParameters(parameters).catch(() => undefined);
}

/** More pixels than this per CSS pixel nobody tells apart in a moving picture. */
const FINEST = 2;

/** How large a `<video>` shows its picture, for the server; a hidden page shows none. */
export function shownBox(video: HTMLVideoElement, hidden: boolean, density: number): Box {
  if (hidden) return { width: 0, height: 0 };
  const scale = Math.min(density, FINEST);
  const box = { width: Math.round(video.clientWidth * scale), height: Math.round(video.clientHeight * scale) };
  if (video.videoWidth === 0 || getComputedStyle(video).objectFit !== "contain") return box;
  const fit = Math.min(box.width / video.videoWidth, box.height / video.videoHeight);
  return { width: Math.round(video.videoWidth * fit), height: Math.round(video.videoHeight * fit) };
}

/** Whether a box differs enough from the one told before to be worth a request. */
export function differs(box: Box, told: Box | null): boolean {
  if (told === null) return true;
  const far = (a: number, b: number) => Math.abs(a - b) > 0.1 * Math.max(a, b);
  return far(box.width, told.width) || far(box.height, told.height);
}
