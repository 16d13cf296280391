from __future__ import annotations

import itertools

import pytest

from livestream.engine.nack import MISSING_LIMIT, MissingPackets


def test_nothing_is_asked_within_the_reordering_tolerance() -> None:
    missing = MissingPackets()
    missing.received(1, 0.0)
    missing.received(4, 0.0)
    assert missing.due(0.019, 0.1) == []
    missing.received(2, 0.01)
    assert missing.due(0.021, 0.1) == [3]


def test_it_asks_again_each_round_trip_and_gives_up_after_ten() -> None:
    missing = MissingPackets()
    missing.received(1, 0.0)
    missing.received(3, 0.0)
    asked = [step for step in range(300) if missing.due(step / 100, 0.1)]
    assert len(asked) == 10
    assert {after - before for before, after in itertools.pairwise(asked)} <= {10, 11}
    assert missing.given_up == 1
    assert len(missing) == 0


def test_the_round_trip_is_measured_from_single_questions_only() -> None:
    missing = MissingPackets()
    missing.received(1, 0.0)
    missing.received(4, 0.0)
    missing.due(0.02, 1.0)
    missing.received(2, 0.08)
    assert missing.round_trip == pytest.approx(0.06)
    assert missing.due(1.03, 1.0) == [3]
    missing.received(3, 1.04)  # asked twice: which question was answered is unknown
    assert missing.round_trip == pytest.approx(0.06)


def test_a_gap_too_long_is_left_to_a_keyframe() -> None:
    missing = MissingPackets()
    missing.received(1, 0.0)
    assert not missing.received(MISSING_LIMIT + 5, 0.0)
    assert missing.due(1.0, 0.1) == []
    assert missing.overflows == 1
    assert missing.received(MISSING_LIMIT + 7, 0.0)
    assert missing.due(1.0, 0.1) == [MISSING_LIMIT + 6]
