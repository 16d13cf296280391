"""SQL of refunds: what goes back, and whether the provider has been told."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cart.payment_store import Payment
from cart.payments import ProviderRefund
from cart.tables import parcels, payments, refunds
from hosts.database_time import now_ms


@dataclass(frozen=True, slots=True)
class Refund:
    refund_id: str
    parcel_id: str
    payment_id: str
    by_id: str | None  # None: nobody here
    amount: int
    currency: str
    reason: str
    reference: str | None = None  # the provider began it, and calls it this


async def add(connection: AsyncConnection, refund: Refund) -> None:
    values = {name: getattr(refund, name) for name in refund.__dataclass_fields__}
    done = refund.reference is not None
    await connection.execute(
        sa.insert(refunds).values(
            **values, state="done" if done else "begun", created_at=now_ms(), done_at=now_ms() if done else None
        )
    )


async def known(connection: AsyncConnection, reference: str) -> bool:
    """Whether a refund that the provider began is written down."""
    query = sa.select(sa.func.count()).where(refunds.c.reference == reference)
    return bool(await connection.scalar(query))


async def remember(connection: AsyncConnection, payment: Payment, reference: str, parcel_id: str) -> None:
    """One that has given nothing back that was not given back before."""
    nothing = Refund(secrets.token_urlsafe(12), parcel_id, payment.payment_id, None, 0, payment.currency, "", reference)
    await add(connection, nothing)


async def cover(connection: AsyncConnection, payment_id: str, amount: int) -> int:
    """Take refunds that the provider has not heard of as done by one of its own of ``amount``; what is left of it."""
    rows = await connection.execute(
        sa.select(refunds.c.refund_id, refunds.c.amount)
        .where(refunds.c.payment_id == payment_id, refunds.c.state == "begun")
        .order_by(refunds.c.created_at, refunds.c.refund_id)
    )
    for row in rows.all():
        if row.amount <= amount:
            amount -= row.amount
            await done(connection, row.refund_id)
    return amount


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


async def fail(connection: AsyncConnection, payment_id: str, one: ProviderRefund) -> list[Refund]:
    """What was written down of a refund that has failed at the provider, from now on as failed; nothing the second time."""
    name = refunds.c.refund_id == one.refund_id if one.ours else refunds.c.reference == one.reference
    mine = sa.and_(name, refunds.c.payment_id == payment_id, refunds.c.state != "failed")
    rows = await connection.execute(sa.select(*(refunds.c[each] for each in Refund.__dataclass_fields__)).where(mine))
    found = [Refund(*row) for row in rows]
    await connection.execute(sa.update(refunds).where(mine).values(state="failed"))
    return found


async def done(connection: AsyncConnection, refund_id: str) -> None:
    await connection.execute(
        sa.update(refunds)
        .where(refunds.c.refund_id == refund_id, refunds.c.state == "begun")
        .values(state="done", done_at=now_ms())
    )
