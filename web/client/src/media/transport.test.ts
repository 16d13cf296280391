import { describe, expect, it } from "vitest";

import { BackToUdp, transportOf } from "./transport";

const report = (...entries: { id: string; [field: string]: unknown }[]) => new Map(entries.map((entry) => [entry.id, entry])) as unknown as RTCStatsReport;
const UDP = { id: "u", type: "local-candidate", protocol: "udp" };
const TCP = { id: "t", type: "local-candidate", protocol: "tcp" };
const PAIRS = [
  { id: "pu", type: "candidate-pair", localCandidateId: "u" },
  { id: "pt", type: "candidate-pair", localCandidateId: "t" },
];

describe("what carries a session", () => {
  it("is what the chosen pair uses", () => {
    expect(transportOf(report(UDP, TCP, ...PAIRS, { id: "T", type: "transport", selectedCandidatePairId: "pt" }))).toBe("tcp");
    expect(transportOf(report(UDP, TCP, ...PAIRS, { id: "T", type: "transport", selectedCandidatePairId: "pu" }))).toBe("udp");
    expect(transportOf(report(UDP, TCP, PAIRS[0]!, { ...PAIRS[1]!, selected: true }))).toBe("tcp"); // as Firefox says it
  });

  it("is not known before there is one", () => {
    expect(transportOf(report(UDP, TCP, ...PAIRS, { id: "T", type: "transport" }))).toBe(null);
    expect(transportOf(report({ id: "T", type: "transport", selectedCandidatePairId: "gone" }))).toBe(null);
  });
});

describe("the way back to UDP", () => {
  const times = (better: BackToUdp, from: number, to: number) => {
    const found: number[] = [];
    for (let second = from; second < to; second += 1) if (better.due("tcp", second * 1000)) found.push(second);
    return found;
  };

  it("is tried ever less often while it does not help", () => {
    const better = new BackToUdp();
    better.due("udp", 0);
    expect(times(better, 10, 2_000)).toEqual([70, 190, 430, 910, 1_870]);
    expect(times(better, 2_000, 4_000)).toEqual([2_830, 3_790]);
  });

  it("begins anew after UDP has carried again", () => {
    const better = new BackToUdp();
    better.due("udp", 0);
    times(better, 0, 1_000);
    better.due("udp", 1_000_000);
    expect(times(better, 1_001, 1_100)).toEqual([1_061]);
  });

  it("is not tried where UDP never came through, nor while nothing is chosen", () => {
    const better = new BackToUdp();
    expect(times(better, 0, 10_000)).toEqual([]);
    better.due("udp", 10_000_000);
    for (let second = 0; second < 1_000; second += 1) expect(better.due(null, 10_000_000 + second * 1_000)).toBe(false);
  });
});
