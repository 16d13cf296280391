"""SQL of sellers' terms."""

from __future__ import annotations

from collections.abc import Collection

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cart.seller_terms import PLAIN, SellerTerms
from cart.tables import seller_terms
from cart.upsert import insert
from hosts.database_time import now_ms

_TERMS = sa.select(seller_terms.c.account_id, seller_terms.c.terms).where(
    seller_terms.c.account_id.in_(sa.bindparam("ids", expanding=True))
)


async def terms(connection: AsyncConnection, seller_ids: Collection[str]) -> dict[str, SellerTerms]:
    """Those who never set any are left out."""
    rows = await connection.execute(_TERMS, {"ids": list(seller_ids)})
    return {row[0]: msgspec.json.decode(row[1], type=SellerTerms) for row in rows}


async def terms_of(connection: AsyncConnection, seller_id: str) -> SellerTerms:
    return (await terms(connection, [seller_id])).get(seller_id, PLAIN)


async def save(connection: AsyncConnection, seller_id: str, wanted: SellerTerms) -> None:
    values = {"terms": msgspec.json.encode(wanted).decode(), "changed_at": now_ms()}
    await connection.execute(
        insert(connection, seller_terms)
        .values(account_id=seller_id, **values)
        .on_conflict_do_update(index_elements=[seller_terms.c.account_id], set_=values)
    )
