/** Which of the cards over a phone's picture is open, while the others are one line each. Pure. */

export interface Running {
  id: string;
  kind: "auction" | "giveaway" | "drop";
  /** Whatever makes it worth looking at again when it changes. */
  state: string;
  over: boolean;
}

export interface Folding {
  open: string | null;
  /** The state that each card was last seen in, by id. */
  seen: ReadonlyMap<string, string>;
}

export const UNSEEN: Folding = { open: null, seen: new Map() };

/** Of several that are new at once (somebody has just come in): what ends soonest for good is first. */
const FIRST: readonly Running["kind"][] = ["auction", "giveaway", "drop"];

function first(cards: readonly Running[]): Running | undefined {
  const rank = (one: Running) => FIRST.indexOf(one.kind) + (one.over ? FIRST.length : 0);
  return [...cards].sort((one, other) => rank(one) - rank(other))[0];
}

/** The hammer fits in its line; a draw has more to show, and who looks at one is not taken away from it. */
const fitsInItsLine = (one: Running, open: Running | undefined): boolean =>
  one.kind === "auction" && one.over && open?.kind === "giveaway" && open.over;

/**
 * What is open now: the one that has begun or changed its state since `before`, else the one that was open. `held` is
 * the id of one that somebody types in, which is not folded by any news.
 */
export function fold(before: Folding, running: readonly Running[], held: string | null): Folding {
  const seen = new Map(running.map((one) => [one.id, one.state]));
  const open = running.find((one) => one.id === before.open);
  if (open && open.id === held) return { open: open.id, seen };
  const news = running.filter((one) => before.seen.get(one.id) !== one.state && !fitsInItsLine(one, open));
  return { open: (first(news) ?? open ?? first(running))?.id ?? null, seen };
}

/** Somebody has opened one. */
export const opened = (before: Folding, id: string): Folding => ({ ...before, open: id });
