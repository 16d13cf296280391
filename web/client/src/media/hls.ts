/**
 * A viewer's picture by HLS, some seconds behind: for browsers and networks that WebRTC does not reach, and for replays.
 *
 * Safari plays HLS by itself, better than any script; elsewhere hls.js does, fetched only when it is needed. It goes on
 * trying until `stop`: a playlist that is not there yet (404) comes with the first parts of a show.
 */

import type Hls from "hls.js";

import { backoff } from "../live/backoff";
import type { MomentOf } from "./frame_clock";
import type { WatchState } from "./whep";

export interface HlsOptions {
  url: string;
  video: HTMLVideoElement;
  /** Live: as near to the air as the playlist says, played a little faster when it falls back. */
  live: boolean;
  /** Where a replay begins, in seconds of its own time. */
  startAt?: number;
  onState: (state: WatchState) => void;
}

/** hls.js catches up by so much; voices keep their pitch and hardly anybody hears it. */
const FASTER = 1.06;
/** The first frames of a new show take a segment or two; asking again sooner only costs requests. */
const STUCK_MS = 12_000;

export class HlsPicture {
  private hls: Hls | null = null;
  private stopped = true;
  private attempt = 0;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private watchdog: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly options: HlsOptions) {}

  start(): void {
    if (!this.stopped) return;
    this.stopped = false;
    void this.connect();
  }

  stop(): void {
    this.stopped = true;
    this.release();
    const { video } = this.options;
    if (video.getAttribute("src") !== null) {
      video.removeAttribute("src");
      video.load();
    }
    this.options.onState("off");
  }

  /** PROGRAM-DATE-TIME is the show clock, counted from 1970. */
  readonly momentOf: MomentOf = (frame, video) => {
    const date = this.hls === null ? nativeDate(video) : (this.hls.playingDate?.getTime() ?? null);
    if (date === null) return null;
    // The date belongs to the player's present; the frame that is shown may be one that it has just left.
    return date - (video.currentTime - (frame?.mediaTime ?? video.currentTime)) * 1000;
  };

  private async connect(): Promise<void> {
    this.release();
    const { video, url, live, startAt } = this.options;
    this.options.onState("connecting");
    video.addEventListener("playing", this.playing);
    video.srcObject = null;
    if (playsByItself(video)) {
      video.src = url;
      video.onerror = () => this.lost();
      this.play();
      return;
    }
    const { default: Player } = await import("hls.js");
    if (this.stopped) return;
    if (!Player.isSupported()) return this.options.onState("refused");
    const hls = new Player({
      lowLatencyMode: live,
      maxLiveSyncPlaybackRate: live ? FASTER : 1,
      backBufferLength: live ? 30 : 90,
      startPosition: startAt ?? -1,
      // Fragmented MP4 is handed on as it comes; and a worker made of a blob is not let in by the pages' own rules.
      enableWorker: false,
    });
    this.hls = hls;
    hls.on(Player.Events.ERROR, (_name, error) => {
      if (!error.fatal || this.hls !== hls) return;
      if (error.type === Player.ErrorTypes.MEDIA_ERROR && this.attempt === 0) {
        this.attempt += 1;
        hls.recoverMediaError();
      } else {
        this.lost();
      }
    });
    hls.on(Player.Events.MANIFEST_PARSED, () => this.play());
    hls.loadSource(url);
    hls.attachMedia(video);
    if (live) this.watch(hls, video);
  }

  /** A live player whose time stands still although it should run is begun anew. */
  private watch(hls: Hls, video: HTMLVideoElement): void {
    let time = -1;
    let since = performance.now();
    this.watchdog = setInterval(() => {
      const now = performance.now();
      if (video.currentTime !== time || document.visibilityState === "hidden" || hls !== this.hls) {
        time = video.currentTime;
        since = now;
        this.attempt = 0;
        if (video.paused && document.visibilityState === "visible") this.play();
      } else if (now - since > STUCK_MS) {
        since = now;
        this.lost();
      }
    }, 1_000);
  }

  private play(): void {
    const { video } = this.options;
    video.play().catch((error: unknown) => {
      if (!(error instanceof DOMException && error.name === "NotAllowedError")) return;
      video.muted = true;
      void video.play().catch(() => undefined);
    });
  }

  private readonly playing = (): void => this.options.onState("watching");

  private lost(): void {
    if (this.stopped) return;
    this.release();
    this.options.onState("lost");
    this.retry = setTimeout(() => void this.connect(), backoff(this.attempt++, Math.random()));
  }

  private release(): void {
    clearTimeout(this.retry);
    clearInterval(this.watchdog);
    this.options.video.removeEventListener("playing", this.playing);
    this.options.video.onerror = null;
    this.hls?.destroy();
    this.hls = null;
  }
}

/** WebKit plays LL-HLS itself and tells the date; Chromium's own player does neither well. */
function playsByItself(video: HTMLVideoElement): boolean {
  return "getStartDate" in video && video.canPlayType("application/vnd.apple.mpegurl") !== "";
}

function nativeDate(video: HTMLVideoElement): number | null {
  const start = (video as HTMLVideoElement & { getStartDate?: () => Date }).getStartDate?.().getTime() ?? Number.NaN;
  return Number.isNaN(start) ? null : start + video.currentTime * 1000;
}
