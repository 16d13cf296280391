import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import { type WatchState, Watching } from "../../media/whep";

export interface Picture {
  /** Goes on the `<video>`. */
  attach: (video: HTMLVideoElement | null) => void;
  element: () => HTMLVideoElement | null;
  state: WatchState;
  reason: string | null;
  /** True once a picture has been shown; the last one stays while the show is paused. */
  shown: boolean;
  sound: boolean;
  /** True while the browser wants a tap before it makes sound. */
  soundBlocked: boolean;
  toggleSound: () => void;
  /** Worth a look after the channel was away: the server may have been started again. */
  verify: () => void;
}

/**
 * Watch a show: picture first, without sound where the browser demands a tap for it.
 *
 * @param wanted whether there is or may soon be something to see (live or interrupted)
 * @param onAir whether media should be flowing now
 */
export function useWatching(showId: string, wanted: boolean, onAir: boolean): Picture {
  const video = useRef<HTMLVideoElement | null>(null);
  const stream = useRef<MediaStream | null>(null);
  const watching = useRef<Watching | null>(null);
  const [state, setState] = useState<WatchState>("off");
  const [reason, setReason] = useState<string | null>(null);
  const [shown, setShown] = useState(false);
  const [sound, setSound] = useState(false);
  const [soundBlocked, setSoundBlocked] = useState(true);

  const play = useCallback(async () => {
    const element = video.current;
    if (element === null || stream.current === null) return;
    if (element.srcObject !== stream.current) element.srcObject = stream.current;
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

  const attach = useCallback(
    (element: HTMLVideoElement | null) => {
      video.current = element;
      if (element === null) return;
      element.onplaying = () => setShown(true);
      void play();
    },
    [play],
  );

  const element = useCallback(() => video.current, []);

  useEffect(() => {
    if (!wanted) return undefined;
    const current = new Watching({
      url: `/whep/${encodeURIComponent(showId)}`,
      onStream: (next) => {
        stream.current = next;
        void play();
      },
      onState: (next, why) => {
        setState(next);
        setReason(why);
      },
    });
    watching.current = current;
    current.start();
    return () => {
      watching.current = null;
      current.stop();
    };
  }, [showId, wanted, play]);

  useEffect(() => watching.current?.setOnAir(onAir), [onAir, wanted]);

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

  const verify = useCallback(() => void watching.current?.verify(), []);

  return { attach, element, state, reason, shown, sound, soundBlocked, toggleSound, verify };
}
