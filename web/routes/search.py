"""Search over all closets."""

from __future__ import annotations

from hosts.listing_pages import LIMIT, LIMIT_MOST, ListingPage
from hosts.listing_rules import PRICE_MOST
from hosts.search import Question
from web.access import Access
from web.routing import Call, Route


async def search(call: Call[None]) -> ListingPage:
    """Listings by words, brand, size, category, price, seller; the newest first."""
    query = call.query
    question = Question(
        q=query.get("q", ""),
        brand=query.get("brand", ""),
        size=query.get("size", ""),
        category=query.get("category", ""),
        min_price=call.query_int("min_price", None, 0, PRICE_MOST),
        max_price=call.query_int("max_price", None, 0, PRICE_MOST),
        seller=query.get("seller", ""),
        available=call.query_bool("available"),
        featurable=call.query_bool("featurable"),
        after=query.get("after"),
        limit=call.query_int("limit", LIMIT, 1, LIMIT_MOST) or LIMIT,
    )
    return await call.services.hosts.search.find(question, call.viewer_id)


ROUTES = (Route("GET", "/api/search", search, Access.ANYONE, returns=ListingPage),)
