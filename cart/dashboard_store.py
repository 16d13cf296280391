"""SQL of the seller's dashboard. Money in minor units and one row per currency; times in Unix milliseconds."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cart.sale_store import sales
from cart.tables import holds, lineup, orders, parcels
from hosts.tables import listings
from livestream.tables import shows

MOMENT_MS = 30_000  # sales this close together are one moment


def _mine(seller_id: str) -> sa.ColumnElement[bool]:
    """The seller's own pieces, and others' that the seller featured as a host."""
    return sa.or_(sales.c.seller_id == seller_id, sales.c.curator_id == seller_id)


async def sales_by_day(
    connection: AsyncConnection, seller_id: str, start: int, offset_ms: int
) -> Sequence[sa.RowMapping]:
    """The seller's own sales from ``start`` on: by day (counted from the epoch, shifted by ``offset_ms``) and currency."""
    day = (sales.c.sold_at + offset_ms) // 86_400_000
    rows = await connection.execute(
        sa.select(
            day.label("day"),
            sales.c.currency,
            sa.func.count().label("sold"),
            sa.func.sum(sales.c.revenue).label("revenue"),
        )
        .where(sales.c.seller_id == seller_id, sales.c.sold_at >= start)
        .group_by(day, sales.c.currency)
        .order_by(day, sales.c.currency)
    )
    return rows.mappings().all()


async def buyers_since(connection: AsyncConnection, seller_id: str, start: int) -> int:
    """How many different people have bought."""
    found = await connection.scalar(
        sa.select(sa.func.count(sa.distinct(orders.c.buyer_id)))
        .join(parcels, parcels.c.order_id == orders.c.order_id)
        .where(parcels.c.seller_id == seller_id, parcels.c.state != "cancelled", parcels.c.created_at >= start)
    )
    return int(found or 0)


async def claims_since(connection: AsyncConnection, seller_id: str, start: int) -> int:
    found = await connection.scalar(
        sa.select(sa.func.count()).where(holds.c.seller_id == seller_id, holds.c.created_at >= start)
    )
    return int(found or 0)


async def waiting(connection: AsyncConnection, seller_id: str) -> int:
    """Parcels that are to be shipped."""
    found = await connection.scalar(
        sa.select(sa.func.count())
        .select_from(parcels)
        .where(parcels.c.seller_id == seller_id, parcels.c.state == "to_ship")
    )
    return int(found or 0)


async def shows_of(connection: AsyncConnection, seller_id: str, limit: int) -> Sequence[sa.RowMapping]:
    """Shows that the seller hosts or that have the seller's pieces in their lineup, the newest first."""
    mine = (
        sa.select(lineup.c.show_id)
        .join(listings, listings.c.listing_id == lineup.c.listing_id)
        .where(listings.c.seller_id == seller_id)
    )
    rows = await connection.execute(
        sa.select(shows.c.show_id, shows.c.title, shows.c.host_id, shows.c.state, shows.c.starts_at)
        .where(
            sa.or_(shows.c.host_id == seller_id, shows.c.show_id.in_(mine)),
            shows.c.state.in_(("live", "interrupted", "ended")),
        )
        .order_by(shows.c.starts_at.desc(), shows.c.show_id)
        .limit(limit)
    )
    return rows.mappings().all()


async def show_pieces(connection: AsyncConnection, seller_id: str, show_ids: Sequence[str]) -> dict[str, int]:
    """How many pieces of each lineup count for this seller: all of an own show, the seller's own of others'."""
    rows = await connection.execute(
        sa.select(lineup.c.show_id, sa.func.count())
        .join(listings, listings.c.listing_id == lineup.c.listing_id)
        .join(shows, shows.c.show_id == lineup.c.show_id)
        .where(
            lineup.c.show_id.in_(show_ids),
            sa.or_(listings.c.seller_id == seller_id, shows.c.host_id == seller_id),
        )
        .group_by(lineup.c.show_id)
    )
    return {row[0]: row[1] for row in rows}


async def show_claims(connection: AsyncConnection, seller_id: str, show_ids: Sequence[str]) -> dict[str, int]:
    rows = await connection.execute(
        sa.select(holds.c.show_id, sa.func.count())
        .where(holds.c.show_id.in_(show_ids), sa.or_(holds.c.seller_id == seller_id, holds.c.curator_id == seller_id))
        .group_by(holds.c.show_id)
    )
    return {row[0]: row[1] for row in rows}


async def show_sales(connection: AsyncConnection, seller_id: str, show_ids: Sequence[str]) -> Sequence[sa.RowMapping]:
    """By show and currency."""
    rows = await connection.execute(
        sa.select(
            sales.c.show_id,
            sales.c.currency,
            sa.func.count().label("sold"),
            sa.func.sum(sales.c.revenue).label("revenue"),
        )
        .where(sales.c.show_id.in_(show_ids), _mine(seller_id))
        .group_by(sales.c.show_id, sales.c.currency)
        .order_by(sales.c.show_id, sales.c.currency)
    )
    return rows.mappings().all()


async def moments(
    connection: AsyncConnection, seller_id: str, show_ids: Sequence[str], limit: int
) -> Sequence[sa.RowMapping]:
    """Where shows sold most: half minutes of the show clock with the most sales, the best first."""
    part = sales.c.at // MOMENT_MS
    rows = await connection.execute(
        sa.select(
            sales.c.show_id,
            sa.func.min(sales.c.at).label("at"),
            sales.c.currency,
            sa.func.count().label("sold"),
            sa.func.sum(sales.c.revenue).label("revenue"),
            sa.func.min(sales.c.title).label("title"),
        )
        .where(sales.c.show_id.in_(show_ids), sales.c.at.is_not(None), _mine(seller_id))
        .group_by(sales.c.show_id, part, sales.c.currency)
        .order_by(sa.func.count().desc(), sa.func.sum(sales.c.revenue).desc(), sales.c.show_id)
        .limit(limit)
    )
    return rows.mappings().all()
