import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";

import type { Way } from "../../live/wire";
import { type MomentOf, webRtcMoment } from "../../media/frame_clock";
import { HlsPicture } from "../../media/hls";
import { type Offered, shownBox } from "../../media/layers";
import { WayBack } from "../../media/way_back";
import { type Hopeless, type WatchOptions, type WatchState, Watching } from "../../media/whep";

export interface Picture {
  /** Goes on the `<video>`. */
  attach: (video: HTMLVideoElement | null) => void;
  element: () => HTMLVideoElement | null;
  state: WatchState;
  reason: string | null;
  /** How it comes: at once, or some seconds behind because the other way does not work here. */
  way: Way;
  /** Why it comes by HLS; null while it does not. */
  delayed: Hopeless | null;
  /** Try the fast way again. */
  catchUp: () => void;
  /** Changes with each new player. */
  session: number;
  /** The show time of its frames; null while there is no player. */
  momentOf: MomentOf | null;
  /** What belongs to a picture came so much after it, ms: later ones are held back for it, as far as that is bearable. */
  waitFor: (late: number) => void;
  /** True once a picture has been shown; the last one stays while the show is paused. */
  shown: boolean;
  sound: boolean;
  /** True while the browser wants a tap before it makes sound. */
  soundBlocked: boolean;
  toggleSound: () => void;
  /** Worth a look after the channel was away: the server may have been started again. */
  verify: () => void;
  /** The network carries no picture now, only the sound. */
  soundOnly: boolean;
  /** What qualities there are to choose from; null when the server does not say. */
  offered: () => Promise<Offered | null>;
  /** null: automatic. False: the server did not take it. */
  choose: (rid: string | null) => Promise<boolean>;
}

/** HLS tries so often before the other way has its turn again. */
const LOST_MOST = 3;

/**
 * Watch a show: picture first, without sound where the browser demands a tap for it. By WebRTC; by HLS where that cannot
 * be, until the fast way is found to work again (`way_back.ts`) or the viewer asks for it.
 *
 * @param wanted whether there is or may soon be something to see (live or interrupted)
 * @param onAir whether media should be flowing now
 * @param near the show clock as far as it is known, ms
 */
