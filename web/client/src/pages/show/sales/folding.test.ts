import { describe, expect, it } from "vitest";

import { type Running, UNSEEN, fold, opened } from "./folding";

const auction: Running = { id: "a", kind: "auction", state: "open", over: false };
const sold: Running = { ...auction, state: "sold", over: true };
const giveaway: Running = { id: "g", kind: "giveaway", state: "open", over: false };
const drawn: Running = { ...giveaway, state: "drawn", over: true };
const drop: Running = { id: "d", kind: "drop", state: "waiting", over: false };

const after = (...steps: Running[][]) => steps.reduce((folding, running) => fold(folding, running, null), UNSEEN);

describe("which card is open", () => {
  it("is none when nothing runs", () => expect(after([]).open).toBeNull());

  it("is the one last begun, and stays while nothing happens", () => {
    expect(after([giveaway], [giveaway, auction]).open).toBe("a");
    expect(after([giveaway], [giveaway, auction], [drop, giveaway, auction], [drop, giveaway, auction]).open).toBe("d");
  });

  it("is the one whose state has changed", () => {
    expect(after([giveaway, auction], [drop, giveaway, auction], [drop, drawn, auction]).open).toBe("g");
    expect(after([auction], [drop, auction], [drop, sold]).open).toBe("a");
  });

  it("leaves a draw open when the hammer falls after it, and opens a draw after the hammer", () => {
    expect(after([giveaway, auction], [drawn, auction], [drawn, sold]).open).toBe("g");
    expect(after([giveaway, auction], [giveaway, sold], [drawn, sold]).open).toBe("g");
  });

  it("is the auction for who comes in meanwhile, and what still runs before what is over", () => {
    expect(after([drop, giveaway, auction]).open).toBe("a");
    expect(after([drop, drawn, sold]).open).toBe("d");
  });

  it("is the one somebody opened, until there is news", () => {
    const chosen = opened(after([giveaway], [giveaway, auction]), "g");
    expect(fold(chosen, [giveaway, auction], null).open).toBe("g");
    expect(fold(chosen, [giveaway, sold], null).open).toBe("a");
  });

  it("is not folded while somebody types in it, nor taken away later by the same news", () => {
    const typing = fold(after([giveaway, auction]), [drop, giveaway, auction], "a");
    expect(typing.open).toBe("a");
    expect(fold(typing, [drop, giveaway, auction], null).open).toBe("a");
  });

  it("is another one when it goes away", () => expect(after([giveaway, auction], [giveaway]).open).toBe("g"));
});
