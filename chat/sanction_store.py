"""SQL of sanctions."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from chat.sanctions import Sanction
from chat.tables import sanctions

_COLUMNS = (sanctions.c.account_id, sanctions.c.kind, sanctions.c.until, sanctions.c.reason)


async def of_many(connection: AsyncConnection, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Sanction]:
    """Sanctions by (show id, account id), those that have run out too."""
    query = sa.select(sanctions.c.show_id, *_COLUMNS).where(
        sa.tuple_(sanctions.c.show_id, sanctions.c.account_id).in_(list(set(pairs)))
    )
    return {(row[0], row[1]): Sanction(*row[1:]) for row in await connection.execute(query)}


async def of(connection: AsyncConnection, show_id: str, account_id: str) -> Sanction | None:
    return (await of_many(connection, [(show_id, account_id)])).get((show_id, account_id))


async def in_show(connection: AsyncConnection, show_id: str, now: int) -> list[tuple[Sanction, str, int]]:
    """(sanction, by whom, since when) of all that are in force at ``now``, newest first."""
    rows = await connection.execute(
        sa.select(*_COLUMNS, sanctions.c.by_id, sanctions.c.created_at)
        .where(sanctions.c.show_id == show_id, sa.or_(sanctions.c.until.is_(None), sanctions.c.until > now))
        .order_by(sanctions.c.created_at.desc())
    )
    return [(Sanction(*row[:4]), str(row[4]), int(row[5])) for row in rows]


async def put(connection: AsyncConnection, show_id: str, sanction: Sanction, by: str, now: int) -> None:
    """Replace whatever sanction this person has in the show. The caller holds the show's row."""
    await drop(connection, show_id, sanction.account_id)
    await connection.execute(
        sa.insert(sanctions).values(
            show_id=show_id,
            account_id=sanction.account_id,
            kind=sanction.kind,
            until=sanction.until,
            reason=sanction.reason,
            by_id=by,
            created_at=now,
        )
    )


async def drop(connection: AsyncConnection, show_id: str, account_id: str) -> None:
    await connection.execute(
        sa.delete(sanctions).where(sanctions.c.show_id == show_id, sanctions.c.account_id == account_id)
    )