export function useWatching(showId: string, wanted: boolean, onAir: boolean, near: () => number | null): Picture {
  const video = useRef<HTMLVideoElement | null>(null);
  const stream = useRef<MediaStream | null>(null);
  const watching = useRef<Watching | null>(null);
  /** A session that works already, for the effect that takes it over. */
  const found = useRef<Watching | null>(null);
  const [state, setState] = useState<WatchState>("off");
  const [reason, setReason] = useState<string | null>(null);
  const [delayed, setDelayed] = useState<Hopeless | null>(null);
  const [session, setSession] = useState(0);
  const [momentOf, setMomentOf] = useState<{ by: MomentOf } | null>(null);
  const [shown, setShown] = useState(false);
  const [sound, setSound] = useState(false);
  const [soundBlocked, setSoundBlocked] = useState(true);
  const way: Way = delayed === null ? "webrtc" : "hls";
  const [soundOnly, setSoundOnly] = useState(false);
  const [silent, setSilent] = useState(false);
  const [broken, setBroken] = useState(false);
  const observer = useRef<ResizeObserver | null>(null);

  const measure = useCallback(() => {
    const element = video.current;
    if (element === null) return;
    watching.current?.setShown(shownBox(element, document.visibilityState === "hidden", devicePixelRatio));
  }, []);

  const play = useCallback(async () => {
    const element = video.current;
    if (element === null) return;
    if (stream.current !== null && element.srcObject !== stream.current) element.srcObject = stream.current;
    if (stream.current === null && element.getAttribute("src") === null) return;
    try {
      await element.play();
    } catch (error) {
      // Another stream, or a pause by the system, cut in: that says nothing about sound.
      if (!(error instanceof DOMException && error.name === "NotAllowedError")) return;
      // Sound without a tap is refused: the picture alone is always allowed.
      element.muted = true;
      setSound(false);
      setSoundBlocked(true);
      await element.play().catch(() => undefined);
    }
  }, []);

  const became = useCallback((next: WatchState) => {
    setState(next);
    if (next === "lost") setBroken(true);
    else if (next !== "connecting") setBroken(false);
  }, []);

  const attach = useCallback(
    (element: HTMLVideoElement | null) => {
      video.current = element;
      observer.current?.disconnect();
      if (element === null) return;
      element.addEventListener("resize", measure); // a picture of another shape may be shown whole
      // Absent only where there is no layout to observe.
      if ("ResizeObserver" in globalThis) {
        observer.current = new ResizeObserver(measure);
        observer.current.observe(element);
      }
      element.onplaying = () => setShown(true);
      void play();
    },
    [play, measure],
  );

  const element = useCallback(() => video.current, []);

  const over = useRef(false);
  over.current = !wanted;
  useEffect(() => {
    if (!wanted || way !== "webrtc") return undefined;
    const options: WatchOptions = {
      url: whepUrl(showId),
      onStream: (next) => {
        stream.current = next;
        setSession((count) => count + 1);
        void play();
      },
      onState: (next, why) => {
        became(next);
        setReason(why);
      },
      onHopeless: setDelayed,
      onSoundOnly: setSoundOnly,
      onSilent: setSilent,
    };
    const current = found.current ?? new Watching(options);
    if (found.current !== null) current.handOver(options);
    found.current = null;
    watching.current = current;
    measure();
    setMomentOf({ by: webRtcMoment(near, () => current.receiver) });
    current.start();
    return () => {
      watching.current = null;
      current.stop(over.current);
      setMomentOf(null);
    };
  }, [showId, wanted, way, near, play, measure, became]);

  // Nobody looks at a hidden page: it gets the smallest picture until it is back.
  useEffect(() => {
    document.addEventListener("visibilitychange", measure);
    return () => document.removeEventListener("visibilitychange", measure);
  }, [measure]);

  useEffect(() => {
    if (!wanted || way !== "hls" || video.current === null) return undefined;
    stream.current = null;
    setReason(null);
    const url = `/hls/${encodeURIComponent(showId)}/index.m3u8`;
    let lost = 0;
    const current = new HlsPicture({
      url,
      video: video.current,
      live: true,
      onState: (next) => {
        became(next);
        if (next === "watching") lost = 0;
        // This way does not work either: the other one may again by now.
        if (next === "refused" || (next === "lost" && ++lost > LOST_MOST)) setDelayed(null);
      },
    });
    setMomentOf({ by: current.momentOf });
    setSession((count) => count + 1);
    current.start();
    return () => {
      current.stop();
      setMomentOf(null);
    };
  }, [showId, wanted, way, became]);

  const catchUp = useCallback(() => setDelayed(null), []);

  useEffect(() => {
    if (!wanted || !onAir || delayed === null) return undefined;
    const back = new WayBack(whepUrl(showId), (session) => {
      found.current = session;
      setDelayed(null);
    });
    back.start();
    // Another network may have what this one lacks.
    const now = () => back.now();
    globalThis.addEventListener("online", now);
    return () => {
      globalThis.removeEventListener("online", now);
      back.stop();
    };
  }, [showId, wanted, onAir, delayed]);

  // Found, and the page was left before it could be taken over.
  useEffect(() => () => found.current?.stop(), []);

  useEffect(() => watching.current?.setOnAir(onAir), [onAir, wanted, way]);

  // A call, the lock screen or another app paused the picture: it goes on when the page is back.
  useEffect(() => {
    const seen = () => {
      if (document.visibilityState === "visible" && video.current?.paused) void play();
    };
    document.addEventListener("visibilitychange", seen);
    return () => document.removeEventListener("visibilitychange", seen);
  }, [play]);

  const toggleSound = useCallback(() => {
    const element = video.current;
    if (element === null) return;
    element.muted = !element.muted;
    setSound(!element.muted);
    setSoundBlocked(false);
    void play();
  }, [play]);

  const waitFor = useCallback((late: number) => void watching.current?.waitFor(late), []);
  const verify = useCallback(() => void watching.current?.verify(), []);
  const by = momentOf?.by ?? null;

  const offered = useCallback(async () => (await watching.current?.offered()) ?? null, []);
  const choose = useCallback(async (rid: string | null) => (await watching.current?.choose(rid)) ?? false, []);

  // A session that is up and brings nothing, or takes the place of one that broke, is as good as lost to whoever looks at it.
  const seen: WatchState = (silent && state === "watching") || (broken && state === "connecting") ? "lost" : state;
  return useMemo(
    () => ({
      attach, element, state: seen, reason, way, delayed, catchUp, session, momentOf: by,
      shown, sound, soundBlocked, toggleSound, verify,
      soundOnly, offered, choose, waitFor,
    }),
    [waitFor, attach, element, seen, reason, way, delayed, catchUp, session, by, shown, sound, soundBlocked, toggleSound, verify, soundOnly, offered, choose],
  );
}

function whepUrl(showId: string): string {
  return `/whep/${encodeURIComponent(showId)}`;
}
