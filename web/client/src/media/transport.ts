/**
 * What carries a session, and when to try for better. Pure: fed with what getStats says, once a second or so.
 *
 * By TCP a lost packet holds up all that follow. A browser that had to take it stays with it for good, also when UDP gets
 * through again; only an ICE restart lets it choose anew.
 */

export type Transport = "udp" | "tcp";

/** What the chosen way in a report uses; null while there is none. */
export function transportOf(report: RTCStatsReport): Transport | null {
  let chosen: { localCandidateId?: string } | undefined;
  report.forEach((entry: { type: string; selectedCandidatePairId?: string; selected?: boolean; localCandidateId?: string }) => {
    if (entry.type === "transport" && entry.selectedCandidatePairId !== undefined) chosen = report.get(entry.selectedCandidatePairId);
    if (entry.type === "candidate-pair" && entry.selected === true) chosen = entry; // Firefox
  });
  const local = chosen?.localCandidateId === undefined ? undefined : (report.get(chosen.localCandidateId) as { protocol?: string } | undefined);
  return local?.protocol === "udp" || local?.protocol === "tcp" ? local.protocol : null;
}

const FIRST_MS = 60_000;
const MOST_MS = 960_000;

/** Who never had UDP is in a network that has none, and is left alone. */
export class BackToUdp {
  private had = false;
  private since: number | null = null;
  private wait = FIRST_MS;

  /** Whether to let ICE choose anew now; each time that did not help makes the next one later. */
  due(transport: Transport | null, now: number): boolean {
    if (transport !== "tcp") {
      this.had ||= transport === "udp";
      this.since = null;
      if (transport === "udp") this.wait = FIRST_MS;
      return false;
    }
    this.since ??= now;
    if (!this.had || now - this.since < this.wait) return false;
    this.since = now;
    this.wait = Math.min(MOST_MS, 2 * this.wait);
    return true;
  }
}
