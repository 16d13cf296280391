"""SQL of what goes with what: pieces of one closet that can still be bought."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from hosts.tables import likes, listings


def _on_sale(seller_id: str, currency: str) -> sa.ColumnElement[bool]:
    return sa.and_(
        listings.c.seller_id == seller_id,
        listings.c.currency == currency,
        listings.c.withdrawn_at.is_(None),
        listings.c.quantity - listings.c.held - listings.c.sold > 0,
    )


async def available(
    connection: AsyncConnection, seller_id: str, currency: str, listing_ids: Collection[str]
) -> set[str]:
    """Which of these can be bought from this seller now."""
    rows = await connection.execute(
        sa.select(listings.c.listing_id).where(_on_sale(seller_id, currency), listings.c.listing_id.in_(listing_ids))
    )
    return {row[0] for row in rows}


async def beside(
    connection: AsyncConnection, seller_id: str, currency: str, bought: Collection[str], limit: int
) -> list[str]:
    """What goes with ``bought``: the same size first, then other kinds of things than those in the parcel, then what is
    liked most; the newest of those."""
    have = sa.select(listings.c.category, listings.c.size_key).where(listings.c.listing_id.in_(bought))
    rows = (await connection.execute(have)).all()
    sizes = {row[1] for row in rows if row[1]}
    kinds = {row[0] for row in rows}
    liked = (
        sa.select(sa.func.count()).select_from(likes).where(likes.c.listing_id == listings.c.listing_id)
    ).scalar_subquery()
    found = await connection.execute(
        sa.select(listings.c.listing_id)
        .where(_on_sale(seller_id, currency), listings.c.listing_id.not_in(bought))
        .order_by(
            sa.case((listings.c.size_key.in_(sizes), 0), else_=1),
            sa.case((listings.c.category.in_(kinds), 1), else_=0),
            liked.desc(),
            listings.c.created_at.desc(),
            listings.c.listing_id,
        )
        .limit(limit)
    )
    return [row[0] for row in found]
