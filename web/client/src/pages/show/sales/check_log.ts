/** Checks an auction's log as docs/auctions.md describes it: the chain of hashes, the maxima that were opened. */

import type { Person } from "../../../api/types";

interface Entry {
  number: number;
  bidder_id: string;
  amount: number;
  commitment: string;
  received_at: number;
  lag_ms: number;
  made_at: number;
  previous: string;
}

export interface BidLog {
  terms: Record<string, string | number | boolean>;
  entries: { entry: Entry; bidder: Person | null; hash: string }[];
  opened: { number: number; maximum: number; salt: string }[];
  state: string;
  price: number;
  winner: Person | null;
  /** Ids of bidders who led at the hammer and were banned by then. */
  left_out: string[];
}

export async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** JSON with sorted keys and no spaces. */
export function canonical(value: object): string {
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(Object.fromEntries(fields));
}

/** The number of the first bid that does not fit, or null. */
export async function checkLog(log: BidLog): Promise<number | null> {
  let previous = await sha256(canonical(log.terms));
  for (const [place, { entry, hash }] of log.entries.entries()) {
    if (entry.number !== place + 1 || entry.previous !== previous || (await sha256(canonical(entry))) !== hash) return place + 1;
    previous = hash;
  }
  for (const { number, maximum, salt } of log.opened) {
    if (log.entries[number - 1]?.entry.commitment !== (await sha256(`${salt}:${maximum}`))) return number;
  }
  return null;
}
