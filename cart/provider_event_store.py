"""SQL of what the payment provider tells on its own: events that have had their effect, and disputes."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cart.payments import ProviderEvent
from cart.tables import disputes, payments, provider_events
from cart.upsert import insert
from hosts.database_time import now_ms

KEEP_MS = 60 * 24 * 3600 * 1000  # a provider repeats an event for days, not for months


async def note(connection: AsyncConnection, provider: str, event: ProviderEvent) -> bool:
    """Write the event down; False when it has had its effect already."""
    row = {"provider": provider, "event_id": event.event_id, "kind": event.kind, "payment_id": event.payment_id}
    query = insert(connection, provider_events).values(**row, created_at=now_ms()).on_conflict_do_nothing()
    return (await connection.execute(query)).rowcount == 1


async def forget_old(connection: AsyncConnection) -> None:
    await connection.execute(sa.delete(provider_events).where(provider_events.c.created_at < now_ms() - KEEP_MS))


async def open_dispute(connection: AsyncConnection, event: ProviderEvent) -> bool:
    """False when it is known, or its payment is not. One whose end was told first stays ended."""
    currency = await connection.scalar(sa.select(payments.c.currency).where(payments.c.payment_id == event.payment_id))
    if currency is None:
        return False
    row = {
        "dispute_id": event.reference,
        "payment_id": event.payment_id,
        "amount": event.amount,
        "currency": currency,
        "reason": event.detail[:64],
        "state": "open",
    }
    query = insert(connection, disputes).values(**row, opened_at=now_ms()).on_conflict_do_nothing()
    return (await connection.execute(query)).rowcount == 1


async def close_dispute(connection: AsyncConnection, dispute_id: str, state: str) -> bool:
    """False when it was closed already."""
    closed = await connection.execute(
        sa.update(disputes)
        .where(disputes.c.dispute_id == dispute_id, disputes.c.state == "open")
        .values(state=state, closed_at=now_ms())
    )
    return closed.rowcount == 1
