"""SQL of saved cards."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cart.payments import SavedCard
from cart.tables import payment_methods as methods
from hosts.database_time import now_ms
from hosts.fields import is_id


async def of(connection: AsyncConnection, account_id: str, provider: str) -> list[tuple[str, SavedCard]]:
    """(method id, card), the one used last first."""
    rows = await connection.execute(
        sa.select(methods)
        .where(methods.c.account_id == account_id, methods.c.provider == provider)
        .order_by(methods.c.used_at.desc(), methods.c.created_at.desc(), methods.c.method_id)
    )
    return [_method(row) for row in rows]


async def one(
    connection: AsyncConnection, account_id: str, provider: str, method_id: str
) -> tuple[str, SavedCard] | None:
    """None also when it is somebody else's."""
    if not is_id(method_id):
        return None
    row = (
        await connection.execute(
            sa.select(methods).where(
                methods.c.account_id == account_id, methods.c.provider == provider, methods.c.method_id == method_id
            )
        )
    ).first()
    return None if row is None else _method(row)


async def add(connection: AsyncConnection, method_id: str, account_id: str, provider: str, card: SavedCard) -> None:
    await connection.execute(
        sa.insert(methods).values(
            method_id=method_id,
            account_id=account_id,
            provider=provider,
            customer=card.customer,
            token=card.token,
            brand=card.brand,
            last4=card.last4,
            month=card.month,
            year=card.year,
            used_at=now_ms(),
            created_at=now_ms(),
        )
    )


async def use(connection: AsyncConnection, account_id: str, method_id: str) -> bool:
    used = await connection.execute(
        sa.update(methods)
        .where(methods.c.account_id == account_id, methods.c.method_id == method_id)
        .values(used_at=now_ms())
    )
    return used.rowcount == 1


async def remove(connection: AsyncConnection, account_id: str, method_id: str) -> None:
    await connection.execute(
        sa.delete(methods).where(methods.c.account_id == account_id, methods.c.method_id == method_id)
    )


def _method(row: sa.Row[tuple[object, ...]]) -> tuple[str, SavedCard]:
    card = SavedCard(row.customer, row.token, row.brand, row.last4, row.month, row.year)
    return row.method_id, card
