"""Every move in every state of an offer, by either side, at every time."""

from __future__ import annotations

import itertools
from typing import get_args

import pytest

from cart.offers.rules import (
    MOST_MOVES,
    OPEN_MS,
    TRANSITIONS,
    Move,
    Refusal,
    Side,
    State,
    Talk,
    after,
    first_amount,
    judge,
)

ASKED, UNTIL = 1_000, 50_000


@pytest.mark.parametrize(
    ("state", "turn", "side", "move", "now"),
    list(itertools.product(get_args(State), get_args(Side), get_args(Side), get_args(Move), (UNTIL - 1, UNTIL))),
)
def test_every_move(state: State, turn: Side, side: Side, move: Move, now: int) -> None:
    talk = Talk(state, turn, 600, 2, UNTIL)
    amount = (700 if side == "seller" else 500) if move == "counter" else None
    found = judge(talk, side, move, amount, ASKED, now)
    if state != "open":
        assert found == Refusal("closed")
    elif now >= UNTIL:
        assert found == Refusal("over")
    elif move == "withdraw":
        assert (found is None) is (side == "buyer")
    elif side != turn:
        assert found == Refusal("not_your_turn")
    else:
        assert found is None
        then = after(talk, side, move, amount, now)
        assert then.state == "open" or then.state in TRANSITIONS["open"]
        assert (then.turn != turn) is (move == "counter")
        assert then.until == (now + OPEN_MS if move == "counter" else UNTIL)


@pytest.mark.parametrize(
    ("side", "amount", "fine"),
    [("seller", 600, False), ("seller", 601, True), ("seller", 1_000, True), ("seller", 1_001, False), ("seller", None, False),
     ("buyer", 599, True), ("buyer", 600, False), ("buyer", 250, True), ("buyer", 249, False)],
)  # fmt: skip
def test_counter_offers_close_in(side: Side, amount: int | None, fine: bool) -> None:
    found = judge(Talk("open", side, 600, 2, UNTIL), side, "counter", amount, ASKED, 1)
    assert (found is None) is fine


def test_haggling_ends() -> None:
    assert judge(Talk("open", "seller", 600, MOST_MOVES, UNTIL), "seller", "counter", 700, ASKED, 1) == Refusal(
        "too_many"
    )
    assert judge(Talk("open", "seller", 600, MOST_MOVES, UNTIL), "seller", "accept", None, ASKED, 1) is None


def test_first_amounts() -> None:
    assert first_amount(1_000) == (250, 999)
    assert first_amount(2) == (1, 1)
