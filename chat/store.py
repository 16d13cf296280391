"""SQL of chat: messages, and who is what in a show at this moment.

Whoever judges and then writes takes the shows' rows first (``lock_shows``): from there to the commit no sanction, role or
state of that show can change, because each of those changes appends an event, which takes the same row.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from chat.rules import Role
from chat.tables import messages
from livestream.tables import moderators, shows


@dataclass(frozen=True, slots=True)
class ShowRow:
    state: str
    host_id: str
    moderators: frozenset[str]

    def role(self, account_id: str) -> Role:
        if account_id == self.host_id:
            return "host"
        return "moderator" if account_id in self.moderators else None


@dataclass(frozen=True, slots=True)
class MessageRow:
    message_id: str
    show_id: str
    offset: int
    at: int
    time: int
    account_id: str
    role: Role
    key: str
    text: str
    deleted: bool


SayKey = tuple[str, str, str]  # show id, account id, the client's key
_COLUMNS = (
    messages.c.message_id,
    messages.c.show_id,
    messages.c.offset,
    messages.c.at,
    messages.c.time,
    messages.c.account_id,
    messages.c.role,
    messages.c.key,
    messages.c.text,
    messages.c.deleted_at.is_not(None),
)


async def lock_shows(connection: AsyncConnection, show_ids: Collection[str]) -> dict[str, ShowRow]:
    """State and roles of these shows, locked until the commit, in the order of their ids. Unknown ids are left out."""
    return await _show_rows(connection, show_ids, lock=True)


async def show_row(connection: AsyncConnection, show_id: str) -> ShowRow | None:
    """The same, not locked."""
    return (await _show_rows(connection, [show_id], lock=False)).get(show_id)


async def _show_rows(connection: AsyncConnection, show_ids: Collection[str], *, lock: bool) -> dict[str, ShowRow]:
    query = (
        sa.select(shows.c.show_id, shows.c.state, shows.c.host_id)
        .where(shows.c.show_id.in_(show_ids))
        .order_by(shows.c.show_id)
    )
    rows = (await connection.execute(query.with_for_update() if lock else query)).all()
    named: dict[str, set[str]] = {}
    for show_id, account_id in await connection.execute(
        sa.select(moderators.c.show_id, moderators.c.account_id).where(moderators.c.show_id.in_(show_ids))
    ):
        named.setdefault(show_id, set()).add(account_id)
    return {show_id: ShowRow(state, host_id, frozenset(named.get(show_id, ()))) for show_id, state, host_id in rows}


async def find_by_keys(connection: AsyncConnection, keys: Iterable[SayKey]) -> dict[SayKey, MessageRow]:
    """Messages that were written under these keys before, deleted ones too."""
    wanted = set(keys)
    rows = await connection.execute(
        sa.select(*_COLUMNS).where(
            sa.tuple_(messages.c.account_id, messages.c.show_id, messages.c.key).in_(
                [(account_id, show_id, key) for show_id, account_id, key in wanted]
            )
        )
    )
    found = (_message(row) for row in rows)
    return {(message.show_id, message.account_id, message.key): message for message in found}


async def insert(connection: AsyncConnection, rows: Sequence[MessageRow]) -> None:
    await connection.execute(
        sa.insert(messages),
        [
            {
                "message_id": row.message_id,
                "show_id": row.show_id,
                "offset": row.offset,
                "at": row.at,
                "time": row.time,
                "account_id": row.account_id,
                "role": row.role,
                "key": row.key,
                "text": row.text,
            }
            for row in rows
        ],
    )


async def message(connection: AsyncConnection, show_id: str, message_id: str) -> MessageRow | None:
    query = sa.select(*_COLUMNS).where(messages.c.message_id == message_id, messages.c.show_id == show_id)
    row = (await connection.execute(query)).first()
    return None if row is None else _message(row)


async def visible_ids_of(connection: AsyncConnection, show_id: str, account_id: str, limit: int) -> list[str]:
    """Ids of somebody's newest messages that are not deleted."""
    query = (
        sa.select(messages.c.message_id)
        .where(messages.c.show_id == show_id, messages.c.account_id == account_id, messages.c.deleted_at.is_(None))
        .order_by(messages.c.offset.desc())
        .limit(limit)
    )
    return [str(row[0]) for row in await connection.execute(query)]


async def mark_deleted(connection: AsyncConnection, message_ids: Collection[str], by: str, now: int) -> None:
    await connection.execute(
        sa.update(messages)
        .where(messages.c.message_id.in_(message_ids), messages.c.deleted_at.is_(None))
        .values(deleted_at=now, deleted_by=by)
    )


async def history(connection: AsyncConnection, show_id: str, before: int | None, limit: int) -> list[MessageRow]:
    """The newest ``limit`` visible messages with offsets below ``before``, oldest first."""
    query = sa.select(*_COLUMNS).where(messages.c.show_id == show_id, messages.c.deleted_at.is_(None))
    if before is not None:
        query = query.where(messages.c.offset < before)
    rows = await connection.execute(query.order_by(messages.c.offset.desc()).limit(limit))
    return [_message(row) for row in rows][::-1]


async def deleted_offsets(connection: AsyncConnection, show_id: str, after: int, last: int) -> set[int]:
    """Offsets of messages that are deleted by now, above ``after`` and up to ``last``."""
    query = sa.select(messages.c.offset).where(
        messages.c.show_id == show_id,
        messages.c.offset > after,
        messages.c.offset <= last,
        messages.c.deleted_at.is_not(None),
    )
    return {int(row[0]) for row in await connection.execute(query)}


def _message(row: Any) -> MessageRow:
    message_id, show_id, offset, at, time, account_id, role, key, text, deleted = row
    return MessageRow(message_id, show_id, offset, at, time, account_id, role, key, text, bool(deleted))
