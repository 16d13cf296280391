"""SQL: whether a piece of a listing is reserved for an auction or a giveaway that runs."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cart.selling_tables import auctions, giveaways
from hosts.fields import is_id


async def reserved_in(connection: AsyncConnection, listing_id: str, show_id: str | None = None) -> bool:
    """In this show, or in any."""
    if not is_id(listing_id):
        return False
    for table in (auctions, giveaways):
        query = sa.select(table.c.created_at).where(table.c.listing_id == listing_id, table.c.state == "open").limit(1)
        if show_id is not None:
            query = query.where(table.c.show_id == show_id)
        if (await connection.execute(query)).first() is not None:
            return True
    return False
