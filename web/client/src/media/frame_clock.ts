/**
 * Which moment of the show is on the screen: frame by frame, from whatever the picture comes by.
 *
 * WebRTC frames carry the server's timestamp, which is the show clock; a browser that does not tell it has the timestamp of
 * the last picture played out in `getSynchronizationSources`. HLS has PROGRAM-DATE-TIME (`media/hls.ts`), a replay the same.
 */

import { frameMoment } from "../live/frame_moment";

/** The show time (ms) of a frame; null where it cannot be told. `frame` is null where the browser does not announce frames. */
export type MomentOf = (frame: VideoFrameCallbackMetadata | null, video: HTMLVideoElement) => number | null;

/** For a WebRTC picture. `near` is the show clock as the channel knows it, good to the hour. */
export function webRtcMoment(near: () => number | null, receiver: () => RTCRtpReceiver | null): MomentOf {
  return (frame) => {
    const timestamp = frame?.rtpTimestamp ?? receiver()?.getSynchronizationSources?.()[0]?.rtpTimestamp;
    const about = near();
    return timestamp === undefined || about === null ? null : frameMoment(timestamp, about);
  };
}

/** Calls `onFrame` for each frame that is shown, until stopped. */
export class FrameClock {
  private handle = 0;
  private stopped = false;
  private lastTime = -1;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly momentOf: MomentOf,
    private readonly onFrame: (moment: number | null) => void,
  ) {
    this.next();
  }

  stop(): void {
    this.stopped = true;
    if ("cancelVideoFrameCallback" in this.video) this.video.cancelVideoFrameCallback(this.handle);
    else cancelAnimationFrame(this.handle);
  }

  private next(): void {
    if (this.stopped) return;
    if ("requestVideoFrameCallback" in this.video) {
      this.handle = this.video.requestVideoFrameCallback((_now, frame) => {
        this.onFrame(this.momentOf(frame, this.video));
        this.next();
      });
      return;
    }
    const video = this.video as HTMLVideoElement;
    this.handle = requestAnimationFrame(() => {
      // Not every animation frame brings a picture: a time that stands still is none.
      const moment = video.currentTime === this.lastTime ? undefined : this.momentOf(null, video);
      this.lastTime = video.currentTime;
      if (moment !== undefined) this.onFrame(moment);
      this.next();
    });
  }
}
