"""Prints the table of docs/auctions.md."""

from __future__ import annotations

import random

from tests.fairness.auctions import Draw, Line, same_outcomes

AUCTIONS, BIDDERS, SEED = 400, 8, 20_260


def between(low: int, high: int) -> Draw:
    """One way and the other, drawn apart, so that together they take from ``low`` to ``high`` milliseconds each."""

    def draw(chance: random.Random) -> Line:
        return Line(chance.randint(low, high), chance.randint(low, high))

    return draw


ROWS = ((50, 50), (50, 200), (50, 500), (50, 1_000), (50, 1_500), (50, 2_500), (50, 5_000))

if __name__ == "__main__":
    print("| Each way, ms | Same outcome, lag counted | Same outcome, without |")
    print("|---|---|---|")
    for low, high in ROWS:
        with_grace = same_outcomes(between(low, high), AUCTIONS, BIDDERS, SEED)
        without = same_outcomes(between(low, high), AUCTIONS, BIDDERS, SEED, counts_lag=False)
        print(f"| {low} to {high:,} | {100 * with_grace / AUCTIONS:.1f} % | {100 * without / AUCTIONS:.1f} % |")
