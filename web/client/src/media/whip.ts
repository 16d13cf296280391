/**
 * The host's picture and sound by WHIP, kept on air through bad networks.
 *
 * A line that drops is first repaired in place by an ICE restart, which viewers hardly notice; if that does not help
 * within seconds, or the server has forgotten the session, a new one is posted and the server lets it continue the same
 * show. It goes on trying until `stop`: a host has both hands full.
 */

import { backoff } from "../live/backoff";
import { CAPTURE, inPreferredOrder, layersFor, redundantFirst, withBitrates, withSilence } from "./codecs";
import { CONNECTED_WITHIN_MS, restartIce } from "./ice_repair";
import { type Layer, fitLayers, followDemand } from "./layers";
import { Refused, accept, deleteSession, postOffer } from "./signalling";

export type PublishState = "off" | "connecting" | "on_air" | "repairing" | "lost" | "refused";

export interface PublishOptions {
  url: string;
  streamKey: string;
  stream: MediaStream;
  onState: (state: PublishState, reason: string | null) => void;
}

const DISCONNECTED_MOST_MS = 1_500;

export class Publishing {
  state: PublishState = "off";

  private peer: RTCPeerConnection | null = null;
  private address: string | null = null;
  private attempt = 0;
  private run = new AbortController();
  private timers: ReturnType<typeof setTimeout>[] = [];
  /** What is sent now: a session that has to be posted again must not go back to a device that was changed or unplugged. */
  private tracks: MediaStreamTrack[];

  constructor(private readonly options: PublishOptions) {
    this.tracks = options.stream.getTracks();
  }

  start(): void {
    if (this.state !== "off") return;
    globalThis.addEventListener("online", this.networkChanged);
    void this.connect();
  }

  /** Leave the air; the server calls the show interrupted until the host returns or ends it. */
  stop(): void {
    globalThis.removeEventListener("online", this.networkChanged);
    this.release();
    this.become("off");
  }

  /** Another camera or microphone without going off air. */
  async replaceTrack(track: MediaStreamTrack): Promise<void> {
    describe(track);
    this.tracks = [...this.tracks.filter((other) => other.kind !== track.kind), track];
    const sender = this.peer?.getSenders().find((candidate) => candidate.track?.kind === track.kind);
    await sender?.replaceTrack(track);
    if (sender && track.kind === "video") await fitLayers(sender, track);
  }

  /** Layers that nobody watches are switched off, and on again when somebody does. */
  async followDemand(layers: readonly Layer[]): Promise<void> {
    if (this.state !== "on_air") return;
    await followDemand(
      this.peer?.getSenders().find((candidate) => candidate.track?.kind === "video"),
      layers,
    );
  }

  async statistics(): Promise<RTCStatsReport | null> {
    return this.peer === null ? null : await this.peer.getStats();
  }

  private async connect(): Promise<void> {
    this.release();
    const run = this.run;
    if (this.state !== "lost") this.become("connecting");
    const peer = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
    this.peer = peer;
    try {
      for (const track of this.tracks) addTrack(peer, track, this.options.stream);
      peer.onconnectionstatechange = () => this.connectionChanged(peer, run);
      const offer = await peer.createOffer();
      const session = await postOffer(this.options.url, offer.sdp ?? "", this.options.streamKey, run.signal);
      if (run.signal.aborted) return deleteSession(session.address, this.options.streamKey);
      this.address = session.address;
      await accept(peer, offer, session, withSilence(withBitrates(session.answer)));
    } catch (error) {
      if (!run.signal.aborted) this.failed(error);
    }
  }

  private connectionChanged(peer: RTCPeerConnection, run: AbortController): void {
    if (run.signal.aborted) return;
    if (peer.connectionState === "connected") {
      this.attempt = 0;
      this.become("on_air");
    } else if (peer.connectionState === "failed") {
      void this.repair(peer, run);
    } else if (peer.connectionState === "disconnected") {
      this.later(DISCONNECTED_MOST_MS, () => {
        if (peer.connectionState === "disconnected") void this.repair(peer, run);
      });
    }
  }

  /** The server does not get the picture although this side believes so: repair the session, or post another. */
  revive(): void {
    if (this.peer === null || this.state !== "on_air") return;
    this.attempt = 0;
    void this.repair(this.peer, this.run);
  }

  private readonly networkChanged = (): void => this.revive();

  /** Restart ICE in place; a session that cannot be repaired in time is replaced. */
  private async repair(peer: RTCPeerConnection, run: AbortController): Promise<void> {
    if (this.state === "repairing" || this.address === null) return;
    this.become("repairing");
    try {
      await restartIce(peer, this.address, this.options.streamKey, run.signal);
      if (run.signal.aborted) return;
      if (peer.connectionState === "connected") this.become("on_air");
      this.later(CONNECTED_WITHIN_MS, () => {
        if (this.state === "repairing" && peer.connectionState !== "connected") this.lost();
      });
    } catch {
      if (!run.signal.aborted) this.lost();
    }
  }

  private failed(error: unknown): void {
    if (error instanceof Refused && error.status < 500 && error.status !== 429) {
      this.release();
      this.become("refused", error.message);
    } else {
      this.lost(error instanceof Refused ? (error.retryAfter ?? 0) : 0);
    }
  }

  private lost(atLeast = 0): void {
    this.release();
    this.become("lost");
    this.later(Math.max(atLeast, backoff(this.attempt++, Math.random())), () => void this.connect());
  }

  private release(): void {
    this.run.abort();
    this.run = new AbortController();
    for (const timer of this.timers) clearTimeout(timer);
    this.timers = [];
    if (this.peer) {
      this.peer.onconnectionstatechange = null;
      this.peer.close();
    }
    this.peer = null;
    if (this.address !== null) deleteSession(this.address, this.options.streamKey);
    this.address = null;
  }

  private later(wait: number, then: () => void): void {
    this.timers.push(setTimeout(then, wait));
  }

  private become(state: PublishState, reason: string | null = null): void {
    if (this.state === state) return;
    this.state = state;
    this.options.onState(state, reason);
  }
}

/**
 * People hold clothes up and turn: the picture must stay fluent ("motion" keeps frames before pixels). A screen is for reading.
 * Voices are speech.
 */
function describe(track: MediaStreamTrack): void {
  const screen = "displaySurface" in (track.getSettings?.() ?? {});
  track.contentHint = track.kind === "audio" ? "speech" : screen ? "detail" : "motion";
}

function addTrack(peer: RTCPeerConnection, track: MediaStreamTrack, stream: MediaStream): void {
  describe(track);
  const video = track.kind === "video";
  const size: MediaTrackSettings = track.getSettings?.() ?? {};
  const transceiver = peer.addTransceiver(track, {
    direction: "sendonly",
    streams: [stream],
    ...(video ? { sendEncodings: layersFor(size.width, size.height) } : {}),
  });
  // Absent in older browsers: their own order has to do.
  if (!("setCodecPreferences" in transceiver)) return;
  const known = RTCRtpSender.getCapabilities(video ? "video" : "audio")?.codecs;
  if (known) transceiver.setCodecPreferences(video ? inPreferredOrder(known) : redundantFirst(known));
}

export const CAMERA: MediaTrackConstraints = {
  width: { ideal: CAPTURE.width },
  height: { ideal: CAPTURE.height },
  frameRate: { ideal: CAPTURE.frameRate, max: CAPTURE.frameRate },
};
