/**
 * A viewer's picture and sound by WHEP: one receiving session at a time, replaced when it is really broken.
 *
 * The server keeps a viewer's session through a host's reconnect, so an interrupted show is no reason for a new one. A
 * session ends here when ICE fails, when it stays disconnected, or when the picture is stuck (stall.ts). While nothing is
 * on air (409) it waits for the live event, asking again slowly in case the event and the media crossed.
 */

import { backoff } from "../live/backoff";
import { CONNECTED_WITHIN_MS, restartIce } from "./ice_repair";
import { type Box, type Offered, differs } from "./layers";
import { Playout } from "./playout";
import { Refused, accept, deleteSession, postOffer } from "./signalling";
import { Silence, SoundOnly, StallDetector, received } from "./stall";
import { BackToUdp, transportOf } from "./transport";

export type WatchState =
  /** Not started, or stopped. */
  | "off"
  | "connecting"
  /** A session is up and its picture moves (or the show is paused). */
  | "watching"
  /** Lost; another attempt is on its way. */
  | "lost"
  /** Nothing is on air. */
  | "waiting"
  /** The server will not or cannot serve this browser; `reason` says why. */
  | "refused";

/** Why this way will not bring a picture here: the server has no room, no packet comes through, the browser cannot. */
export type Hopeless = "full" | "no_path" | "refused";

export interface WatchOptions {
  url: string;
  /** Said once; it goes on trying all the same until it is stopped. */
  onHopeless?: (why: Hopeless) => void;
  onStream: (stream: MediaStream) => void;
  onState: (state: WatchState, reason: string | null) => void;
  /** The picture has stopped and the sound goes on, or the picture is back. */
  onSoundOnly?: (soundOnly: boolean) => void;
  /** Nothing has come for some seconds though the show is on air, or it comes again. */
  onSilent?: (silent: boolean) => void;
}

const SAMPLE_EVERY_MS = 1_000;
/** ICE often heals within a second or two when a phone changes cells; longer, and the person sees it. */
const DISCONNECTED_MOST_MS = 1_500;
/** From the server's answer to a connection: ICE over UDP and TCP, TURN and a slow handshake are done by then. */
const CONNECT_WITHIN_MS = 8_000;
/** So many sessions in a row without one picture: whatever the reason, the next one will not bring it either. */
const FRUITLESS_MOST = 3;
/** A window that is being dragged to another size is worth one word, not fifty. */
const SHOWN_SETTLES_MS = 500;
const SOUND_FIRST_MS = 1_500;
const NOTHING_LIVE_RETRY_MS = 5_000;

export class Watching {
  state: WatchState = "off";

  private peer: RTCPeerConnection | null = null;
  private address: string | null = null;
  private onAir = true;
  private attempt = 0;
  private fruitless = 0;
  private run = new AbortController();
  private timers: ReturnType<typeof setTimeout>[] = [];
  private sampler: ReturnType<typeof setInterval> | undefined;
  private shown: Box | null = null;
  private told: Box | null = null;
  private shownTimer: ReturnType<typeof setTimeout> | undefined;
  private quality: string | null = null;
  private repairing = false;
  private playout: Playout | null = null;
  /** As it was told; null while there is nothing to show. */
  private stream: MediaStream | null = null;

  constructor(private options: WatchOptions) {}

  /** Somebody else listens from now on, and hears first how things are. */
  handOver(options: WatchOptions): void {
    this.options = options;
    options.onState(this.state, null);
    if (this.stream !== null) options.onStream(this.stream);
  }

  /** Begin, and go on until `stop`. */
  start(): void {
    if (this.state !== "off") return;
    globalThis.addEventListener("pagehide", this.leave);
    globalThis.addEventListener("online", this.networkChanged);
    this.attempt = 0;
    void this.connect();
  }

  /** @param over the show is: the server has ended its sessions by itself. */
  stop(over = false): void {
    if (over) this.address = null;
    globalThis.removeEventListener("pagehide", this.leave);
    globalThis.removeEventListener("online", this.networkChanged);
    clearTimeout(this.shownTimer);
    this.release();
    this.become("off");
  }

  /** Whether the show is on air. Silence is expected while it is not; going live ends a wait at once. */
  setOnAir(onAir: boolean): void {
    if (this.onAir === onAir) return;
    this.onAir = onAir;
    if (onAir && (this.state === "waiting" || this.state === "lost")) {
      this.attempt = 0;
      void this.connect();
    }
  }

