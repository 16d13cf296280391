from __future__ import annotations

from typing import Any

import pytest

from chat.errors import InvalidSanction
from chat.sanctions import MAX_SECONDS, Sanction, in_force, new_sanction


def test_ends_at_its_end() -> None:
    sanction = new_sanction("a", "timeout", 10, " be kind ", now=1_000, by="mod")
    assert sanction == Sanction("a", "timeout", 11_000, "be kind", "show", "mod", 1_000)
    assert sanction.holds(10_999)
    assert not sanction.holds(11_000)
    assert in_force(sanction, 11_000) is None


def test_without_end() -> None:
    sanction = new_sanction("a", "mute", None, "", now=1_000)
    assert sanction.until is None
    assert in_force(sanction, 2**60) is sanction
    assert sanction.refusal().details == {"kind": "mute", "until": None, "reason": ""}


@pytest.mark.parametrize(
    ("kind", "seconds", "reason"),
    [
        ("kick", 10, ""),
        ("timeout", None, ""),
        ("timeout", 0, ""),
        ("mute", -5, ""),
        ("ban", MAX_SECONDS + 1, ""),
        ("ban", None, "x" * 201),
        ("ban", None, "two\nlines"),
    ],
)
def test_refused(kind: str, seconds: int | None, reason: str) -> None:
    with pytest.raises(InvalidSanction):
        new_sanction("a", kind, seconds, reason, now=0)


@pytest.mark.parametrize(
    ("change", "repeats"),
    [
        ({}, True),
        ({"now": 4_000}, True),
        ({"now": 4_001}, False),  # some time later it is meant
        ({"seconds": 11}, False),
        ({"reason": "worse"}, False),
        ({"by": "mod2"}, False),
        ({"kind": "mute"}, False),
    ],
)
def test_a_second_click(change: dict[str, Any], repeats: bool) -> None:
    asked: dict[str, Any] = {
        "account_id": "a",
        "kind": "timeout",
        "seconds": 10,
        "reason": "",
        "now": 1_000,
        "by": "mod",
    }
    assert new_sanction(**{**asked, **change}).repeats(new_sanction(**asked)) is repeats


def test_a_sanction_without_end_is_repeated_however_late() -> None:
    before = new_sanction("a", "ban", None, "ads", now=1_000, by="mod")
    assert new_sanction("a", "ban", None, "ads", now=9_999_999, by="mod").repeats(before)
    assert not new_sanction("a", "ban", 60, "ads", now=1_000, by="mod").repeats(before)
