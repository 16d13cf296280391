import { describe, expect, it } from "vitest";

import { HELD_MOST_MS, Playout } from "./playout";

function receiver(kind: string, waited: () => [seconds: number, frames: number]): RTCRtpReceiver {
  const report = () => ({ type: "inbound-rtp", jitterBufferDelay: waited()[0], jitterBufferEmittedCount: waited()[1] });
  return { track: { kind }, jitterBufferTarget: null, getStats: async () => new Map([["in", report()]]) } as unknown as RTCRtpReceiver;
}

describe("pictures that wait for the acts they belong to", () => {
  it("adds what an act was late to what pictures wait anyway, for sound and picture alike", async () => {
    let waited: [number, number] = [6, 100];
    const both = [receiver("audio", () => [0, 0]), receiver("video", () => waited)];
    const playout = new Playout(() => both);
    await playout.waitFor(40);
    expect(both.map((one) => one.jitterBufferTarget)).toEqual([100, 100]);
    waited = [6 + 50 * 0.1, 150]; // they wait 100 ms now
    await playout.waitFor(30);
    expect(playout.held).toBeCloseTo(130);
  });

  it("never holds them for longer than a quarter of a second, and never shorter again", async () => {
    let waited: [number, number] = [1, 10];
    const video = receiver("video", () => waited);
    const playout = new Playout(() => [video]);
    await playout.waitFor(900);
    expect(video.jitterBufferTarget).toBe(HELD_MOST_MS);
    waited = [1.1, 20];
    await playout.waitFor(1);
    expect(video.jitterBufferTarget).toBe(HELD_MOST_MS);
  });

  it("holds them longer while a way that scatters has some left out or repaired, and not on a calm one", async () => {
    let waited: [number, number] = [10, 100];
    const video = receiver("video", () => waited);
    const playout = new Playout(() => [video]);
    const sample = (jitter: number, framesDropped: number, retransmittedPacketsReceived = 0) => {
      const report = { type: "inbound-rtp", kind: "video", jitter, framesDropped, retransmittedPacketsReceived };
      return playout.sampled(new Map([["in", report]]) as unknown as RTCStatsReport);
    };
    await sample(0.03, 0);
    await sample(0.003, 2);
    expect(video.jitterBufferTarget).toBeNull();
    await sample(0.03, 5);
    expect(video.jitterBufferTarget).toBe(150);
    await sample(0.03, 5);
    expect(video.jitterBufferTarget).toBe(150);
    waited = [10 + 50 * 0.15, 150];
    await sample(0.03, 5, 1); // repaired
    expect(video.jitterBufferTarget).toBeCloseTo(200);
  });

  it("leaves a browser alone that cannot do it", async () => {
    const old = { track: { kind: "video" } } as RTCRtpReceiver;
    await new Playout(() => [old]).waitFor(100);
    expect(old).toEqual({ track: { kind: "video" } });
  });
});
