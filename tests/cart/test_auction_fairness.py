"""With the lag counted, slow lines change no outcome as long as they are within the cap; docs/auctions.md has the long run."""

from __future__ import annotations

import pytest

from cart.auctions.rules import GRACE_MS
from tests.fairness.__main__ import between
from tests.fairness.auctions import same_outcomes

AUCTIONS = 60


@pytest.mark.parametrize("most", [200, 1_000, GRACE_MS])
def test_within_the_cap_the_outcome_is_that_of_equal_lines(most: int) -> None:
    assert same_outcomes(between(50, most), AUCTIONS, 6, seed=most) == AUCTIONS


def test_without_counting_the_lag_it_is_not() -> None:
    """The auctions of this test would notice."""
    assert same_outcomes(between(50, GRACE_MS), AUCTIONS, 6, seed=GRACE_MS, counts_lag=False) < AUCTIONS


def test_beyond_the_cap_nobody_is_waited_for() -> None:
    assert same_outcomes(between(4_000, 5_000), AUCTIONS, 6, seed=5) < AUCTIONS
