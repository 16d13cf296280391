"""Waiting times from transport-wide feedback."""

from __future__ import annotations

import pytest

from livestream.engine.queueing import Queueing

SKEW = 5000.0  # between the clocks


def test_the_wait_is_what_exceeds_the_least_delay() -> None:
    queueing = Queueing()
    for step in range(10):
        queueing.mark(65530 + step & 0xFFFF, step / 10)  # numbers wrap
    arrivals = [
        (65530 + step & 0xFFFF, SKEW + step / 10 + (0.05 if step < 5 else 0.05 + step / 10)) for step in range(10)
    ]
    assert queueing.fed_back(arrivals[:5], 1.0) == pytest.approx(0.0)
    assert queueing.fed_back(arrivals[5:], 1.2) == pytest.approx(0.9)


def test_lost_and_unmarked_packets_say_nothing() -> None:
    queueing = Queueing()
    assert queueing.fed_back([(1, 2.0)], 0.0) is None
    queueing.mark(7, 1.0)
    queueing.mark(7, 1.1)  # nothing was sent in between
    assert queueing.fed_back([(7, None)], 1.2) is None
    assert queueing.fed_back([(8, 3.0)], 1.2) is None
    assert queueing.fed_back([], 1.2) is None


def test_a_new_route_is_no_queue_for_ever() -> None:
    queueing = Queueing()
    wait = None
    for second in range(100):
        queueing.mark(second, float(second))
        wait = queueing.fed_back([(second, SKEW + second + (0.02 if second < 10 else 0.5))], second + 0.1)
        if second == 11:
            assert wait == pytest.approx(0.48)
    assert wait == pytest.approx(0.0)
