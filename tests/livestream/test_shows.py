"""The transition table, cell by cell, and what a show's fields accept."""

from __future__ import annotations

import itertools

import pytest

from livestream.errors import InvalidShow, ShowStateError
from livestream.shows import (
    DAY_MS,
    LATEST_MS,
    Act,
    State,
    check_description,
    check_starts_at,
    check_title,
    transition,
)

ALLOWED = {
    ("scheduled", "edit"): ("scheduled", "edited"),
    ("live", "edit"): ("live", "edited"),
    ("interrupted", "edit"): ("interrupted", "edited"),
    ("scheduled", "cancel"): ("cancelled", "cancelled"),
    ("scheduled", "start"): ("live", "went_live"),
    ("interrupted", "start"): ("live", "resumed"),
    ("live", "start"): ("live", None),
    ("live", "lose"): ("interrupted", "interrupted"),
    ("interrupted", "lose"): ("interrupted", None),
    ("live", "end"): ("ended", "ended"),
    ("interrupted", "end"): ("ended", "ended"),
}


@pytest.mark.parametrize(("state", "act"), list(itertools.product(State, Act)))
def test_every_cell_of_the_table(state: State, act: Act) -> None:
    expected = ALLOWED.get((state.value, act.value))
    if expected is None:
        with pytest.raises(ShowStateError) as refused:
            transition(state, act)
        assert refused.value.message.endswith(".")
    else:
        assert transition(state, act) == expected


def test_titles() -> None:
    assert check_title("  Autumn \n coats ") == "Autumn coats"
    assert check_title("é") == "é"
    assert check_title("x" * 120) == "x" * 120
    for bad in ("", "   ", "x" * 121, "a\x00b", "a\u200bb", "a\u202eb"):
        with pytest.raises(InvalidShow, match="title"):
            check_title(bad)


def test_descriptions() -> None:
    assert check_description(" first\r\nsecond\n ") == "first\nsecond"
    assert check_description("") == ""
    for bad in ("x" * 4_001, "a\x07b", "\ud800"):
        with pytest.raises(InvalidShow, match="description"):
            check_description(bad)


def test_start_times() -> None:
    now = 1_700_000_000_000
    for good in (now, now - DAY_MS, now + LATEST_MS):
        assert check_starts_at(good, now) == good
    for bad in (0, -1, now - DAY_MS - 1, now + LATEST_MS + 1, 2**62):
        with pytest.raises(InvalidShow, match="starts_at"):
            check_starts_at(bad, now)
