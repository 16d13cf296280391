"""The checker itself: what it lets pass and what it finds."""

from __future__ import annotations

import pytest

from tests.linearizability.checker import Operation, problems


def claim(buyer: str, began: float, ended: float, hold: str | None = None) -> Operation:
    return Operation("claim", buyer, began, ended, hold)


def release(hold: str, began: float, ended: float) -> Operation:
    return Operation("release", "x", began, ended, hold)


@pytest.mark.parametrize(
    "history",
    [
        [],
        [claim("a", 0, 1, "h"), claim("b", 0, 1)],
        [claim("a", 0, 9, "h"), claim("b", 1, 2)],  # the grant may have come before its answer did
        [claim("a", 0, 1, "h"), release("h", 2, 4), claim("b", 3, 5, "i")],
        [claim("a", 0, 1, "h"), release("h", 2, 4), claim("b", 3, 3.5)],
        [claim("a", 0, 1, "h"), claim("a", 2, 3, "h")],  # the same key again
    ],
)
def test_what_one_piece_can_do(history: list[Operation]) -> None:
    assert problems(history) == []


@pytest.mark.parametrize(
    "history",
    [
        [claim("a", 0, 1, "h"), claim("b", 0, 1, "i")],  # sold twice
        [claim("b", 0, 1), claim("a", 2, 3, "h")],  # refused before anybody had it
        [claim("a", 0, 1, "h"), release("h", 2, 3), claim("b", 4, 5)],  # refused after it was free again
        [claim("a", 0, 1, "h"), claim("b", 1.5, 1.8, "i"), release("h", 2, 3)],  # granted before the release began
        [claim("a", 0, 1, "h"), claim("b", 2, 3, "h")],  # one hold, two buyers
    ],
)
def test_what_it_cannot(history: list[Operation]) -> None:
    assert problems(history) != []