  /**
   * Ask the server whether it still knows the session, and replace it if not: a server that was started again has
   * forgotten it, which ICE alone would notice only after seconds of silence.
   */
  async verify(): Promise<void> {
    const { address, run } = this;
    if (address === null || this.state !== "watching") return;
    const known = await fetch(address, { method: "HEAD", signal: run.signal }).then(
      (response) => response.status !== 404,
      () => true,
    );
    if (known || run.signal.aborted) return;
    this.address = null;
    this.attempt = 0;
    this.lost();
  }

  /** Where the picture arrives; null between sessions. */
  get receiver(): RTCRtpReceiver | null {
    return this.peer?.getReceivers().find((receiver) => receiver.track.kind === "video") ?? null;
  }

  /** What belongs to a picture came `late` ms after it. */
  waitFor(late: number): void {
    void this.playout?.waitFor(late);
  }

  /** How large the picture is on the screen; the server sends no more than that needs. */
  setShown(box: Box): void {
    this.shown = box;
    clearTimeout(this.shownTimer);
    this.shownTimer = setTimeout(() => void this.tellShown(), SHOWN_SETTLES_MS);
  }

  /** What there is to choose from; null when the server does not answer. */
  async offered(): Promise<Offered | null> {
    if (this.address === null) return null;
    const response = await fetch(`${this.address}/layer`, { signal: this.run.signal }).catch(() => null);
    return response?.ok ? ((await response.json()) as Offered) : null;
  }

  /** The person's own choice of quality; null: automatic. It outlives a session that has to be replaced. */
  async choose(rid: string | null): Promise<boolean> {
    this.quality = rid;
    return await this.post("layer", { rid });
  }

  private async tellShown(): Promise<void> {
    const { shown } = this;
    if (shown === null || this.state !== "watching" || !differs(shown, this.told)) return;
    this.told = shown;
    await this.post("shown", shown);
  }

