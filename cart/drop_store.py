"""SQL of drops. Whoever changes one has locked its listings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cart.selling_tables import drop_listings, drops
from cart.tables import holds
from hosts.database_time import now_ms
from hosts.fields import is_id


@dataclass(frozen=True, slots=True)
class DropRow:
    drop_id: str
    show_id: str
    host_id: str
    title: str
    per_buyer: int
    created_at: int
    opens_at: int
    closed_at: int | None


_COLUMNS = tuple(drops.c[name] for name in DropRow.__dataclass_fields__)


async def add(connection: AsyncConnection, row: DropRow, listing_ids: Sequence[str]) -> None:
    values = {name: getattr(row, name) for name in row.__dataclass_fields__}
    await connection.execute(sa.insert(drops).values(**values))
    await connection.execute(
        sa.insert(drop_listings),
        [
            {"drop_id": row.drop_id, "listing_id": listing_id, "position": position}
            for position, listing_id in enumerate(listing_ids)
        ],
    )


async def by_id(connection: AsyncConnection, drop_id: str) -> DropRow | None:
    query = sa.select(*_COLUMNS).where(drops.c.drop_id == drop_id)
    row = (await connection.execute(query)).first() if is_id(drop_id) else None
    return None if row is None else DropRow(*row)


async def open_with(connection: AsyncConnection, listing_id: str) -> DropRow | None:
    """The drop that is announced or open and has this listing; a listing is in one at a time."""
    query = (
        sa.select(*_COLUMNS)
        .join(drop_listings, drop_listings.c.drop_id == drops.c.drop_id)
        .where(drop_listings.c.listing_id == listing_id, drops.c.closed_at.is_(None))
    )
    row = (await connection.execute(query.order_by(drops.c.created_at).limit(1))).first()
    return None if row is None else DropRow(*row)


async def listings_of(connection: AsyncConnection, drop_id: str) -> list[str]:
    rows = await connection.execute(
        sa.select(drop_listings.c.listing_id)
        .where(drop_listings.c.drop_id == drop_id)
        .order_by(drop_listings.c.position)
    )
    return [row[0] for row in rows]


async def close(connection: AsyncConnection, drop_id: str) -> bool:
    closed = await connection.execute(
        sa.update(drops).where(drops.c.drop_id == drop_id, drops.c.closed_at.is_(None)).values(closed_at=now_ms())
    )
    return closed.rowcount == 1


async def taken_by(connection: AsyncConnection, drop: DropRow, buyer_id: str) -> int:
    """Pieces of a drop that a buyer holds or has bought since it opened."""
    count = await connection.scalar(
        sa.select(sa.func.count())
        .select_from(holds)
        .join(drop_listings, drop_listings.c.listing_id == holds.c.listing_id)
        .where(
            drop_listings.c.drop_id == drop.drop_id,
            holds.c.buyer_id == buyer_id,
            holds.c.created_at >= drop.opens_at,
            sa.or_(holds.c.state == "sold", sa.and_(holds.c.state == "active", holds.c.until > now_ms())),
        )
    )
    return int(count or 0)


async def of_over_shows(connection: AsyncConnection, show_ids: sa.Select[tuple[str]]) -> list[DropRow]:
    rows = await connection.execute(
        sa.select(*_COLUMNS).where(drops.c.closed_at.is_(None), drops.c.show_id.in_(show_ids)).limit(100)
    )
    return [DropRow(*row) for row in rows]
