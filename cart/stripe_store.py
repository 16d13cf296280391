"""SQL of what we must know of Stripe's objects to find them again: the intent of each payment, the customer of each account."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cart.tables import stripe_customers, stripe_payments
from cart.upsert import insert


@dataclass(frozen=True, slots=True)
class Intent:
    payment_id: str
    intent_id: str | None  # None: asked for, and the answer has not come
    amount: int
    currency: str
    customer: str
    closed: bool  # voided by us: nothing may be authorised any more


async def intent(connection: AsyncConnection, payment_id: str) -> Intent | None:
    row = (
        await connection.execute(sa.select(stripe_payments).where(stripe_payments.c.payment_id == payment_id))
    ).first()
    return None if row is None else Intent(*row)


async def begin(
    connection: AsyncConnection, payment_id: str, amount: int, currency: str, customer: str, *, closed: bool
) -> None:
    """Nothing when it has begun already."""
    row = {"payment_id": payment_id, "amount": amount, "currency": currency, "customer": customer, "closed": closed}
    await connection.execute(insert(connection, stripe_payments).values(**row).on_conflict_do_nothing())


async def close(connection: AsyncConnection, payment_id: str) -> None:
    await connection.execute(
        sa.update(stripe_payments).where(stripe_payments.c.payment_id == payment_id).values(closed=True)
    )


async def name(connection: AsyncConnection, payment_id: str, intent_id: str) -> None:
    await connection.execute(
        sa.update(stripe_payments).where(stripe_payments.c.payment_id == payment_id).values(intent_id=intent_id)
    )


async def payment_of(connection: AsyncConnection, intent_id: str) -> str | None:
    return await connection.scalar(
        sa.select(stripe_payments.c.payment_id).where(stripe_payments.c.intent_id == intent_id)
    )


async def customer(connection: AsyncConnection, account_id: str) -> str | None:
    return await connection.scalar(
        sa.select(stripe_customers.c.customer).where(stripe_customers.c.account_id == account_id)
    )


async def keep_customer(connection: AsyncConnection, account_id: str, customer: str) -> None:
    row = {"account_id": account_id, "customer": customer}
    await connection.execute(insert(connection, stripe_customers).values(**row).on_conflict_do_nothing())
