/**
 * How long pictures wait before they are shown, when what the host does comes after them or the way scatters them.
 *
 * An act goes through the database and to all viewers by TCP; the picture that it belongs to goes by UDP and may be faster. A
 * card that comes late cannot be mended, the next one can: the browser plays pictures and sound as much later as this one was
 * late (`jitterBufferTarget`). On a way that scatters by more than the browser waits for, pictures come in bursts of which it
 * shows the last, and where packets are repaired it stands still until they have come again; whoever acts on one that was left
 * out has the card with another. There, too, a longer wait helps. Nobody is put further behind the host than live selling
 * bears, a quarter of a second.
 */

/** Pictures never wait longer than this. */
export const HELD_MOST_MS = 250;

/** A way that scatters (RFC 3550 section 6.4.1), s: calm ones have some ms, and what is left out there is a busy machine's doing. */
const SCATTERED = 0.015;

/** How much longer pictures wait after a second in which some were left out or repaired, ms: between one frame and two. */
const LONGER_MS = 50;

/** What all frames so far have waited together. */
interface PlayedOut {
  seconds: number;
  frames: number;
}

export class Playout {
  private before: PlayedOut = { seconds: 0, frames: 0 };
  /** What was asked for, ms; 0: nothing, the browser decides. */
  held = 0;

  /** Pictures that came too late to be shown, and packets that came again, so far. */
  private troubles = 0;

  constructor(private readonly receivers: () => readonly RTCRtpReceiver[]) {}

  /** A sample of the session's statistics, once a second or so. */
  async sampled(report: RTCStatsReport): Promise<void> {
    for (const entry of report.values()) {
      if (entry.type !== "inbound-rtp" || entry.kind !== "video") continue;
      const troubles = (entry.framesDropped ?? 0) + (entry.retransmittedPacketsReceived ?? 0);
      const more = troubles - this.troubles;
      this.troubles = troubles;
      if (more > 0 && (entry.jitter ?? 0) >= SCATTERED) await this.waitFor(LONGER_MS);
    }
  }

  /** Something came `late` ms after its picture. A browser that cannot hold pictures back goes on as before. */
  async waitFor(late: number): Promise<void> {
    if (this.held >= HELD_MOST_MS) return;
    const picture = this.receivers().find((one) => one.track.kind === "video");
    if (picture === undefined || !("jitterBufferTarget" in picture)) return;
    const played = await playedOut(picture).catch(() => null);
    if (played === null) return;
    const frames = played.frames - this.before.frames;
    const usual = frames > 0 ? ((played.seconds - this.before.seconds) * 1000) / frames : 0;
    this.before = played;
    this.held = Math.min(HELD_MOST_MS, Math.max(this.held, usual + late));
    // Both: sound that is played earlier would have the browser hurry the picture again.
    for (const one of this.receivers()) if ("jitterBufferTarget" in one) one.jitterBufferTarget = this.held;
  }
}

async function playedOut(receiver: RTCRtpReceiver): Promise<PlayedOut | null> {
  for (const report of (await receiver.getStats()).values()) {
    if (report.type !== "inbound-rtp") continue;
    return { seconds: report.jitterBufferDelay ?? 0, frames: report.jitterBufferEmittedCount ?? 0 };
  }
  return null;
}
