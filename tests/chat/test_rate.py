from __future__ import annotations

import pytest

from chat.rate import TalkRate


def test_five_in_five_seconds() -> None:
    rate = TalkRate()
    assert [rate.take("a", now) for now in (0.0, 0.1, 0.2, 0.3, 0.4)] == [0] * 5
    assert rate.take("a", 1.0) == pytest.approx(4.0)
    assert rate.take("b", 1.0) == 0
    assert rate.take("a", 4.99) > 0
    assert rate.take("a", 5.0) == 0  # the first has left the window, refusals never entered it
    assert rate.take("a", 5.05) == pytest.approx(0.05)


def test_given_back() -> None:
    rate = TalkRate(messages=1)
    assert rate.take("a", 0) == 0
    rate.give_back("a")
    rate.give_back("a")
    rate.give_back("nobody")
    assert rate.take("a", 0) == 0
    assert rate.take("a", 0) > 0


def test_bounded() -> None:
    rate = TalkRate(messages=1, accounts=3)
    for name in "abc":
        rate.take(name, 0)
    rate.take("d", 0)
    assert len(rate) == 3
    assert rate.take("d", 1) > 0
    assert rate.take("a", 1) == 0  # forgotten: the quietest
