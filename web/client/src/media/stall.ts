/**
 * Is a viewer's picture really stuck? Pure: fed with what getStats says, once a second or so.
 *
 * A new session is expensive for everybody when a thousand viewers ask for one together, so "stuck" is narrow: the show
 * is on air, the page is seen, and for six seconds pictures arrived and none could be decoded: a host who walks from one network
 * to the next sends for some three seconds without hearing that a keyframe is wanted. Where nothing arrives at all, the host is
 * away; the server says so after five seconds, so that waits eight. A host who covers the camera or sends sound alone is not stuck for long either way: that waits fifteen.
 */

export interface Received {
  framesDecoded: number;
  videoPackets: number;
  audioPackets: number;
}

const STUCK_MS = 6_000;
const SILENT_MS = 8_000;
const SOUND_ONLY_MS = 15_000;
/** So long without a packet of a kind, and that kind does not arrive: more than a lost packet or a late sample. */
const ABSENT_MS = 2_000;

export class StallDetector {
  private last: Received = { framesDecoded: 0, videoPackets: 0, audioPackets: 0 };
  private pictureAt: number;
  private audioAt: number;
  private videoAt: number;
  /** Since when pictures have been coming, decoded or not: the first ones after a silence wait for a keyframe. */
  private comingSince: number;

  constructor(now: number) {
    this.pictureAt = this.audioAt = this.videoAt = this.comingSince = now;
  }

  /** Begin counting again, because silence until `now` was expected (paused show, hidden page). */
  excuse(now: number): void {
    this.pictureAt = this.audioAt = this.videoAt = this.comingSince = now;
  }

  /** Take a sample (counters since the session began, `now` in ms) and say whether the session should be replaced. */
  stuck(sample: Received, now: number): boolean {
    if (sample.framesDecoded !== this.last.framesDecoded) this.pictureAt = now;
    if (sample.audioPackets !== this.last.audioPackets) this.audioAt = now;
    if (sample.videoPackets !== this.last.videoPackets) {
      if (now - this.videoAt >= ABSENT_MS) this.comingSince = now;
      this.videoAt = now;
    }
    this.last = sample;
    const [audioAbsent, videoAbsent] = [now - this.audioAt >= ABSENT_MS, now - this.videoAt >= ABSENT_MS];
    if (!videoAbsent) return now - Math.max(this.pictureAt, this.comingSince) >= STUCK_MS;
    return now - this.pictureAt >= (audioAbsent ? SILENT_MS : SOUND_ONLY_MS);
  }
}

const PICTURE_AWAY_MS = 3_000;

/** So long without anything, and whoever watches sees it. */
const NOTHING_MS = 3_000;

/** Whether nothing at all arrives any more, be it the line or the host. */
export class Silence {
  private packets = -1;
  private at = 0;

  silent(sample: Received, now: number): boolean {
    const packets = sample.videoPackets + sample.audioPackets;
    if (packets !== this.packets) this.at = now;
    this.packets = packets;
    return packets > 0 && now - this.at >= NOTHING_MS;
  }
}

/** Whether a picture that was there has stopped while the sound goes on: the server spares a network that carries no more. */
export class SoundOnly {
  private last: Received = { framesDecoded: 0, videoPackets: 0, audioPackets: 0 };
  private videoAt: number | null = null;

  soundOnly(sample: Received, now: number): boolean {
    if (sample.videoPackets !== this.last.videoPackets) this.videoAt = now;
    const sounding = sample.audioPackets !== this.last.audioPackets;
    this.last = sample;
    return sounding && this.videoAt !== null && now - this.videoAt >= PICTURE_AWAY_MS;
  }
}

/** The counters of a receiving peer connection, read from standard statistics. */
export function received(report: RTCStatsReport): Received {
  const sums: Received = { framesDecoded: 0, videoPackets: 0, audioPackets: 0 };
  report.forEach((entry: { type: string; kind?: string; framesDecoded?: number; packetsReceived?: number }) => {
    if (entry.type !== "inbound-rtp") return;
    if (entry.kind === "video") {
      sums.framesDecoded += entry.framesDecoded ?? 0;
      sums.videoPackets += entry.packetsReceived ?? 0;
    } else {
      sums.audioPackets += entry.packetsReceived ?? 0;
    }
  });
  return sums;
}
