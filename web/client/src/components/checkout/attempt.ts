/**
 * Paying once, however often it is tried: the same wish goes out under the same Idempotency-Key until the server has given
 * a final answer to it; a changed wish or a new try after a refusal gets a new one.
 */

import { ApiError, newKey } from "../../api";

/** How often a payment that is still being worked on is asked about again. */
const MOST_QUESTIONS = 8;

export class Attempt<Wish> {
  #key: string | null = null;
  #wish = "";

  constructor(
    private readonly send: (wish: Wish, key: string) => Promise<unknown>,
    private readonly wait: (ms: number) => Promise<void> = (ms) => new Promise((done) => setTimeout(done, ms)),
    private readonly makeKey: () => string = newKey,
  ) {}

  /** @throws ApiError the refusal, or "offline" after which the same call asks about the same payment. */
  async pay<Answer>(wish: Wish): Promise<Answer> {
    const text = JSON.stringify(wish);
    const key = this.#key !== null && text === this.#wish ? this.#key : this.makeKey();
    this.#key = key;
    this.#wish = text;
    for (let question = 1; ; question++) {
      try {
        const answer = await this.send(wish, key);
        this.#key = null;
        return answer as Answer;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (error.code === "in_progress" && question < MOST_QUESTIONS) {
          await this.wait((error.retryAfter ?? 1) * 1_000);
          continue;
        }
        if (!unsure(error)) this.#key = null;
        throw error;
      }
    }
  }
}

/** After these nobody here knows whether the payment went through. */
export function unsure(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  return error.status === 0 || error.status >= 500 || error.code === "in_progress";
}
