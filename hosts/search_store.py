"""SQL of finding listings, newest first. Each word of the question is a range of the word index: no pattern, nothing to escape,
the same on both databases."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from hosts.card_store import card, card_query
from hosts.cursors import Cursor
from hosts.listing_pages import ListingPage, Wanted, page
from hosts.tables import accounts, listing_words, listings
from hosts.words import AFTER_ALL


async def find(
    connection: AsyncConnection, wanted: Wanted, viewer: str | None, after: Cursor | None, limit: int
) -> ListingPage:
    query = card_query(viewer).add_columns(listings.c.created_at).where(*_conditions(wanted))
    if after is not None:
        query = query.where(
            sa.or_(
                listings.c.created_at < after.created_at,
                sa.and_(listings.c.created_at == after.created_at, listings.c.listing_id < after.entry_id),
            )
        )
    query = query.order_by(listings.c.created_at.desc(), listings.c.listing_id.desc()).limit(limit + 1)
    rows = (await connection.execute(query)).all()
    return page([card(row) for row in rows], [Cursor(row.created_at, row.listing_id) for row in rows], limit)


def _conditions(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = [listings.c.withdrawn_at.is_(None)]
    for word in wanted.words:
        begins = sa.and_(listing_words.c.word >= word, listing_words.c.word < word + AFTER_ALL)
        conditions.append(listings.c.listing_id.in_(sa.select(listing_words.c.listing_id).where(begins)))
    if wanted.brand_key:
        conditions.append(listings.c.brand_key == wanted.brand_key)
    if wanted.size_key:
        conditions.append(listings.c.size_key == wanted.size_key)
    if wanted.category:
        conditions.append(listings.c.category == wanted.category)
    if wanted.min_price is not None:
        conditions.append(listings.c.price >= wanted.min_price)
    if wanted.max_price is not None:
        conditions.append(listings.c.price <= wanted.max_price)
    if wanted.seller_id is not None:
        conditions.append(listings.c.seller_id == wanted.seller_id)
    if wanted.available:
        conditions.append(listings.c.quantity - listings.c.held - listings.c.sold > 0)
    if wanted.featurable:
        conditions.append(sa.and_(listings.c.featuring_allowed, accounts.c.featuring_allowed))
    return conditions
