"""How many pieces of a listing are held and sold. Each change is one conditional UPDATE in the caller's transaction:
it happens as a whole or not at all, whoever else tries at the same time, and no count can go below zero or above the quantity.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from hosts.tables import listings

_N = sa.bindparam("n", type_=sa.Integer)
_ONE = listings.c.listing_id == sa.bindparam("id")
_HELD = sa.update(listings).where(_ONE, listings.c.held >= _N)
_CLAIM = (
    sa.update(listings)
    .where(_ONE, listings.c.quantity - listings.c.held - listings.c.sold >= _N, listings.c.withdrawn_at.is_(None))
    .values(held=listings.c.held + _N)
)
_RELEASE = _HELD.values(held=listings.c.held - _N)
_SELL = _HELD.values(held=listings.c.held - _N, sold=listings.c.sold + _N)
_PUT_BACK = sa.update(listings).where(_ONE, listings.c.sold >= _N).values(sold=listings.c.sold - _N)
_SET_HELD_UNTIL = sa.update(listings).where(_ONE).values(held_until=sa.bindparam("until"))


async def claim(connection: AsyncConnection, listing_id: str, n: int = 1) -> bool:
    """Hold ``n`` pieces of what is left. False: not so many are left, it is withdrawn, or unknown."""
    return await _change(connection, _CLAIM, listing_id, n)


async def release(connection: AsyncConnection, listing_id: str, n: int = 1) -> bool:
    """Give ``n`` held pieces back. False: not so many are held; nothing has changed."""
    return await _change(connection, _RELEASE, listing_id, n)


async def sell(connection: AsyncConnection, listing_id: str, n: int = 1) -> bool:
    """Turn ``n`` held pieces into sold ones. False: not so many are held; nothing has changed."""
    return await _change(connection, _SELL, listing_id, n)


async def put_back(connection: AsyncConnection, listing_id: str, n: int = 1) -> bool:
    """Turn ``n`` sold pieces into ones that are left: their sale was cancelled. False: not so many are sold."""
    return await _change(connection, _PUT_BACK, listing_id, n)


async def set_held_until(connection: AsyncConnection, listing_id: str, until: int | None) -> None:
    """When the first of the holds ends (Unix ms): cards show it while nothing is left and something is held."""
    await connection.execute(_SET_HELD_UNTIL, {"id": listing_id, "until": until})


async def _change(connection: AsyncConnection, change: sa.Update, listing_id: str, n: int) -> bool:
    if n < 1:
        raise ValueError("a change of stock moves at least one piece")
    result = await connection.execute(change, {"id": listing_id, "n": n})
    return bool(result.rowcount == 1)
