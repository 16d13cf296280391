/** The draw of a giveaway, as docs/giveaways.md describes it. */

import { sha256 } from "./check_log";

/** Who wins; null without entrants. A seed that does not fit its commitment gives "". */
export async function drawn(
  seed: string,
  entrants: readonly { account_id: string; salt: string }[],
  commitment: string,
): Promise<string | null> {
  if ((await sha256(seed)) !== commitment) return "";
  if (entrants.length === 0) return null;
  const sorted = [...entrants].sort((a, b) => (a.account_id < b.account_id ? -1 : 1));
  const lines = sorted.map((one) => `${one.account_id}:${one.salt}`).join("\n");
  const number = BigInt(`0x${await sha256(`${seed}\n${lines}`)}`);
  return sorted[Number(number % BigInt(sorted.length))]?.account_id ?? null;
}
