import { useEffect, useRef, useState } from "preact/hooks";

import type { Channel } from "../../live/channel";
import { InTime, frameMoment } from "../../live/in_time";

type Ids = readonly string[];

/** Features on screen: they change when the picture on this screen reaches the moment at which the host changed them. */
export function useFeatured(channel: Channel, video: () => HTMLVideoElement | null): Ids {
  const room = channel.view.room;
  const inTime = useRef<InTime<Ids>>(new InTime<Ids>(room?.featured ?? []));
  const [shown, setShown] = useState<Ids>(inTime.current.value);

  useEffect(() => {
    let frame: { video: HTMLVideoElement; handle: number } | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const settle = (picture: number | null) => {
      setShown(inTime.current.advance(picture, performance.now()));
      wait();
    };
    /** Look at the next frame while something waits; a picture that stands still is given up by the timer. */
    const wait = () => {
      clearTimeout(timer);
      if (!inTime.current.pending) return;
      const element = video();
      if (!element || element.paused || !("requestVideoFrameCallback" in element)) return settle(null);
      timer = setTimeout(() => settle(null), 1_600);
      if (frame) frame.video.cancelVideoFrameCallback(frame.handle);
      const handle = element.requestVideoFrameCallback((_now, about) => {
        frame = null;
        const near = channel.showMs();
        // Only WebRTC frames carry a timestamp; any other picture cannot be waited for.
        settle(about.rtpTimestamp === undefined || near === null ? null : frameMoment(about.rtpTimestamp, near));
      });
      frame = { video: element, handle };
    };
    const stopEvents = channel.onEvent((event) => {
      if (event.kind !== "featured" && event.kind !== "unfeatured") return;
      const id = event.data["listing_id"] as string;
      const others = inTime.current.latest.filter((other) => other !== id);
      inTime.current.push(event.kind === "featured" ? [...others, id] : others, event.at, performance.now());
      wait();
    });
    const stopJoins = channel.onJoined(() => inTime.current.replace(channel.view.room?.featured ?? []));
    return () => {
      stopEvents();
      stopJoins();
      clearTimeout(timer);
      if (frame) frame.video.cancelVideoFrameCallback(frame.handle);
    };
  }, [channel, video]);

  // A snapshot, or a lineup that lost a piece, belongs to no moment.
  const newest = room?.featured;
  useEffect(() => {
    if (inTime.current.pending || newest === undefined) return;
    inTime.current.replace(newest);
    setShown(newest);
  }, [newest]);

  return shown;
}
