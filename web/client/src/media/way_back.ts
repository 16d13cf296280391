/**
 * The way back from a late picture: tries the fast way now and then, beside the picture that is seen, and hands it over once its
 * own picture arrives. What kept it away may be gone by then: a network without a path for media, a server without a free place.
 */

import { backoff } from "../live/backoff";
import { Watching } from "./whep";

/** A try costs the server a session for a moment, and a thousand viewers may be late together. */
const FIRST_MS = 30_000;
const MOST_MS = 300_000;

export class WayBack {
  private attempt = 0;
  private current: Watching | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** `onFound` owns the session that it is given: a picture comes by it. There is one such call at most. */
  constructor(
    private readonly url: string,
    private readonly onFound: (watching: Watching) => void,
  ) {}

  start(): void {
    this.timer = setTimeout(() => this.now(), backoff(this.attempt++, Math.random(), FIRST_MS, MOST_MS));
  }

  stop(): void {
    clearTimeout(this.timer);
    this.current?.stop();
    this.current = null;
  }

  /** Try without waiting: something has changed. */
  now(): void {
    if (this.current !== null) return;
    clearTimeout(this.timer);
    // Nobody looks: what is late is not missed.
    if (document.visibilityState === "hidden") return this.start();
    // What tells of its own state goes on after telling, so it is stopped a moment later.
    const failed = () => queueMicrotask(() => this.failed(watching));
    const watching = new Watching({
      url: this.url,
      // Sound alone is no picture: that fails by itself.
      onStream: (stream) => stream.getVideoTracks().some((track) => !track.muted) && this.found(watching),
      onState: (state) => (state === "lost" || state === "waiting" || state === "refused") && failed(),
      onHopeless: failed,
    });
    this.current = watching;
    watching.start();
  }

  private found(watching: Watching): void {
    if (this.current !== watching) return;
    this.current = null;
    this.onFound(watching);
  }

  private failed(watching: Watching): void {
    if (this.current !== watching) return;
    this.stop();
    this.start();
  }
}
