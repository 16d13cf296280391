"""SQL of refunds: what goes back, and whether the provider has been told."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cart.tables import parcels, payments, refunds
from hosts.database_time import now_ms


@dataclass(frozen=True, slots=True)
class Refund:
    refund_id: str
    parcel_id: str
    payment_id: str
    by_id: str
    amount: int
    currency: str
    reason: str


async def add(connection: AsyncConnection, refund: Refund) -> None:
    values = {name: getattr(refund, name) for name in refund.__dataclass_fields__}
    await connection.execute(sa.insert(refunds).values(**values, state="begun", created_at=now_ms()))


async def give(connection: AsyncConnection, parcel_id: str, before: tuple[int, int], after: tuple[int, int]) -> bool:
    """Note on the parcel what has been refunded of its price and its shipping. False when it was no longer ``before``."""
    given = await connection.execute(
        sa.update(parcels)
        .where(
            parcels.c.parcel_id == parcel_id,
            parcels.c.refunded == before[0],
            parcels.c.refunded_shipping == before[1],
        )
        .values(refunded=after[0], refunded_shipping=after[1])
    )
    return given.rowcount == 1


async def begun(connection: AsyncConnection, limit: int = 100) -> list[Refund]:
    """Refunds of which the provider has not heard, and whose money it has taken."""
    rows = await connection.execute(
        sa.select(*(refunds.c[name] for name in Refund.__dataclass_fields__))
        .join(payments, payments.c.payment_id == refunds.c.payment_id)
        .where(refunds.c.state == "begun", payments.c.state == "captured")
        .order_by(refunds.c.created_at)
        .limit(limit)
    )
    return [Refund(*row) for row in rows]


async def done(connection: AsyncConnection, refund_id: str) -> None:
    await connection.execute(
        sa.update(refunds)
        .where(refunds.c.refund_id == refund_id, refunds.c.state == "begun")
        .values(state="done", done_at=now_ms())
    )
