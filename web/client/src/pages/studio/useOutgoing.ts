import { useCallback, useEffect, useMemo, useState } from "preact/hooks";

import { t } from "../../i18n";

export interface Outgoing {
  /** What viewers get: the camera, or the screen in its place, with the microphone. */
  stream: MediaStream | null;
  muted: boolean;
  hidden: boolean;
  sharing: boolean;
  /** Phones cannot share their screen from a page. */
  canShare: boolean;
  trouble: string | null;
  toggleMuted: () => void;
  toggleHidden: () => void;
  toggleSharing: () => void;
}

/** A screen changes seldom and is full of letters: few pictures, and sharp ones. */
const SCREEN: DisplayMediaStreamOptions = { video: { frameRate: { ideal: 15, max: 30 } }, audio: false };

/**
 * What of the devices goes out. A muted track goes on as silence or black: the show's clock runs on, viewers need nothing new, and
 * switching back is immediate.
 */
export function useOutgoing(camera: MediaStream | null): Outgoing {
  const [muted, setMuted] = useState(false);
  const [hidden, setHidden] = useState(false);
  const [screen, setScreen] = useState<MediaStreamTrack | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);

  const stream = useMemo(
    () => (camera === null || screen === null ? camera : new MediaStream([screen, ...camera.getAudioTracks()])),
    [camera, screen],
  );

  useEffect(() => {
    for (const track of camera?.getAudioTracks() ?? []) track.enabled = !muted;
  }, [camera, muted]);
  useEffect(() => {
    for (const track of camera?.getVideoTracks() ?? []) track.enabled = !hidden;
  }, [camera, hidden]);

  // The browser's own bar also ends a share.
  useEffect(() => {
    if (screen === null) return undefined;
    const ended = () => setScreen(null);
    screen.addEventListener("ended", ended);
    return () => {
      screen.removeEventListener("ended", ended);
      screen.stop();
    };
  }, [screen]);

  const toggleSharing = useCallback(async () => {
    setTrouble(null);
    if (screen !== null) return setScreen(null);
    try {
      const shared = await navigator.mediaDevices.getDisplayMedia(SCREEN);
      setScreen(shared.getVideoTracks()[0] ?? null);
    } catch (error) {
      // A person who closes the browser's question has changed their mind; that is no trouble.
      if (error instanceof DOMException && error.name === "NotAllowedError") return;
      setTrouble(t("The screen could not be shared. Try again."));
    }
  }, [screen]);

  return {
    stream,
    muted,
    hidden,
    sharing: screen !== null,
    canShare: typeof navigator.mediaDevices?.getDisplayMedia === "function",
    trouble,
    toggleMuted: useCallback(() => setMuted((before) => !before), []),
    toggleHidden: useCallback(() => setHidden((before) => !before), []),
    toggleSharing: useCallback(() => void toggleSharing(), [toggleSharing]),
  };
}
