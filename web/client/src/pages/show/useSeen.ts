import { useCallback, useEffect, useReducer, useRef } from "preact/hooks";

import type { Channel } from "../../live/channel";
import { OnTime } from "../../live/on_time";
import type { Room } from "../../live/room";
import type { Way } from "../../live/wire";
import { FrameClock } from "../../media/frame_clock";
import { seenIn, showMomentBy } from "../../state/show_moment";
import type { Picture } from "./useWatching";

/** No frame for so long: the picture is stuck, and what people say and the host does must not be stuck with it. */
const STUCK_MS: Readonly<Record<Way, number>> = { webrtc: 1_600, hls: 6_000 }; // HLS fetches more before it goes on
/** While the first picture is fetched, the page shows the moment that it will most likely show; no longer than this. */
const FIRST_WITHIN_MS = 8_000;
const USUAL_LAG_MS: Readonly<Record<Way, number>> = { webrtc: 400, hls: 3_500 };
/** Frames come in order; one that is further back than this is of a player that went back. */
const WENT_BACK_MS = 500;
/** An act that comes so long after its picture was not on its way all the time. */
const MISSED_MS = 1_000;
const LOOK_EVERY_MS = 250;

interface Shown {
  moment: number;
  since: number;
}

export interface Seen {
  /** null before the channel has joined. */
  room: Room | null;
  /** The show time of the picture on the screen; null while there is none. */
  moment: () => number | null;
}

/**
 * The show as this viewer sees it: cards, state and chat of the moment of the picture on this screen.
 *
 * @param onAir whether pictures are to be expected now
 */
export function useSeen(showId: string, channel: Channel, picture: Picture, onAir: boolean): Seen {
  const seen = useRef<OnTime | null>(null);
  const shown = useRef<Shown | null>(null);
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const { way, session, element, momentOf } = picture;
  const waitFor = useRef(picture.waitFor);
  waitFor.current = picture.waitFor;
  const expecting = useRef({ onAir, way, since: 0 });
  if (expecting.current.onAir !== onAir || expecting.current.way !== way) {
    expecting.current = { onAir, way, since: performance.now() };
  }

  const moment = useCallback((): number | null => {
    const now = performance.now();
    const frame = shown.current;
    if (frame !== null) return now - frame.since < STUCK_MS[expecting.current.way] ? frame.moment : null;
    const { onAir: expected, way: by, since } = expecting.current;
    const present = channel.showMs();
    if (!expected || present === null || now - since > FIRST_WITHIN_MS) return null;
    return present - USUAL_LAG_MS[by];
  }, [channel]);

  const settle = useCallback(
    (back = false) => {
      if (seen.current?.show(moment(), back)) redraw(undefined);
    },
    [moment],
  );

  useEffect(() => {
    seen.current = null;
    return channel.follow({
      reset: (room) => {
        if (seen.current === null) seen.current = new OnTime(room);
        else seen.current.reset(room);
        settle();
        redraw(undefined);
      },
      add: (events) => {
        const late = seen.current?.add(events) ?? 0;
        settle();
        // What was missed while the line was away says nothing about the way that acts take.
        if (late > 0 && late < MISSED_MS) waitFor.current(late);
      },
    });
  }, [channel, settle]);

  useEffect(() => {
    const video = element();
    shown.current = null;
    if (video === null || momentOf === null) return undefined;
    const clock = new FrameClock(video, momentOf, (at) => {
      const last = shown.current;
      // A frame of unknown moment is no reason to wait: what waits is shown.
      shown.current = at === null ? null : { moment: at, since: performance.now() };
      if (at === null) expecting.current.since = Number.NEGATIVE_INFINITY;
      settle(last === null || (at !== null && at < last.moment - WENT_BACK_MS));
      if (last === null && at !== null) channel.tell();
    });
    return () => clock.stop();
  }, [channel, element, momentOf, session, settle]);

  // A picture that stands still announces nothing.
  useEffect(() => {
    const timer = setInterval(() => seen.current?.waits && settle(), LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [settle]);

  // What is sent says what was on the screen.
  useEffect(() => {
    const onScreen = () => {
      const frame = shown.current;
      return frame !== null && performance.now() - frame.since < STUCK_MS[expecting.current.way] ? { at: frame.moment, via: expecting.current.way } : null;
    };
    channel.onScreen = onScreen;
    const stop = showMomentBy(() => {
      const frame = onScreen();
      return frame === null ? null : seenIn(showId, frame.at);
    });
    return () => {
      stop();
      if (channel.onScreen === onScreen) channel.onScreen = () => null;
    };
  }, [showId, channel]);

  return { room: channel.view.room === null ? null : (seen.current?.room ?? channel.view.room), moment };
}
