"""SQL of the ledger: it is only ever added to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cart.ledger import Party, Posting, Reason
from cart.tables import ledger, order_items, orders, parcels, payments, refunds
from hosts.database_time import now_ms

_POST = sa.insert(ledger).values(created_at=now_ms())


async def post(connection: AsyncConnection, order_id: str, currency: str, postings: Sequence[Posting]) -> None:
    """Raises: ValueError when they do not sum to zero: such money must never be written."""
    if sum(posting.amount for posting in postings) != 0:
        raise ValueError("the postings of an order must sum to zero")
    rows = [
        {
            "order_id": order_id,
            "currency": currency,
            **{name: getattr(posting, name) for name in posting.__dataclass_fields__},
        }
        for posting in postings
    ]
    if rows:
        await connection.execute(_POST, rows)


async def sale_of(connection: AsyncConnection, parcel_id: str) -> list[Posting]:
    """The postings of a parcel's sale, without what came later."""
    rows = await connection.execute(
        sa.select(ledger)
        .where(
            ledger.c.parcel_id == parcel_id,
            sa.or_(
                ledger.c.reason.in_(("sale", "fee", "credit", "shipping", "payment")),
                sa.and_(ledger.c.reason == "subsidy", ledger.c.amount < 0),
            ),
        )
        .order_by(ledger.c.entry_id)
    )
    return [
        Posting(
            cast(Party, row.party),
            row.account_id,
            cast(Reason, row.reason),
            row.amount,
            row.parcel_id,
            row.listing_id,
            row.show_id,
            row.at,
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One posting to somebody, as a statement shows it."""

    entry_id: int
    created_at: int
    order_id: str
    parcel_id: str | None
    reason: str
    title: str | None
    show_id: str | None
    amount: int
    currency: str


async def statement(
    connection: AsyncConnection, account_id: str, start: int, end: int, currency: str | None, limit: int
) -> list[StatementRow]:
    """What an account received and gave as seller or curator from ``start`` to before ``end`` (Unix ms), oldest first."""
    title = (
        sa.select(sa.func.min(order_items.c.title))
        .where(order_items.c.parcel_id == ledger.c.parcel_id, order_items.c.listing_id == ledger.c.listing_id)
        .scalar_subquery()
    )
    rows = await connection.execute(
        sa.select(
            ledger.c.entry_id,
            ledger.c.created_at,
            ledger.c.order_id,
            ledger.c.parcel_id,
            ledger.c.reason,
            title,
            ledger.c.show_id,
            ledger.c.amount,
            ledger.c.currency,
        )
        .where(
            ledger.c.account_id == account_id,
            ledger.c.party.in_(("seller", "curator")),
            ledger.c.created_at >= start,
            ledger.c.created_at < end,
            sa.true() if currency is None else ledger.c.currency == currency,
        )
        .order_by(ledger.c.entry_id)
        .limit(limit)
    )
    return [StatementRow(*row) for row in rows]


async def problems(connection: AsyncConnection, limit: int = 100) -> list[str]:
    """What does not add up, in words; empty when everything does."""
    found = []
    unbalanced = await connection.execute(
        sa.select(ledger.c.order_id, ledger.c.currency, sa.func.sum(ledger.c.amount))
        .group_by(ledger.c.order_id, ledger.c.currency)
        .having(sa.func.sum(ledger.c.amount) != 0)
        .limit(limit)
    )
    found += [f"order {order} is {amount} {currency} out of balance" for order, currency, amount in unbalanced]
    mixed = await connection.execute(
        sa.select(ledger.c.order_id)
        .join(orders, orders.c.order_id == ledger.c.order_id)
        .where(ledger.c.currency != orders.c.currency)
        .distinct()
        .limit(limit)
    )
    found += [f"order {order} has postings in another currency" for (order,) in mixed]
    paid = (
        sa.select(-sa.func.coalesce(sa.func.sum(ledger.c.amount), 0))
        .where(ledger.c.order_id == orders.c.order_id, ledger.c.reason == "payment")
        .scalar_subquery()
    )
    wrong = await connection.execute(
        sa.select(orders.c.order_id, payments.c.amount, paid)
        .join(payments, payments.c.payment_id == orders.c.payment_id)
        .where(payments.c.amount != paid)
        .limit(limit)
    )
    found += [f"order {order}: {amount} were paid and {booked} booked" for order, amount, booked in wrong]
    lonely = await connection.execute(
        sa.select(payments.c.payment_id)
        .outerjoin(orders, orders.c.payment_id == payments.c.payment_id)
        .where(payments.c.state.in_(("paid", "captured")), orders.c.order_id.is_(None))
        .limit(limit)
    )
    found += [f"payment {payment} was taken and has no order" for (payment,) in lonely]
    given = (
        sa.select(sa.func.coalesce(sa.func.sum(refunds.c.amount), 0))
        .where(refunds.c.parcel_id == parcels.c.parcel_id, refunds.c.state != "failed")
        .scalar_subquery()
    )
    returned = await connection.execute(
        sa.select(parcels.c.parcel_id, given)
        .where(parcels.c.refunded + parcels.c.refunded_shipping != given)
        .limit(limit)
    )
    found += [f"parcel {parcel}: refunds of {amount} do not fit what it says" for parcel, amount in returned]
    return found
