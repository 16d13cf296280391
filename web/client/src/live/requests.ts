/** Questions to the server that wait for their answers, each for a bounded time. */

import { ChannelError } from "./errors";
import type { WireError } from "./wire";
import { t } from "../i18n";

type Resolve = (ok: unknown) => void;
type Reject = (error: ChannelError) => void;

interface Waiting {
  resolve: Resolve;
  reject: Reject;
  timer: ReturnType<typeof setTimeout>;
}

export class Requests {
  private readonly waiting = new Map<number, Waiting>();
  private asked = 0;

  constructor(private readonly send: (frame: object) => void) {}

  /** One of the two is called: with the answer, or with why there is none. `within` is in ms. */
  ask(command: object, within: number, resolve: Resolve, reject: Reject): void {
    const id = ++this.asked;
    const timer = setTimeout(() => {
      this.waiting.delete(id);
      reject(new ChannelError("no_answer", t("The server did not answer. Try again.")));
    }, within);
    this.waiting.set(id, { resolve, reject, timer });
    this.send({ id, ...command });
  }

  settle(re: number, ok: unknown, error: WireError | undefined): void {
    const waiting = this.waiting.get(re);
    if (!waiting) return;
    this.waiting.delete(re);
    clearTimeout(waiting.timer);
    if (error) waiting.reject(new ChannelError(error.code, error.message, error.details));
    else waiting.resolve(ok);
  }

  /** The line on which they went out is gone. */
  refuse(error: ChannelError): void {
    for (const [id, { reject, timer }] of this.waiting) {
      clearTimeout(timer);
      this.waiting.delete(id);
      reject(error);
    }
  }
}
