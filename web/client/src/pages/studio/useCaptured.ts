import { useEffect } from "preact/hooks";

import type { Channel } from "../../live/channel";
import { capturedIn, showMomentBy } from "../../state/show_moment";

/** A preview that has shown nothing for so long stands still: what the host does belongs to now. */
const STALE_MS = 500;

/**
 * What the host does belongs to the picture that the host sees in the preview while doing it: its capture time goes with
 * every request. On `performance`'s clock, which runs steadily from the time that the browser began with, as the clock of
 * its sender reports does; somebody who sets the computer's clock meanwhile moves neither.
 */
export function useCaptured(showId: string, channel: Channel, video: HTMLVideoElement | null, sending: boolean): void {
  useEffect(() => {
    if (!sending) return undefined;
    let shown: { captured: number; since: number } | null = null;
    let handle = 0;
    const next = () => {
      if (video === null || !("requestVideoFrameCallback" in video)) return;
      handle = video.requestVideoFrameCallback((now, frame) => {
        // Not every source tells when it took a picture; `now` is up to a frame of the screen after it came.
        shown = { captured: frame.captureTime ?? frame.presentationTime, since: now };
        next();
      });
    };
    next();
    const stop = showMomentBy(() => {
      const now = performance.now();
      const captured = shown !== null && now - shown.since < STALE_MS ? shown.captured : now;
      const present = channel.showMs();
      return capturedIn(showId, performance.timeOrigin + captured, present === null ? null : present - (now - captured));
    });
    return () => {
      stop();
      if (video !== null && handle !== 0) video.cancelVideoFrameCallback(handle);
    };
  }, [showId, channel, video, sending]);
}
