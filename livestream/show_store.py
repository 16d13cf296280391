"""SQL of shows, their moderators and the servers that carry them."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from livestream.database_time import now_ms
from livestream.errors import InvalidShow, ShowNotFound
from livestream.shows import ON_AIR, OVER, Show, State
from livestream.tables import moderators, servers, shows

_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")

_IN_OFFICE = sa.or_(moderators.c.until.is_(None), moderators.c.until > now_ms())

Listed = Literal["live", "upcoming", "ended"]

_COLUMNS = (
    shows.c.show_id,
    shows.c.host_id,
    shows.c.title,
    shows.c.description,
    shows.c.state,
    shows.c.starts_at,
    shows.c.started_at,
    shows.c.interrupted_at,
    shows.c.ended_at,
    shows.c.created_at,
    shows.c.stream_key,
    shows.c.poster,
    shows.c.epoch,
    shows.c.server_id,
)
# What each list holds, the column it is in order of, and whether the newest come first.
_LISTS: dict[Listed, tuple[tuple[State, ...], sa.Column[Any], bool]] = {
    "live": (tuple(sorted(ON_AIR)), shows.c.started_at, True),
    "upcoming": ((State.SCHEDULED,), shows.c.starts_at, False),
    "ended": ((State.ENDED,), shows.c.ended_at, True),
}


async def insert(connection: AsyncConnection, values: dict[str, Any]) -> None:
    await connection.execute(sa.insert(shows).values(**values))


async def get(connection: AsyncConnection, show_id: str, *, lock: bool = False) -> Show:
    """``lock``: state and fields stay as they are until the commit. Raises: ShowNotFound."""
    query = sa.select(*_COLUMNS).where(shows.c.show_id == show_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).first()
    if row is None:
        raise ShowNotFound("There is no such show.")
    return _show(row)


async def update(connection: AsyncConnection, show_id: str, values: dict[str, Any]) -> None:
    await connection.execute(sa.update(shows).where(shows.c.show_id == show_id).values(**values))


async def planned(connection: AsyncConnection, host_id: str) -> int:
    """How many shows this host has scheduled."""
    query = sa.select(sa.func.count()).where(shows.c.host_id == host_id, shows.c.state == State.SCHEDULED)
    return int(await connection.scalar(query) or 0)


async def page(
    connection: AsyncConnection,
    listed: Listed,
    *,
    host_id: str | None,
    starts_after: int | None,
    after: str | None,
    limit: int,
) -> tuple[list[Show], str | None]:
    """One page of a list, and the cursor of the next one. Raises: InvalidShow for a cursor that is none of ours."""
    states, column, newest_first = _LISTS[listed]
    query = sa.select(*_COLUMNS).where(shows.c.state.in_(states))
    if host_id is not None:
        query = query.where(shows.c.host_id == host_id)
    if starts_after is not None:
        query = query.where(shows.c.starts_at > starts_after)
    key = sa.tuple_(column, shows.c.show_id)
    if after:
        at, _, show_id = after.partition(".")
        if not (at.isascii() and at.isdigit() and len(at) <= 16) or not _ID.fullmatch(show_id):
            raise InvalidShow("after: give the list's own next value, unchanged.")
        mark = sa.tuple_(sa.literal(int(at), sa.BigInteger), sa.literal(show_id))
        query = query.where(key < mark if newest_first else key > mark)
    order = (column.desc(), shows.c.show_id.desc()) if newest_first else (column, shows.c.show_id)
    rows = (await connection.execute(query.order_by(*order).limit(limit + 1))).all()
    found = [_show(row) for row in rows[:limit]]
    if len(rows) <= limit:
        return found, None
    last = found[-1]
    return found, f"{getattr(last, column.name)}.{last.show_id}"


async def moderator_ids(connection: AsyncConnection, show_id: str) -> list[str]:
    """In the order in which they were named."""
    query = sa.select(moderators.c.account_id).where(moderators.c.show_id == show_id, _IN_OFFICE)
    return [str(row[0]) for row in await connection.execute(query.order_by(moderators.c.named_at, "account_id"))]


async def moderated_by(connection: AsyncConnection, account_id: str, show_ids: Collection[str]) -> set[str]:
    """Of these shows, those in which the account is a moderator."""
    query = sa.select(moderators.c.show_id).where(
        moderators.c.account_id == account_id, moderators.c.show_id.in_(show_ids), _IN_OFFICE
    )
    return {str(row[0]) for row in await connection.execute(query)}


async def add_moderator(connection: AsyncConnection, show_id: str, account_id: str, until: int | None = None) -> None:
    """``until`` (Unix ms): when the role ends; None: with the show."""
    await connection.execute(
        sa.insert(moderators).values(show_id=show_id, account_id=account_id, named_at=now_ms(), until=until)
    )


async def set_office_end(connection: AsyncConnection, show_id: str, account_id: str, until: int | None) -> None:
    await connection.execute(
        sa.update(moderators)
        .where(moderators.c.show_id == show_id, moderators.c.account_id == account_id)
        .values(until=until)
    )


async def out_of_office(connection: AsyncConnection) -> list[tuple[str, str]]:
    """(show id, account id) of roles whose time has passed, in the order of the shows' ids."""
    rows = await connection.execute(
        sa.select(moderators.c.show_id, moderators.c.account_id)
        .where(moderators.c.until <= now_ms())
        .order_by(moderators.c.show_id)
        .limit(100)
    )
    return [(str(show_id), str(account_id)) for show_id, account_id in rows]


