/** What `u` takes back: the act that was asked for last, also while its answer is on its way. */

/** An act that can still be taken back. */
export interface Undoable {
  actId: string;
  sentence: string;
  until: number;
}

export class LastAct {
  private last: Promise<Undoable | null> = Promise.resolve(null);

  /** An act has been asked for. One that is refused, or has changed nothing (null), leaves what was before it. */
  began(answered: Promise<Undoable | null>): void {
    const before = this.last;
    this.last = answered.then((found) => found ?? before, () => before);
  }

  /** Once each; null: there is nothing to take back any more. */
  async take(now: () => number): Promise<Undoable | null> {
    const taken = this.last;
    this.last = Promise.resolve(null);
    const found = await taken;
    return found !== null && now() < found.until ? found : null;
  }
}