  private async post(what: "layer" | "shown", body: object): Promise<boolean> {
    if (this.address === null) return false;
    const response = await fetch(`${this.address}/${what}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      signal: this.run.signal,
    }).catch(() => null);
    return response?.ok ?? false;
  }

  private readonly networkChanged = (): void => {
    if (this.peer !== null && this.state === "watching") void this.repair(this.peer, this.run);
  };

  /** The same session over another network; if that does not help within seconds, a new one. The picture may stand still meanwhile. */
  private async repair(peer: RTCPeerConnection, run: AbortController): Promise<void> {
    if (this.repairing || this.address === null) return;
    this.repairing = true;
    const over = () => {
      if (run.signal.aborted) return;
      this.repairing = false;
      if (peer.connectionState !== "connected") this.lost();
    };
    try {
      await restartIce(peer, this.address, null, run.signal);
      if (!run.signal.aborted) this.later(CONNECTED_WITHIN_MS, over);
    } catch {
      over();
    }
  }

  /** Standard statistics of the present session; null between sessions. */
  async statistics(): Promise<RTCStatsReport | null> {
    return this.peer === null ? null : await this.peer.getStats();
  }

  private async connect(): Promise<void> {
    this.release();
    const run = this.run;
    this.become("connecting");
    const peer = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
    this.peer = peer;
    this.playout = new Playout(() => peer.getReceivers());
    const stream = new MediaStream();
    const show = () => {
      if (this.stream !== null) return;
      this.stream = stream;
      this.options.onStream(stream);
    };
    peer.addTransceiver("video", { direction: "recvonly" });
    peer.addTransceiver("audio", { direction: "recvonly" });
    peer.ontrack = ({ track }) => {
      stream.addTrack(track);
      // The old picture stays in the element until the new one has something to show; sound alone waits a little for it.
      const arrived = () => this.later(track.kind === "video" ? 0 : SOUND_FIRST_MS, show);
      if (track.muted) track.onunmute = arrived;
      else arrived();
    };
    peer.onconnectionstatechange = () => this.connectionChanged(peer, run);
    try {
      const offer = await peer.createOffer();
      const box = this.told = this.shown;
      const url = box === null ? this.options.url : `${this.options.url}?width=${box.width}&height=${box.height}`;
      const session = await postOffer(url, offer.sdp ?? "", null, run.signal);
      if (run.signal.aborted) return deleteSession(session.address, null);
      this.address = session.address;
      await accept(peer, offer, session, session.answer);
      this.later(CONNECT_WITHIN_MS, () => peer.connectionState !== "connected" && this.onAir && this.hopeless("no_path"));
      this.watchForStalls(peer, run);
    } catch (error) {
      if (!run.signal.aborted) this.failed(error);
    }
  }

  private connectionChanged(peer: RTCPeerConnection, run: AbortController): void {
    if (run.signal.aborted) return;
    if (peer.connectionState === "connected") {
      this.become("watching");
      void this.tellShown();
      if (this.quality !== null) void this.choose(this.quality);
    } else if (peer.connectionState === "failed" || peer.connectionState === "closed") {
      if (this.state !== "connecting") return void this.repair(peer, run);
      this.hopeless("no_path");
      if (!run.signal.aborted) this.lost();
    } else if (peer.connectionState === "disconnected") {
      this.later(DISCONNECTED_MOST_MS, () => {
        if (peer.connectionState === "disconnected") void this.repair(peer, run);
      });
    }
  }

  private watchForStalls(peer: RTCPeerConnection, run: AbortController): void {
    const detector = new StallDetector(Date.now());
    const soundOnly = new SoundOnly();
    const silence = new Silence();
    const better = new BackToUdp();
    let decoded = 0;
    this.sampler = setInterval(async () => {
      const report = await peer.getStats();
      if (run.signal.aborted) return;
      void this.playout?.sampled(report);
      const sample = received(report);
      if (sample.framesDecoded > decoded) this.attempt = this.fruitless = 0;
      decoded = sample.framesDecoded;
      this.options.onSoundOnly?.(this.onAir && soundOnly.soundOnly(sample, Date.now()));
      this.options.onSilent?.(this.onAir && silence.silent(sample, Date.now()));
      if (better.due(transportOf(report), Date.now()) && peer.connectionState === "connected") void this.repair(peer, run);
      // A way that is lost is repaired in place; a new session would only be in the way of that.
      const repaired = this.repairing || peer.connectionState === "disconnected";
      if (!this.onAir || repaired || globalThis.document.visibilityState === "hidden") detector.excuse(Date.now());
      else if (detector.stuck(sample, Date.now())) {
        if (decoded === 0 && ++this.fruitless >= FRUITLESS_MOST) this.hopeless("no_path");
        if (!run.signal.aborted) this.lost();
      }
    }, SAMPLE_EVERY_MS);
  }

  private failed(error: unknown): void {
    if (!(error instanceof Refused)) return this.lost();
    if (error.status === 409) {
      this.release();
      this.become("waiting");
      const wait = Math.max(error.retryAfter ?? 0, NOTHING_LIVE_RETRY_MS);
      // Only a show that says it is on air is worth asking again: the event and its first packet may have crossed.
      this.later(wait * (1 + Math.random()), () => this.onAir && void this.connect());
    } else if (error.status >= 500 || error.status === 429) {
      const run = this.run;
      if (error.status === 503) this.hopeless("full");
      if (!run.signal.aborted) this.lost(error.retryAfter ?? 0);
    } else {
      const run = this.run;
      this.hopeless("refused");
      if (run.signal.aborted) return;
      this.release();
      this.become("refused", error.message);
    }
  }

  /** Whoever listens may stop this object at once. */
  private hopeless(why: Hopeless): void {
    this.options.onHopeless?.(why);
  }

  /** Replace the session after a while that grows with each attempt that showed nothing. */
  private lost(atLeast = 0): void {
    this.release();
    this.become("lost");
    const wait = Math.max(atLeast, backoff(this.attempt++, Math.random()));
    this.later(wait, () => void this.connect());
  }

  private release(): void {
    this.run.abort();
    this.run = new AbortController();
    for (const timer of this.timers) clearTimeout(timer);
    this.timers = [];
    this.repairing = false;
    this.options.onSoundOnly?.(false);
    this.options.onSilent?.(false);
    clearInterval(this.sampler);
    if (this.peer) {
      this.peer.onconnectionstatechange = this.peer.ontrack = null;
      this.peer.close();
    }
    this.peer = this.playout = this.stream = null;
    if (this.address !== null) deleteSession(this.address, null);
    this.address = null;
  }

  private readonly leave = (): void => {
    if (this.address !== null) deleteSession(this.address, null);
    this.address = null;
  };

  private later(wait: number, then: () => void): void {
    this.timers.push(setTimeout(then, wait));
  }

  private become(state: WatchState, reason: string | null = null): void {
    if (this.state === state) return;
    this.state = state;
    this.options.onState(state, reason);
  }
}
