"""SQL of what a seller allows for a listing."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cart.selling_tables import selling_terms
from cart.tables import holds
from cart.upsert import insert
from hosts.database_time import now_ms


@dataclass(frozen=True, slots=True)
class TermsRow:
    lowest: int | None = None
    offers: bool = True
    per_buyer: int | None = None


async def read(connection: AsyncConnection, listing_id: str) -> TermsRow:
    row = (
        await connection.execute(
            sa.select(selling_terms.c.lowest, selling_terms.c.offers, selling_terms.c.per_buyer).where(
                selling_terms.c.listing_id == listing_id
            )
        )
    ).first()
    return TermsRow() if row is None else TermsRow(row[0], bool(row[1]), row[2])


async def write(connection: AsyncConnection, listing_id: str, terms: TermsRow) -> None:
    values = {"lowest": terms.lowest, "offers": terms.offers, "per_buyer": terms.per_buyer}
    await connection.execute(
        insert(connection, selling_terms)
        .values(listing_id=listing_id, **values)
        .on_conflict_do_update(index_elements=["listing_id"], set_=values)
    )


async def pieces_of(connection: AsyncConnection, listing_id: str, buyer_id: str) -> int:
    """How many pieces of a listing a buyer holds or has bought."""
    count = await connection.scalar(
        sa.select(sa.func.count())
        .select_from(holds)
        .where(
            holds.c.listing_id == listing_id,
            holds.c.buyer_id == buyer_id,
            sa.or_(holds.c.state == "sold", sa.and_(holds.c.state == "active", holds.c.until > now_ms())),
        )
    )
    return int(count or 0)
