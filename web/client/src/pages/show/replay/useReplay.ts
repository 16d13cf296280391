import { useCallback, useEffect, useReducer, useRef, useState } from "preact/hooks";

import { lineup as lineupApi, sentence } from "../../../api";
import type { Channel } from "../../../live/channel";
import { OnTime } from "../../../live/on_time";
import type { Room } from "../../../live/room";
import type { LineupItem, TimelineEvent } from "../../../live/wire";
import { FrameClock } from "../../../media/frame_clock";
import { HlsPicture } from "../../../media/hls";
import { seenIn, showMomentBy } from "../../../state/show_moment";
import { type Feature, NOTHING_YET, features, readLog } from "./log";

export interface Span {
  /** Show clock, ms. */
  start: number;
  end: number;
}

export interface Replay {
  attach: (video: HTMLVideoElement | null) => void;
  /** The show as it was at the moment of the picture; null until the log is read. */
  room: Room | null;
  features: readonly Feature[];
  /** What can be bought now, by listing. */
  present: ReadonlyMap<string, LineupItem>;
  refresh: () => void;
  span: Span | null;
  moment: number;
  playing: boolean;
  muted: boolean;
  /** Why nothing plays. */
  problem: string | null;
  seek: (moment: number) => void;
  toggle: () => void;
  toggleSound: () => void;
}

const STOCK_EVERY_MS = 20_000;
/** The longest that a frame of a recording stays on the screen; a longer pause begins anew (`docs/replay.md`). */
const FRAME_MOST_MS = 1_500;
/** The clock on the page; cards and chat are looked at with every frame. */
const REDRAW_MS = 200;

/** Play a show again: its picture, and beside it everything as it was when the picture was taken. */
export function useReplay(showId: string, channel: Channel, playlist: string, startAt: number | null): Replay {
  const video = useRef<HTMLVideoElement | null>(null);
  const player = useRef<HlsPicture | null>(null);
  const seen = useRef<OnTime | null>(null);
  const moment = useRef(startAt ?? 0);
  const wanted = useRef<number | null>(startAt);
  const sought = useRef<number | null>(null);
  /** Events that came before the log was read. */
  const later = useRef<TimelineEvent[]>([]);
  const drawn = useRef(0);
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const [found, setFound] = useState<readonly Feature[]>([]);
  const [present, setPresent] = useState<ReadonlyMap<string, LineupItem>>(new Map());
  const [span, setSpan] = useState<Span | null>(null);
  const [playing, setPlaying] = useState(false);
  const [muted, setMuted] = useState(true);
  const [problem, setProblem] = useState<string | null>(null);

  const attach = useCallback((element: HTMLVideoElement | null) => {
    video.current = element;
  }, []);

  useEffect(() => {
    const stop = new AbortController();
    readLog(showId, stop.signal).then(
      (events) => {
        const past = new OnTime(NOTHING_YET, true);
        past.add(events);
        past.add(later.current);
        past.show(moment.current);
        seen.current = past;
        setFound(features(events));
      },
      (error: unknown) => !stop.signal.aborted && setProblem(sentence(error)),
    );
    return () => stop.abort();
  }, [showId]);

  // What moderators take away now is gone from a replay that is open, too.
  useEffect(
    () =>
      channel.follow({
        reset: () => undefined,
        add: (events) => {
          if (seen.current === null) later.current.push(...events);
          else if ((seen.current.add(events), seen.current.show(moment.current))) redraw(undefined);
        },
      }),
    [channel],
  );

  const at = useCallback((picture: number) => {
    if (video.current?.seeking) return; // this frame is of where the player was
    // A player that was sent to a moment shows the frame that was on the screen then, which is older than the moment.
    const to = sought.current;
    const now = to !== null && picture < to && to - picture < FRAME_MOST_MS ? to : picture;
    if (now !== to) sought.current = null;
    const back = now < moment.current;
    moment.current = now;
    const changed = seen.current?.show(now, back) ?? false;
    if (changed || performance.now() - drawn.current > REDRAW_MS) {
      drawn.current = performance.now();
      redraw(undefined);
    }
  }, []);

  useEffect(() => {
    const element = video.current;
    if (element === null) return undefined;
    const current = new HlsPicture({
      url: playlist,
      video: element,
      live: false,
      onReady: () => {
        setSpan((known) => current.span() ?? known);
        if (wanted.current !== null) {
          const time = current.timeOf(wanted.current);
          if (time !== null) element.currentTime = time;
          sought.current = wanted.current;
          wanted.current = null;
        }
      },
      onState: () => undefined,
    });
    player.current = current;
    const clock = new FrameClock(element, current.momentOf, (now) => now !== null && at(now));
    const tell = () => {
      setPlaying(!element.paused);
      setMuted(element.muted);
    };
    for (const name of ["play", "pause", "volumechange", "ended"]) element.addEventListener(name, tell);
    current.start();
    return () => {
      for (const name of ["play", "pause", "volumechange", "ended"]) element.removeEventListener(name, tell);
      clock.stop();
      current.stop();
      player.current = null;
    };
  }, [playlist, at]);

  const refresh = useCallback(() => {
    lineupApi.get(showId).then(
      ({ items }) => setPresent(new Map(items.map((item) => [item.listing_id, item]))),
      () => undefined,
    );
  }, [showId]);
  useEffect(() => {
    refresh();
    const timer = setInterval(() => document.visibilityState === "visible" && refresh(), STOCK_EVERY_MS);
    return () => clearInterval(timer);
  }, [refresh]);

  useEffect(() => showMomentBy(() => seenIn(showId, moment.current)), [showId]);

  const seek = useCallback(
    (to: number) => {
      const element = video.current;
      const time = player.current?.timeOf(to) ?? null;
      if (element === null || time === null) {
        wanted.current = to;
      } else {
        element.currentTime = time;
      }
      sought.current = to;
      at(to);
      redraw(undefined);
    },
    [at],
  );

  const toggle = useCallback(() => {
    const element = video.current;
    if (element === null) return;
    if (element.paused) element.play().catch(() => undefined);
    else element.pause();
  }, []);

  const toggleSound = useCallback(() => {
    if (video.current) video.current.muted = !video.current.muted;
  }, []);

  return {
    attach, room: seen.current?.room ?? null, features: found, present, refresh, span,
    moment: moment.current, playing, muted, problem, seek, toggle, toggleSound,
  };
}
