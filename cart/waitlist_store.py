"""SQL of waitlists. Whoever changes one has locked its listing."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cart.selling_tables import waitlist
from hosts.database_time import now_ms
from hosts.tables import listings


@dataclass(frozen=True, slots=True)
class Waiter:
    listing_id: str
    buyer_id: str
    show_id: str | None
    ticket: int


_COLUMNS = tuple(waitlist.c[name] for name in Waiter.__dataclass_fields__)


async def join(connection: AsyncConnection, listing_id: str, buyer_id: str, show_id: str | None) -> None:
    """At the end; the listing is locked, so tickets follow each other."""
    last = sa.select(sa.func.coalesce(sa.func.max(waitlist.c.ticket), 0) + 1).where(waitlist.c.listing_id == listing_id)
    await connection.execute(
        sa.insert(waitlist).values(
            listing_id=listing_id,
            buyer_id=buyer_id,
            show_id=show_id,
            ticket=last.scalar_subquery(),
            joined_at=now_ms(),
        )
    )


_LEAVE = sa.delete(waitlist).where(
    waitlist.c.listing_id == sa.bindparam("listing"), waitlist.c.buyer_id == sa.bindparam("buyer")
)


async def leave(connection: AsyncConnection, listing_id: str, buyer_id: str) -> bool:
    left = await connection.execute(_LEAVE, {"listing": listing_id, "buyer": buyer_id})
    return left.rowcount == 1


async def clear(connection: AsyncConnection, listing_id: str) -> list[str]:
    """Nobody waits any more; who did."""
    rows = await connection.execute(
        sa.delete(waitlist).where(waitlist.c.listing_id == listing_id).returning(waitlist.c.buyer_id)
    )
    return [row[0] for row in rows]


async def of_listing(connection: AsyncConnection, listing_id: str, limit: int | None = None) -> list[Waiter]:
    """In their order."""
    query = sa.select(*_COLUMNS).where(waitlist.c.listing_id == listing_id).order_by(waitlist.c.ticket)
    return [Waiter(*row) for row in await connection.execute(query if limit is None else query.limit(limit))]


async def of_buyer(connection: AsyncConnection, buyer_id: str) -> list[Waiter]:
    rows = await connection.execute(
        sa.select(*_COLUMNS)
        .where(waitlist.c.buyer_id == buyer_id)
        .order_by(waitlist.c.joined_at, waitlist.c.listing_id)
    )
    return [Waiter(*row) for row in rows]


async def place(connection: AsyncConnection, listing_id: str, buyer_id: str) -> int | None:
    """1 is next; None: does not wait."""
    own = sa.select(waitlist.c.ticket).where(waitlist.c.listing_id == listing_id, waitlist.c.buyer_id == buyer_id)
    ticket = await connection.scalar(own)
    if ticket is None:
        return None
    before = await connection.scalar(
        sa.select(sa.func.count())
        .select_from(waitlist)
        .where(waitlist.c.listing_id == listing_id, waitlist.c.ticket <= ticket)
    )
    return int(before or 0)


async def to_look_at(connection: AsyncConnection, limit: int) -> list[str]:
    """Waited-for listings of which something is left, or nothing can come free any more."""
    left = listings.c.quantity - listings.c.held - listings.c.sold
    rows = await connection.execute(
        sa.select(waitlist.c.listing_id)
        .distinct()
        .join(listings, listings.c.listing_id == waitlist.c.listing_id)
        .where(sa.or_(left > 0, listings.c.held == 0, listings.c.withdrawn_at.is_not(None)))
        .limit(limit)
    )
    return [row[0] for row in rows]
