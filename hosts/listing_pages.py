"""Which listings are looked for: one closet's, or a search over all. Pure; search_store.py asks the database."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from hosts.cards import ListingCard
from hosts.cursors import Cursor

LIMIT = 24  # a page of two, three or four columns
LIMIT_MOST = 100


@dataclass(frozen=True, slots=True)
class Wanted:
    """All that are given must be met. Withdrawn listings are never found."""

    words: list[str] = field(default_factory=list)  # folded: see words.query_words
    brand_key: str = ""
    size_key: str = ""
    category: str = ""
    min_price: int | None = None
    max_price: int | None = None
    seller_id: str | None = None
    available: bool = False  # something left
    featurable: bool = False  # by others


class ListingPage(msgspec.Struct, frozen=True):
    """``next``: what to give as ``after`` for more; None at the end."""

    items: list[ListingCard]
    next: str | None


def page(cards: list[ListingCard], cursors: list[Cursor], limit: int) -> ListingPage:
    """From up to ``limit + 1`` entries: the one too many says that there are more."""
    more = len(cards) > limit
    return ListingPage(cards[:limit], cursors[limit - 1].text() if more else None)
