/** A payment that the buyer's bank wants confirmed: what the server says of it, and asking how it went on. */

import { ApiError, type Order } from "../../api";
import { commerce } from "../../api/commerce";

export interface Question {
  payment_id: string;
  secret: string;
  amount: number;
  currency: string;
  until: number;
}

/** The question in a refusal of the API or of the live channel; null for any other error. */
export function questionOf(error: unknown): Question | null {
  if (!(error instanceof Error) || !("code" in error) || error.code !== "confirmation_needed") return null;
  const details = ("details" in error ? error.details : undefined) as Partial<Question> | undefined;
  return details?.payment_id ? (details as Question) : null;
}

const MOST_LOOKS = 8;
const PAUSE_MS = 700;

/**
 * How the payment stands after the bank was answered; an event of the provider may be settling it in this moment.
 *
 * @throws ApiError confirmation_needed while the bank still asks, or why nothing was charged.
 */
export async function howItWentOn(paymentId: string, answer: boolean | null): Promise<Order | null> {
  for (let look = 1; ; look++) {
    try {
      return (await commerce.goOn(paymentId, look === 1 ? answer : null)).order;
    } catch (error) {
      const passing = error instanceof ApiError && (error.code === "in_progress" || error.status === 0 || error.status >= 500);
      if (!passing || look >= MOST_LOOKS) throw error;
      await new Promise((done) => setTimeout(done, PAUSE_MS));
    }
  }
}
