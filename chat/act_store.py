"""SQL of the audit: what was done in a show, by whom, to whom, and whether it was undone."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from chat.tables import acts


class Which(TypedDict, total=False):
    """Only what was done to ``account_id``, what ``by`` did, acts of these ``kinds``; what is missing, None or empty: all."""

    account_id: str | None
    by: str | None
    kinds: Collection[str]


@dataclass(frozen=True, slots=True)
class ActRow:
    act_id: str
    show_id: str
    time: int
    act: str
    by: str | None  # None: the server
    account_id: str | None
    message_id: str | None
    reason: str
    detail: dict[str, Any]
    copied_at: int | None
    undone_at: int | None
    undone_by: str | None


_COLUMNS = (
    acts.c.act_id,
    acts.c.show_id,
    acts.c.time,
    acts.c.act,
    acts.c.by_id,
    acts.c.account_id,
    acts.c.message_id,
    acts.c.reason,
    acts.c.detail,
    acts.c.copied_at,
    acts.c.undone_at,
    acts.c.undone_by,
)


async def add(
    connection: AsyncConnection,
    show_id: str,
    now: int,
    act: str,
    by: str | None,
    *,
    account_id: str | None = None,
    message_id: str | None = None,
    reason: str = "",
    detail: dict[str, Any] | None = None,
    copied_at: int | None = None,
) -> str:
    """Write an act down; its id. ``copied_at``: the offset of an event that repeats messages."""
    act_id = secrets.token_urlsafe(12)
    await connection.execute(
        sa.insert(acts).values(
            act_id=act_id,
            show_id=show_id,
            time=now,
            act=act,
            by_id=by,
            account_id=account_id,
            message_id=message_id,
            reason=reason,
            detail=msgspec.msgpack.encode(detail or {}),
            copied_at=copied_at,
        )
    )
    return act_id


async def get(connection: AsyncConnection, show_id: str, act_id: str) -> ActRow | None:
    row = (
        await connection.execute(sa.select(*_COLUMNS).where(acts.c.act_id == act_id, acts.c.show_id == show_id))
    ).first()
    return None if row is None else _act(row)


async def mark_undone(connection: AsyncConnection, act_id: str, by: str, now: int) -> None:
    await connection.execute(sa.update(acts).where(acts.c.act_id == act_id).values(undone_at=now, undone_by=by))


async def page(
    connection: AsyncConnection,
    show_id: str,
    before: tuple[int, str] | None,
    limit: int,
    **which: Unpack[Which],
) -> list[ActRow]:
    """Newest first, those older than ``before`` (its time and id: acts of one millisecond fall on no edge)."""
    query = sa.select(*_COLUMNS).where(acts.c.show_id == show_id)
    if before is not None:
        time, act_id = before
        query = query.where(sa.or_(acts.c.time < time, sa.and_(acts.c.time == time, acts.c.act_id > act_id)))
    if (account_id := which.get("account_id")) is not None:
        query = query.where(acts.c.account_id == account_id)
    if (by := which.get("by")) is not None:
        query = query.where(acts.c.by_id == by)
    if kinds := which.get("kinds"):
        query = query.where(acts.c.act.in_(kinds))
    rows = await connection.execute(query.order_by(acts.c.time.desc(), acts.c.act_id).limit(limit))
    return [_act(row) for row in rows]


async def newest(connection: AsyncConnection, show_id: str, kinds: Collection[str], limit: int) -> list[ActRow]:
    """Acts of these kinds that nobody has undone, newest first."""
    query = sa.select(*_COLUMNS).where(acts.c.show_id == show_id, acts.c.act.in_(kinds), acts.c.undone_at.is_(None))
    rows = await connection.execute(query.order_by(acts.c.time.desc(), acts.c.act_id).limit(limit))
    return [_act(row) for row in rows]


async def of_person(
    connection: AsyncConnection, host_id_shows: sa.Select[Any], account_id: str, limit: int
) -> list[ActRow]:
    """What was done to somebody in these shows (a subquery of show ids), newest first."""
    query = (
        sa.select(*_COLUMNS)
        .where(acts.c.account_id == account_id, acts.c.show_id.in_(host_id_shows))
        .order_by(acts.c.time.desc())
        .limit(limit)
    )
    return [_act(row) for row in await connection.execute(query)]


async def copies(connection: AsyncConnection, show_id: str) -> list[int]:
    """Offsets of events that repeat messages (pins, restored ones)."""
    rows = await connection.execute(
        sa.select(acts.c.copied_at).where(acts.c.show_id == show_id, acts.c.copied_at.is_not(None))
    )
    return [int(row[0]) for row in rows]


def _act(row: Any) -> ActRow:
    act_id, show_id, time, act, by, account_id, message_id, reason, detail, copied_at, undone_at, undone_by = row
    plain = msgspec.msgpack.decode(detail)
    return ActRow(
        act_id, show_id, time, act, by, account_id, message_id, reason, plain, copied_at, undone_at, undone_by
    )