async def office_ends(connection: AsyncConnection, show_id: str) -> dict[str, int]:
    """When roles end (Unix ms), by account; those that end with the show are left out."""
    rows = await connection.execute(
        sa.select(moderators.c.account_id, moderators.c.until).where(
            moderators.c.show_id == show_id, moderators.c.until.is_not(None)
        )
    )
    return {str(account_id): int(until) for account_id, until in rows}


async def remove_moderator(connection: AsyncConnection, show_id: str, account_id: str) -> bool:
    """Whether there was one."""
    result = await connection.execute(
        sa.delete(moderators).where(moderators.c.show_id == show_id, moderators.c.account_id == account_id)
    )
    return result.rowcount > 0


# -- who carries what


async def seen(connection: AsyncConnection, server_id: str) -> None:
    """Note that this server lives. One process writes under one id, so there is nobody to race with."""
    result = await connection.execute(
        sa.update(servers).where(servers.c.server_id == server_id).values(seen_at=now_ms())
    )
    if result.rowcount == 0:
        await connection.execute(sa.insert(servers).values(server_id=server_id, seen_at=now_ms()))


async def on_air_of(connection: AsyncConnection, server_id: str) -> list[Show]:
    """Shows on air whose publication this server carried last."""
    query = sa.select(*_COLUMNS).where(shows.c.server_id == server_id, shows.c.state.in_(tuple(ON_AIR)))
    return [_show(row) for row in await connection.execute(query.order_by(shows.c.show_id))]


async def overdue(connection: AsyncConnection, interruption_ms: int) -> list[str]:
    """Interrupted shows whose time to come back is over."""
    query = sa.select(shows.c.show_id).where(
        shows.c.state == State.INTERRUPTED, shows.c.interrupted_at <= now_ms() - interruption_ms
    )
    return [str(row[0]) for row in await connection.execute(query.order_by(shows.c.show_id))]


async def abandoned(connection: AsyncConnection, server_id: str, silent_ms: int) -> list[str]:
    """Live shows of other servers that have not been seen for ``silent_ms``."""
    alive = sa.select(servers.c.server_id).where(servers.c.seen_at > now_ms() - silent_ms)
    query = sa.select(shows.c.show_id).where(
        shows.c.state == State.LIVE, shows.c.server_id != server_id, shows.c.server_id.not_in(alive)
    )
    return [str(row[0]) for row in await connection.execute(query.order_by(shows.c.show_id))]


async def elsewhere(connection: AsyncConnection, server_id: str, show_ids: Collection[str]) -> dict[str, State]:
    """Of these shows, those that are over or that another server has carried since, with their states."""
    query = sa.select(shows.c.show_id, shows.c.state).where(
        shows.c.show_id.in_(show_ids),
        sa.or_(shows.c.state.in_(tuple(OVER)), shows.c.server_id != server_id),
    )
    return {str(show_id): State(state) for show_id, state in await connection.execute(query)}


async def interrupted(connection: AsyncConnection, show_ids: Collection[str]) -> set[str]:
    """Of these shows, the interrupted ones."""
    query = sa.select(shows.c.show_id).where(shows.c.show_id.in_(show_ids), shows.c.state == State.INTERRUPTED)
    return {str(row[0]) for row in await connection.execute(query)}


async def stream_keys(connection: AsyncConnection, show_ids: Collection[str]) -> dict[str, str]:
    query = sa.select(shows.c.show_id, shows.c.stream_key).where(shows.c.show_id.in_(show_ids))
    return {str(show_id): str(key) for show_id, key in await connection.execute(query)}


def _show(row: Any) -> Show:
    fields = dict(zip((column.name for column in _COLUMNS), row, strict=True))
    return Show(**{**fields, "state": State(fields["state"])})
