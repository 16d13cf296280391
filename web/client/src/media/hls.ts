/**
 * A viewer's picture by HLS, some seconds behind: for browsers and networks that WebRTC does not reach, and for replays.
 *
 * Safari plays HLS by itself, better than any script; elsewhere hls.js does, fetched only when it is needed. It goes on
 * trying until `stop`: a playlist that is not there yet (404) comes with the first parts of a show.
 */

import type Hls from "hls.js";
import type { LevelDetails } from "hls.js";

import { backoff } from "../live/backoff";
import type { MomentOf } from "./frame_clock";
import type { WatchState } from "./whep";

export interface HlsOptions {
  url: string;
  video: HTMLVideoElement;
  /** Live: as near to the air as the playlist says, played a little faster when it falls back. */
  live: boolean;
  /** What there is, and how its time runs, is known now. */
  onReady?: () => void;
  onState: (state: WatchState) => void;
}

/** hls.js catches up by so much; voices keep their pitch and hardly anybody hears it. */
const FASTER = 1.06;
/** Further behind than this, a pause that the person hardly sees is better than a minute of catching up. */
const BEHIND_MOST_S = 3;
/** So much (s) further behind after every pause. hls.js takes a whole second, also when it is the host who was away. */
const AFTER_PAUSE_S = 0.25;
/** A machine or a line that is too slow for the present would only jump from pause to pause. */
const JUMP_EVERY_MS = 20_000;
/** The first frames of a new show take a segment or two; asking again sooner only costs requests. */
const STUCK_MS = 12_000;
/** A player that stands still for so long asks for what there is, and goes there if there is more than it has shown. */
const REPAIR_MS = 4_000;
const NEWER_S = 1;

export class HlsPicture {
  private hls: Hls | null = null;
  private stopped = true;
  private attempt = 0;
  /** Unix ms of show time 0, where the browser plays by itself. */
  private origin: number | null = null;
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

  /** PROGRAM-DATE-TIME is the show clock, counted from the origin that the playlist names. */
  readonly momentOf: MomentOf = (frame, video) => {
    const time = frame?.mediaTime ?? video.currentTime;
    if (this.hls !== null) return momentIn(this.hls, time);
    const date = nativeDate(video);
    // The date belongs to the player's present; the frame that is shown may be one that it has just left.
    return date === null || this.origin === null ? null : date - (video.currentTime - time) * 1000 - this.origin;
  };

  /** The player's own time (s) of a moment of the show; null while it is not known. */
  timeOf(moment: number): number | null {
    const { details, origin } = this.known();
    if (details === null) {
      const first = nativeDate(this.options.video, 0);
      return first === null || this.origin === null ? null : Math.max(0, (moment + this.origin - first) / 1000);
    }
    if (origin === null) return null;
    for (const fragment of details.fragments) {
      if (fragment.programDateTime === null) continue;
      const starts = fragment.programDateTime - origin;
      // A moment in a pause of the show is where the picture goes on.
      if (moment < starts) return fragment.start;
      if (moment < starts + fragment.duration * 1000) return fragment.start + (moment - starts) / 1000;
    }
    return details.edge;
  }

  /** From which moment to which there is a picture (show clock, ms); null while it is not known. */
  span(): { start: number; end: number } | null {
    const { details, origin } = this.known();
    const { video } = this.options;
    if (details === null) {
      const first = nativeDate(video, 0);
      if (first === null || this.origin === null || !Number.isFinite(video.duration)) return null;
      return { start: first - this.origin, end: first - this.origin + video.duration * 1000 };
    }
    const first = details.fragments[0]?.programDateTime;
    const last = details.fragments[details.fragments.length - 1];
    if (origin === null || !first || !last?.programDateTime) return null;
    return { start: first - origin, end: last.programDateTime - origin + last.duration * 1000 };
  }

  private known(): { details: LevelDetails | null; origin: number | null } {
    const details = this.hls === null ? null : detailsOf(this.hls);
    return { details, origin: details === null ? null : originIn(details.m3u8) };
  }

