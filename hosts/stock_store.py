"""How many pieces of a listing are held and sold. Each change is one conditional UPDATE in the caller's transaction:
it happens as a whole or not at all, whoever else tries at the same time, and no count can go below zero or above the quantity.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from hosts.tables import listings


async def claim(connection: AsyncConnection, listing_id: str, n: int = 1) -> bool:
    """Hold ``n`` pieces of what is left. False: not so many are left, it is withdrawn, or unknown."""
    return await _change(
        connection,
        listing_id,
        n,
        sa.and_(
            listings.c.quantity - listings.c.held - listings.c.sold >= n,
            listings.c.withdrawn_at.is_(None),
        ),
        held=listings.c.held + n,
    )


async def release(connection: AsyncConnection, listing_id: str, n: int = 1) -> bool:
    """Give ``n`` held pieces back. False: not so many are held; nothing has changed."""
    return await _change(connection, listing_id, n, listings.c.held >= n, held=listings.c.held - n)


async def sell(connection: AsyncConnection, listing_id: str, n: int = 1) -> bool:
    """Turn ``n`` held pieces into sold ones. False: not so many are held; nothing has changed."""
    return await _change(
        connection, listing_id, n, listings.c.held >= n, held=listings.c.held - n, sold=listings.c.sold + n
    )


async def put_back(connection: AsyncConnection, listing_id: str, n: int = 1) -> bool:
    """Turn ``n`` sold pieces into ones that are left: their sale was cancelled. False: not so many are sold."""
    return await _change(connection, listing_id, n, listings.c.sold >= n, sold=listings.c.sold - n)


async def set_held_until(connection: AsyncConnection, listing_id: str, until: int | None) -> None:
    """When the first of the holds ends (Unix ms): cards show it while nothing is left and something is held."""
    await connection.execute(sa.update(listings).where(listings.c.listing_id == listing_id).values(held_until=until))


async def _change(
    connection: AsyncConnection,
    listing_id: str,
    n: int,
    condition: sa.ColumnElement[bool],
    **values: sa.ColumnElement[int],
) -> bool:
    if n < 1:
        raise ValueError("a change of stock moves at least one piece")
    result = await connection.execute(
        sa.update(listings).where(listings.c.listing_id == listing_id, condition).values(**values)
    )
    return bool(result.rowcount == 1)
