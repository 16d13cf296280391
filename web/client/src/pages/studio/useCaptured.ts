import { useEffect } from "preact/hooks";

import type { Channel } from "../../live/channel";
import { capturedIn, showMomentBy } from "../../state/show_moment";

/** A preview that has shown nothing for so long stands still: what the host does belongs to now. */
const STALE_MS = 500;

/** The last picture that this page was told of: when it was taken and when it was told (`performance`'s clock, ms), and its
 * place in the stream (ms). */
export interface Shown {
  captured: number;
  since: number;
  media: number;
}

/**
 * When the picture that the host sees was taken (`performance`'s clock, ms). A busy page is told of pictures late, but can ask
 * which one is on the screen: `onScreen`, its place in the stream (ms); null where the browser does not say.
 */
export function capturedAt(shown: Shown | null, onScreen: number | null, now: number): number {
  if (shown === null) return now;
  const since = onScreen === null ? 0 : onScreen - shown.media;
  if (since > 0 && since < now - shown.captured) return shown.captured + since;
  return now - shown.since < STALE_MS ? shown.captured : now;
}

/**
 * What the host does belongs to the picture that the host sees in the preview while doing it: its capture time goes with
 * every request. On `performance`'s clock, which runs steadily from the time that the browser began with, as the clock of
 * its sender reports does; somebody who sets the computer's clock meanwhile moves neither.
 */
export function useCaptured(showId: string, channel: Channel, video: HTMLVideoElement | null, sending: boolean): void {
  useEffect(() => {
    if (!sending) return undefined;
    let shown: Shown | null = null;
    let handle = 0;
    const next = () => {
      if (video === null || !("requestVideoFrameCallback" in video)) return;
      handle = video.requestVideoFrameCallback((now, frame) => {
        // Not every source tells when it took a picture; `now` is up to a frame of the screen after it came.
        const captured = frame.captureTime ?? frame.presentationTime;
        shown = { captured, since: now, media: frame.mediaTime * 1000 };
        next();
      });
    };
    next();
    const stop = showMomentBy(() => {
      const now = performance.now();
      const captured = capturedAt(shown, video === null ? null : onTheScreen(video), now);
      const present = channel.showMs();
      return capturedIn(showId, performance.timeOrigin + captured, present === null ? null : present - (now - captured));
    });
    return () => {
      stop();
      if (video !== null && handle !== 0) video.cancelVideoFrameCallback(handle);
    };
  }, [showId, channel, video, sending]);
}

/** The place in the stream (ms) of the picture that is on the screen; null where it cannot be told. */
function onTheScreen(video: HTMLVideoElement): number | null {
  if (typeof VideoFrame === "undefined") return null;
  try {
    const frame = new VideoFrame(video);
    const media = frame.timestamp / 1000;
    frame.close();
    return media;
  } catch {
    return null; // there is no picture yet
  }
}
