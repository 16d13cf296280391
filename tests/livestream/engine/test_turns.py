"""Everybody's turn, spread over time."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from livestream.engine.turns import Turns


def test_a_single_one_has_its_turn_at_once() -> None:
    turns: Turns[int] = Turns(0.5, 0.01)
    assert turns.take([7], 3.0) == [7]
    assert turns.take([7], 3.49) == []
    assert turns.take([7], 3.5) == [7]
    assert turns.take([], 9.0) == []


@settings(max_examples=40)
@given(members=st.integers(0, 700), period=st.sampled_from((0.1, 0.5)))
def test_everybody_once_per_period_and_never_many_at_once(members: int, period: float) -> None:
    turns: Turns[int] = Turns(period, 0.01)
    calls = round(period / 0.01)
    for round_ in range(3):
        seen: Counter[int] = Counter()
        for call in range(calls):
            due = turns.take(range(members), 1.0 + round_ * period + call * 0.01)
            assert len(due) <= members / calls + 2
            seen.update(due)
        assert seen == Counter(range(members)) or abs(sum(seen.values()) - members) <= members / calls + 2


def test_late_calls_make_up_for_what_was_missed() -> None:
    turns: Turns[int] = Turns(0.1, 0.01)
    assert len(turns.take(range(100), 1.0)) == 10
    assert len(turns.take(range(100), 1.055)) == 55
    assert len(turns.take(range(100), 2.0)) == 35