  private async connect(): Promise<void> {
    this.release();
    const { video, url, live } = this.options;
    this.options.onState("connecting");
    video.addEventListener("playing", this.playing);
    video.srcObject = null;
    if (playsByItself(video)) {
      void originOf(url).then((origin) => {
        this.origin = origin;
        if (video.readyState >= HTMLMediaElement.HAVE_METADATA) this.options.onReady?.();
      });
      video.onloadedmetadata = () => this.origin !== null && this.options.onReady?.();
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
      liveSyncOnStallIncrease: AFTER_PAUSE_S,
      backBufferLength: live ? 30 : 90,
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
    hls.on(Player.Events.MANIFEST_PARSED, () => live && this.play());
    hls.once(Player.Events.LEVEL_LOADED, () => this.options.onReady?.());
    hls.loadSource(url);
    hls.attachMedia(video);
    if (live) this.watch(hls, video);
  }

  /**
   * A live player whose time stands still although it should run is set going again, and begun anew if that does not help;
   * one that fell far behind goes to the present.
   */
  private watch(hls: Hls, video: HTMLVideoElement): void {
    let time = -1;
    let since = performance.now();
    let repaired = false;
    let jumped = Number.NEGATIVE_INFINITY;
    this.watchdog = setInterval(() => {
      const now = performance.now();
      if (video.currentTime !== time || document.visibilityState === "hidden" || hls !== this.hls) {
        time = video.currentTime;
        since = now;
        this.attempt = 0;
        repaired = false;
        if (video.paused && document.visibilityState === "visible") this.play();
        const present = hls.liveSyncPosition;
        if (hls.latency > BEHIND_MOST_S && present !== null && now - jumped > JUMP_EVERY_MS && hls === this.hls) {
          jumped = now;
          video.currentTime = present;
        }
      } else if (now - since > STUCK_MS) {
        since = now;
        this.lost();
      } else if (now - since > REPAIR_MS && !repaired) {
        repaired = true;
        hls.startLoad();
        const present = hls.liveSyncPosition;
        if (present !== null && present > time + NEWER_S) video.currentTime = present;
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
    this.options.video.onerror = this.options.video.onloadedmetadata = null;
    this.hls?.destroy();
    this.hls = null;
  }
}

/** WebKit plays LL-HLS itself and tells the date; Chromium's own player does neither well. */
function playsByItself(video: HTMLVideoElement): boolean {
  return "getStartDate" in video && video.canPlayType("application/vnd.apple.mpegurl") !== "";
}

function nativeDate(video: HTMLVideoElement, time = video.currentTime): number | null {
  const start = (video as HTMLVideoElement & { getStartDate?: () => Date }).getStartDate?.().getTime() ?? Number.NaN;
  return Number.isNaN(start) ? null : start + time * 1000;
}

/** Where the show clock begins, in Unix ms: a tag of the playlists. */
export function originIn(playlist: string): number | null {
  const found = /^#EXT-X-CLOSETCAST-ORIGIN:(\d+)/m.exec(playlist)?.[1];
  return found === undefined ? null : Number(found);
}

function detailsOf(hls: Hls): LevelDetails | null {
  return hls.levels[Math.max(0, hls.currentLevel)]?.details ?? null;
}

/** The show time (ms) at a time of the player (s). */
function momentIn(hls: Hls, time: number): number | null {
  const details = detailsOf(hls);
  const origin = details === null ? null : originIn(details.m3u8);
  return details === null || origin === null ? null : momentAt(details, origin, time);
}

/**
 * The same of a playlist. What plays may be the segment that is still open (its parts): behind a pause of the show, nothing
 * that is counted on from the segment before it is right.
 */
export function momentAt(details: Pick<LevelDetails, "fragments" | "fragmentHint">, origin: number, time: number): number | null {
  const known = details.fragmentHint === undefined ? details.fragments : [...details.fragments, details.fragmentHint];
  const fragment = known.findLast((one) => one.start <= time) ?? known[0];
  if (!fragment?.programDateTime) return null;
  return fragment.programDateTime - origin + (time - fragment.start) * 1000;
}

async function originOf(url: string): Promise<number | null> {
  try {
    const first = await (await fetch(url)).text();
    const found = originIn(first);
    if (found !== null) return found;
    const media = first.split("\n").find((line) => line !== "" && !line.startsWith("#"));
    return media === undefined ? null : originIn(await (await fetch(new URL(media, new URL(url, location.href)))).text());
  } catch {
    return null;
  }
}
