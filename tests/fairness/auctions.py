"""Auctions in worlds with different lines: who taps when and how much is the same, only the lines differ.

A tap is made when the bidder's own countdown shows a moment. The countdown is set as the pages set it, by half a round trip,
so on a line whose two ways differ it is wrong by half of the difference. The bid travels; the server measures the line by
the same round trip, and judges with ``cart.auctions.rules``.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cart.auctions import rules
from cart.auctions.rules import Bid, Standing, Terms

LASTS = 30_000  # ms


@dataclass(frozen=True, slots=True)
class Tap:
    """``shown``: what the bidder's countdown showed, in ms since the start."""

    bidder: str
    shown: int
    amount: int
    maximum: int


@dataclass(frozen=True, slots=True)
class Line:
    """Milliseconds to the server and back."""

    there: int
    back: int

    @property
    def lag(self) -> int:
        return round((self.there + self.back) / 2)


Draw = Callable[[random.Random], Line]


def taps(chance: random.Random, bidders: int) -> list[Tap]:
    """Two to four taps of each: some early, half of them in the last two seconds, amounts from few values, so that ties occur."""
    found = []
    for number in range(bidders):
        for _ in range(chance.randint(2, 4)):
            late = chance.random() < 0.5
            shown = chance.randint(LASTS - 2_000, LASTS + 50) if late else chance.randint(0, LASTS)
            amount = 1_000 + 100 * chance.randint(0, 30)
            maximum = amount + (100 * chance.randint(1, 20) if chance.random() < 0.3 else 0)
            found.append(Tap(f"b{number}", shown, amount, maximum))
    return found


def outcome(terms: Terms, made: Sequence[Tap], lines: dict[str, Line], *, counts_lag: bool = True) -> Standing:
    """What the server makes of these taps over these lines: bids judged one by one as they arrive."""
    arrivals = []
    for tap in made:
        line = lines[tap.bidder]
        real = tap.shown - round(
            (line.there - line.back) / 2
        )  # the countdown runs ahead of the server by the difference
        arrivals.append((real + line.there, tap))
    arrivals.sort(key=lambda one: (one[0], one[1].bidder, one[1].shown, one[1].amount, one[1].maximum))
    log: list[Bid] = []
    ends_at = LASTS
    for received, tap in arrivals:
        lag = lines[tap.bidder].lag if counts_lag else 0
        moment = rules.made_at(received, lag)
        bid = Bid(len(log) + 1, tap.bidder, tap.amount, tap.maximum, moment)
        # In the blind: taps do not depend on what others did, so every bid is judged against its own maker's alone.
        if rules.in_time(ends_at, moment, received) and len(log) < rules.MOST_BIDS:
            log.append(bid)
    return rules.standing(terms, log)


def same_outcomes(draw: Draw, auctions: int, bidders: int, seed: int, *, counts_lag: bool = True) -> int:
    """In how many of the auctions winner and price are those of a world with equal lines of 50 ms."""
    chance, same = random.Random(seed), 0
    equal = Line(50, 50)
    terms = Terms(1_000, 100, sudden_death=True)
    for _ in range(auctions):
        made = taps(chance, bidders)
        names = sorted({tap.bidder for tap in made})
        fair = outcome(terms, made, dict.fromkeys(names, equal), counts_lag=counts_lag)
        lines = {name: draw(chance) for name in names}
        same += outcome(terms, made, lines, counts_lag=counts_lag) == fair
    return same
