import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import { path, request } from "../../api";
import type { Channel } from "../../live/channel";
import type { ShowState } from "../../live/wire";
import type { ShowMedia } from "../../media/health";
import { type PublishState, Publishing } from "../../media/whip";
import { t } from "../../i18n";

export interface OnAir {
  state: PublishState;
  /** When the present session came up, by this machine's clock; null while none is. */
  since: number | null;
  reason: string | null;
  goLive: () => void;
  leave: () => void;
  publishing: Publishing | null;
}

/** Which show this tab was sending, so that a reload carries on by itself. */
const SENDING = "closetcast.sending";

/**
 * Send a stream to a show while asked to, through reloads of the page, changes of the camera and restarts of the server.
 *
 * @param showState what the show is; closed shows are not sent to, and an interrupted one is looked into
 */
export function usePublishing(
  channel: Channel,
  show: { show_id: string; stream_key: string },
  showState: ShowState,
  stream: MediaStream | null,
): OnAir {
  const { show_id: showId, stream_key: streamKey } = show;
  const open = showState !== "ended" && showState !== "cancelled";
  const [state, setState] = useState<PublishState>("off");
  const [since, setSince] = useState<number | null>(null);
  const [reason, setReason] = useState<string | null>(null);
  const [wanted, setWanted] = useState(() => sessionStorage.getItem(SENDING) === showId);
  const publishing = useRef<Publishing | null>(null);
  const ready = wanted && open && stream !== null;

  const latest = useRef(stream);
  latest.current = stream;

  useEffect(() => {
    if (!ready || latest.current === null) return undefined;
    const current = new Publishing({
      url: `/whip/${encodeURIComponent(showId)}`,
      streamKey,
      stream: latest.current,
      onState: (next, why) => {
        setState(next);
        // A repair keeps the session, and the bitrate it has reached.
        setSince((before) => (next === "on_air" ? (before ?? Date.now()) : next === "repairing" ? before : null));
        setReason(why);
      },
    });
    publishing.current = current;
    current.start();
    return () => {
      publishing.current = null;
      current.stop();
    };
  }, [showId, streamKey, ready]);

  // The server may have forgotten the session (it was started again) long before ICE notices here.
  const verify = useCallback(async () => {
    const media = await request<ShowMedia>("GET", path("api", "shows", showId, "media")).catch(() => null);
    if (media && !media.publishing) publishing.current?.revive();
  }, [showId]);
  useEffect(() => channel.onJoined(() => void verify()), [channel, verify]);
  useEffect(() => {
    if (showState === "interrupted") void verify();
  }, [showState, verify]);

  // Another camera or microphone: the tracks change under the same session.
  useEffect(() => {
    for (const track of stream?.getTracks() ?? []) {
      publishing.current?.replaceTrack(track).catch(() => setReason(t("The new device could not be switched to. Choose it again.")));
    }
  }, [stream]);

  // A phone or laptop that falls asleep takes the show with it.
  useEffect(() => {
    if (!wanted || !("wakeLock" in navigator)) return undefined;
    let lock: WakeLockSentinel | null = null;
    let over = false;
    const ask = () =>
      void navigator.wakeLock.request("screen").then(
        (granted) => {
          if (over) void granted.release();
          else lock = granted;
        },
        () => undefined,
      );
    const seen = () => document.visibilityState === "visible" && ask();
    ask();
    document.addEventListener("visibilitychange", seen);
    return () => {
      over = true;
      document.removeEventListener("visibilitychange", seen);
      void lock?.release();
    };
  }, [wanted]);

  const goLive = useCallback(() => {
    sessionStorage.setItem(SENDING, showId);
    setWanted(true);
  }, [showId]);

  const leave = useCallback(() => {
    sessionStorage.removeItem(SENDING);
    setWanted(false);
  }, []);

  return { state, since, reason, goLive, leave, publishing: publishing.current };
}
