"""SQL of sanctions."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from chat.sanctions import Sanction
from chat.tables import closet_bans, sanctions
from livestream.database_time import now_ms
from livestream.tables import shows

_COLUMNS = (
    sanctions.c.account_id,
    sanctions.c.kind,
    sanctions.c.until,
    sanctions.c.reason,
    sa.literal("show"),
    sanctions.c.by_id,
    sanctions.c.created_at,
)
_CLOSET_COLUMNS = (
    closet_bans.c.account_id,
    sa.literal("ban"),
    closet_bans.c.until,
    closet_bans.c.reason,
    sa.literal("closet"),
    closet_bans.c.by_id,
    closet_bans.c.created_at,
)


async def of_many(connection: AsyncConnection, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Sanction]:
    """Sanctions by (show id, account id), those that have run out too; a ban from all the host's shows that is in force
    goes before the show's own."""
    wanted = list(set(pairs))
    query = (
        sa.select(sanctions.c.show_id, *_COLUMNS)
        .where(sa.tuple_(sanctions.c.show_id, sanctions.c.account_id).in_(wanted))
        .union_all(
            sa.select(shows.c.show_id, *_CLOSET_COLUMNS)
            .join(shows, shows.c.host_id == closet_bans.c.host_id)
            .where(
                sa.tuple_(shows.c.show_id, closet_bans.c.account_id).in_(wanted),
                sa.or_(closet_bans.c.until.is_(None), closet_bans.c.until > now_ms()),
            )
        )
    )
    found: dict[tuple[str, str], Sanction] = {}
    for row in await connection.execute(query):
        place = (str(row[0]), str(row[1]))
        if row[5] == "closet" or place not in found or found[place].scope != "closet":
            found[place] = Sanction(*row[1:])
    return found


async def of(connection: AsyncConnection, show_id: str, account_id: str) -> Sanction | None:
    return (await of_many(connection, [(show_id, account_id)])).get((show_id, account_id))


async def own_of(connection: AsyncConnection, show_id: str, account_id: str) -> Sanction | None:
    """The show's own sanction, whatever the host's other shows say."""
    query = sa.select(*_COLUMNS).where(sanctions.c.show_id == show_id, sanctions.c.account_id == account_id)
    row = (await connection.execute(query)).first()
    return None if row is None else Sanction(*row)


async def closet_ban_of(connection: AsyncConnection, host_id: str, account_id: str) -> Sanction | None:
    query = sa.select(*_CLOSET_COLUMNS).where(closet_bans.c.host_id == host_id, closet_bans.c.account_id == account_id)
    row = (await connection.execute(query)).first()
    return None if row is None else Sanction(*row)


async def in_show(connection: AsyncConnection, show_id: str, now: int) -> list[Sanction]:
    """All that are in force at ``now``, newest first; the host's bans from all shows too."""
    query = (
        sa.select(*_COLUMNS)
        .where(sanctions.c.show_id == show_id, sa.or_(sanctions.c.until.is_(None), sanctions.c.until > now))
        .union_all(
            sa.select(*_CLOSET_COLUMNS)
            .join(shows, shows.c.host_id == closet_bans.c.host_id)
            .where(shows.c.show_id == show_id, sa.or_(closet_bans.c.until.is_(None), closet_bans.c.until > now))
        )
    )
    found = [Sanction(*row) for row in await connection.execute(query)]
    return sorted(found, key=lambda sanction: -sanction.since)


async def put(connection: AsyncConnection, show_id: str, host_id: str, sanction: Sanction) -> None:
    """Replace whatever sanction of its reach this person has. The caller holds the show's row."""
    await drop(connection, show_id, host_id, sanction)
    values = {
        "account_id": sanction.account_id,
        "until": sanction.until,
        "reason": sanction.reason,
        "by_id": sanction.by,
        "created_at": sanction.since,
    }
    if sanction.scope == "closet":
        await connection.execute(sa.insert(closet_bans).values(host_id=host_id, **values))
    else:
        await connection.execute(sa.insert(sanctions).values(show_id=show_id, kind=sanction.kind, **values))


async def drop(connection: AsyncConnection, show_id: str, host_id: str, sanction: Sanction) -> None:
    """End a sanction of this person and reach."""
    if sanction.scope == "closet":
        gone = sa.delete(closet_bans).where(
            closet_bans.c.host_id == host_id, closet_bans.c.account_id == sanction.account_id
        )
    else:
        gone = sa.delete(sanctions).where(sanctions.c.show_id == show_id, sanctions.c.account_id == sanction.account_id)
    await connection.execute(gone)


async def shows_of(connection: AsyncConnection, host_id: str, limit: int) -> list[str]:
    """The host's shows that are not over, in the order of their ids."""
    query = (
        sa.select(shows.c.show_id)
        .where(shows.c.host_id == host_id, shows.c.state.in_(("scheduled", "live", "interrupted")))
        .order_by(shows.c.show_id)
        .limit(limit)
    )
    return [str(row[0]) for row in await connection.execute(query)]
