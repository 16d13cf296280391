"""Offers: a buyer names a price, the seller answers, they may go back and forth. Pure; the time is given.

open -> accepted    by whoever's turn it is; the piece is held for the buyer at that price
     -> declined    by whoever's turn it is
     -> withdrawn   by the buyer
     -> expired     nobody answered in time
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Side = Literal["buyer", "seller"]
Move = Literal["counter", "accept", "decline", "withdraw"]
State = Literal["open", "accepted", "declined", "withdrawn", "expired"]
TRANSITIONS: dict[State, frozenset[State]] = {
    "open": frozenset({"accepted", "declined", "withdrawn", "expired"}),
    "accepted": frozenset(),
    "declined": frozenset(),
    "withdrawn": frozenset(),
    "expired": frozenset(),
}

OPEN_MS = 24 * 3_600_000  # to answer: a day, so that nobody has to be awake
MOST_MOVES = 10  # after five rounds of haggling the two should talk
MOST_OPEN = 20  # offers of one buyer that wait for an answer
LEAST_SHARE = 25  # percent of the price: below it an offer is an insult


@dataclass(frozen=True, slots=True)
class Talk:
    """``amount`` stands, made by the side whose turn it is not; ``asked`` is the listing's price, ``low``/``high`` what
    buyer and seller have said last."""

    state: State
    turn: Side
    amount: int
    moves: int
    until: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """``code``: closed, over, not_your_turn, amount, too_many."""

    code: str
    low: int | None = None
    high: int | None = None


def first_amount(asked: int) -> tuple[int, int]:
    """The least and the most of a first offer for a piece of this price."""
    return max(1, asked * LEAST_SHARE // 100), asked - 1


def judge(talk: Talk, side: Side, move: Move, amount: int | None, asked: int, now: int) -> Refusal | None:
    """Whether a side may make a move now. A counter-offer lies between what stands and what the side said before: a buyer
    goes up to below what the seller wants, a seller comes down to above what the buyer gives."""
    if talk.state != "open":
        return Refusal("closed")
    if now >= talk.until:
        return Refusal("over")
    if move == "withdraw":
        return None if side == "buyer" else Refusal("not_your_turn")
    if side != talk.turn:
        return Refusal("not_your_turn")
    if move != "counter":
        return None
    if talk.moves >= MOST_MOVES:
        return Refusal("too_many")
    low, high = (talk.amount + 1, asked) if side == "seller" else (first_amount(asked)[0], talk.amount - 1)
    if amount is None or not low <= amount <= high:
        return Refusal("amount", low, high)
    return None


def after(talk: Talk, side: Side, move: Move, amount: int | None, now: int) -> Talk:
    """The talk after a move that was judged fine."""
    if move == "counter":
        assert amount is not None
        other: Side = "buyer" if side == "seller" else "seller"
        return Talk("open", other, amount, talk.moves + 1, now + OPEN_MS)
    ends: dict[Move, State] = {"accept": "accepted", "decline": "declined", "withdraw": "withdrawn"}
    return Talk(ends[move], talk.turn, talk.amount, talk.moves + 1, talk.until)
