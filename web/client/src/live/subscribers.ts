/** Whoever wants to hear of one thing, in the order in which they asked. */
export class Subscribers<T extends unknown[]> {
  private readonly listeners = new Set<(...told: T) => void>();

  /** Returns the function that ends it. */
  readonly add = (listener: (...told: T) => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  tell(...told: T): void {
    for (const listener of this.listeners) listener(...told);
  }
}
