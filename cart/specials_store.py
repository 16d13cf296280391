"""SQL: which special ways a listing is sold in, in one statement; most have none, and a claim of those reads no more."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cart.selling_tables import drop_listings, drops, selling_terms


@dataclass(frozen=True, slots=True)
class Specials:
    drop: bool
    terms: bool


_OF = sa.select(
    sa.exists()
    .where(drop_listings.c.listing_id == sa.bindparam("id"), drops.c.drop_id == drop_listings.c.drop_id)
    .where(drops.c.closed_at.is_(None)),
    sa.exists().where(selling_terms.c.listing_id == sa.bindparam("id")),
)


async def of(connection: AsyncConnection, listing_id: str) -> Specials:
    row = (await connection.execute(_OF, {"id": listing_id})).one()
    return Specials(bool(row[0]), bool(row[1]))
