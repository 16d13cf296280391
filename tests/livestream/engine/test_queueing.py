"""Waiting times from transport-wide feedback."""

from __future__ import annotations

import pytest

from livestream.engine.queueing import Queueing

SKEW = 5000.0  # between the clocks


def test_a_queue_stands_when_no_packet_is_spared_it() -> None:
    queueing = Queueing()
    for step in range(20):
        queueing.mark(65530 + step & 0xFFFF, step / 10)  # numbers wrap

    def arrival(step: int, wait: float) -> tuple[int, float]:
        return 65530 + step & 0xFFFF, SKEW + step / 10 + 0.05 + wait

    assert queueing.fed_back([arrival(step, 0.0) for step in range(5)], 0.6) == pytest.approx(0.0)
    # One that is on time among those that wait: jitter, or a keyframe that went before.
    assert queueing.fed_back([arrival(5, 0.4), arrival(6, 0.3), arrival(7, 0.02)], 1.0) == pytest.approx(0.0)
    late = [arrival(8, 0.2), arrival(9, 0.3), arrival(10, 0.3), arrival(11, 0.25)]
    assert queueing.fed_back(late, 1.5) == pytest.approx(0.2)
    assert queueing.fed_back([arrival(12, 0.01)], 1.6) == pytest.approx(0.01)


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
    waits = []
    for second in range(100):
        queueing.mark(second, float(second))
        waits.append(queueing.fed_back([(second, SKEW + second + (0.02 if second < 10 else 0.5))], second + 0.1))
    assert max(wait for wait in waits if wait is not None) == pytest.approx(0.48)
    assert waits[-1] == pytest.approx(0.0)
