"""Search over all closets, as a question that somebody types and ticks."""

from __future__ import annotations

from dataclasses import dataclass

from hosts import people_store, search_store
from hosts.cursors import parse
from hosts.database import Database
from hosts.errors import InvalidField
from hosts.fields import is_handle
from hosts.listing_pages import LIMIT, LIMIT_MOST, ListingPage, Wanted
from hosts.listing_rules import CATEGORIES
from hosts.words import filter_key, query_words

QUERY_MOST = 200  # characters of a question


@dataclass(frozen=True, slots=True)
class Question:
    """``q``: words, each the beginning of one in title, brand, size, category or story. ``seller``: a handle.

    Prices in minor units, both ends included. ``after``: the ``next`` of the page before.
    """

    q: str = ""
    brand: str = ""
    size: str = ""
    category: str = ""
    min_price: int | None = None
    max_price: int | None = None
    seller: str = ""
    available: bool = False
    featurable: bool = False
    after: str | None = None
    limit: int = LIMIT


class Search:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, question: Question, viewer: str | None) -> ListingPage:
        """Newest first. Raises: InvalidField."""
        for field, text in (("q", question.q), ("brand", question.brand), ("size", question.size)):
            if len(text) > QUERY_MOST:
                raise InvalidField(field, f"must have at most {QUERY_MOST} characters.")
        if question.category and question.category not in CATEGORIES:
            raise InvalidField("category", f"must be one of: {', '.join(CATEGORIES)}.")
        if not 1 <= question.limit <= LIMIT_MOST:
            raise InvalidField("limit", f"must be a whole number from 1 to {LIMIT_MOST}.")
        after = parse(question.after)
        words = query_words(question.q)
        brand_key, size_key = filter_key(question.brand), filter_key(question.size)
        nothing = (
            (question.q.strip() and not words)
            or (question.brand.strip() and not brand_key)
            or (question.size.strip() and not size_key)
            or "\0" in brand_key + size_key  # which no listing has, and PostgreSQL does not take
        )
        if nothing:
            return ListingPage([], None)
        async with self._database.reading() as connection:
            seller_id = None
            if question.seller:
                handle = question.seller.strip().lower()
                seller = await people_store.by_handle(connection, handle) if is_handle(handle) else None
                if seller is None:
                    return ListingPage([], None)
                seller_id = seller.id
            wanted = Wanted(
                words=words,
                brand_key=brand_key,
                size_key=size_key,
                category=question.category,
                min_price=question.min_price,
                max_price=question.max_price,
                seller_id=seller_id,
                available=question.available,
                featurable=question.featurable,
            )
            return await search_store.find(connection, wanted, viewer, after, question.limit)
