"""Cursors of lists that run from new to old: the last row's time and id, opaque to clients."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Generic, TypeVar

import msgspec

from cart.errors import BadCursor

T = TypeVar("T")
_CURSOR = re.compile(r"([0-9]{1,15})\.([A-Za-z0-9_-]{1,32})")


class Page(msgspec.Struct, Generic[T], frozen=True):
    items: list[T]
    next: str | None


def cursor(at: int, row_id: str) -> str:
    return f"{at}.{row_id}"


def position(text: str | None) -> tuple[int, str] | None:
    """Raises: BadCursor."""
    if not text:
        return None
    found = _CURSOR.fullmatch(text)
    if found is None:
        raise BadCursor("This page of the list cannot be found. Start from the beginning.")
    return int(found[1]), found[2]


def page(items: Sequence[T], cursors: Sequence[str], limit: int) -> Page[T]:
    """From up to ``limit`` + 1 rows: the one too many says that there is more."""
    more = len(items) > limit
    return Page(list(items[:limit]), cursors[limit - 1] if more else None)
