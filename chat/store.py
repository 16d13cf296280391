"""SQL of chat: messages, and who is what in a show at this moment.

Whoever judges and then writes takes the shows' rows first (``lock_shows``): from there to the commit no sanction, role or
state of that show can change, because each of those changes appends an event, which takes the same row.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from chat.rules import Role
from chat.tables import messages
from livestream.database_time import now_ms
from livestream.tables import moderators, shows

MessageState = Literal["visible", "held", "rejected", "shadow"]


@dataclass(frozen=True, slots=True)
class ShowRow:
    state: str
    host_id: str
    moderators: frozenset[str]
    sellers: frozenset[str] = frozenset()  # of what the show features now, where somebody has asked for them

    def role(self, account_id: str) -> Role:
        if account_id == self.host_id:
            return "host"
        if account_id in self.moderators:
            return "moderator"
        return "seller" if account_id in self.sellers else None


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
    state: MessageState = "visible"
    held_for: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)  # of its event's data: mentions, reply, links ...
    question: str | None = None

    def data(self, author: Any) -> dict[str, Any]:
        """The data of its ``said`` event."""
        return {"message_id": self.message_id, "text": self.text, "author": author, "role": self.role, **self.extra}

    def said(self, author: Any) -> dict[str, Any]:
        """Its ``said`` event."""
        return {
            "offset": self.offset,
            "at": self.at,
            "time": self.time,
            "kind": "said",
            "by": self.account_id,
            "data": self.data(author),
        }


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
    messages.c.state,
    messages.c.held_for,
    messages.c.extra,
    messages.c.question,
)


async def lock_shows(connection: AsyncConnection, show_ids: Collection[str]) -> dict[str, ShowRow]:
    """State and roles of these shows, locked until the commit, in the order of their ids. Unknown ids are left out."""
    return await _show_rows(connection, show_ids, lock=True)


async def show_rows(connection: AsyncConnection, show_ids: Collection[str]) -> dict[str, ShowRow]:
    """The same, not locked."""
    return await _show_rows(connection, show_ids, lock=False)


async def show_row(connection: AsyncConnection, show_id: str) -> ShowRow | None:
    """One of them."""
    return (await show_rows(connection, [show_id])).get(show_id)


async def _show_rows(connection: AsyncConnection, show_ids: Collection[str], *, lock: bool) -> dict[str, ShowRow]:
    query = (
        sa.select(shows.c.show_id, shows.c.state, shows.c.host_id)
        .where(shows.c.show_id.in_(show_ids))
        .order_by(shows.c.show_id)
    )
    rows = (await connection.execute(query.with_for_update() if lock else query)).all()
    named: dict[str, set[str]] = {}
    for show_id, account_id in await connection.execute(
        sa.select(moderators.c.show_id, moderators.c.account_id).where(
            moderators.c.show_id.in_(show_ids), sa.or_(moderators.c.until.is_(None), moderators.c.until > now_ms())
        )
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
                "state": row.state,
                "held_for": row.held_for,
                "extra": msgspec.msgpack.encode(row.extra) if row.extra else None,
                "question": row.question,
            }
            for row in rows
        ],
    )


async def message(connection: AsyncConnection, show_id: str, message_id: str) -> MessageRow | None:
    query = sa.select(*_COLUMNS).where(messages.c.message_id == message_id, messages.c.show_id == show_id)
    row = (await connection.execute(query)).first()
    return None if row is None else _message(row)


async def messages_by_id(
    connection: AsyncConnection, show_id: str, message_ids: Collection[str]
) -> dict[str, MessageRow]:
    """Deleted ones too."""
    rows = await connection.execute(
        sa.select(*_COLUMNS).where(messages.c.message_id.in_(message_ids), messages.c.show_id == show_id)
    )
    return {row.message_id: row for row in map(_message, rows)}


async def visible_of(connection: AsyncConnection, show_id: str, account_id: str, limit: int) -> list[MessageRow]:
    """Somebody's newest messages that are not deleted; those that only they see, or that wait, too."""
    query = (
        sa.select(*_COLUMNS)
        .where(
            messages.c.show_id == show_id,
            messages.c.account_id == account_id,
            messages.c.deleted_at.is_(None),
            messages.c.state != "rejected",
        )
        .order_by(messages.c.offset.desc())
        .limit(limit)
    )
    return [_message(row) for row in await connection.execute(query)]


async def mark_deleted(connection: AsyncConnection, message_ids: Collection[str], by: str | None, now: int) -> None:
    await connection.execute(
        sa.update(messages)
        .where(messages.c.message_id.in_(message_ids), messages.c.deleted_at.is_(None))
        .values(deleted_at=now, deleted_by=by)
    )


async def mark_restored(connection: AsyncConnection, message_ids: Collection[str]) -> None:
    await connection.execute(
        sa.update(messages).where(messages.c.message_id.in_(message_ids)).values(deleted_at=None, deleted_by=None)
    )


async def move(
    connection: AsyncConnection, message_id: str, state: MessageState, place: tuple[int, int, int] | None = None
) -> None:
    """Another state; ``place`` (offset, at, time): that of the event that now shows it."""
    values: dict[str, Any] = {"state": state}
    if place is not None:
        values["offset"], values["at"], values["time"] = place
    await connection.execute(sa.update(messages).where(messages.c.message_id == message_id).values(values))


async def set_question(connection: AsyncConnection, message_id: str, question: str) -> None:
    await connection.execute(sa.update(messages).where(messages.c.message_id == message_id).values(question=question))


async def last_said(connection: AsyncConnection, pairs: Collection[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """When (Unix ms) each (show id, account id) last said something that was taken down."""
    rows = await connection.execute(
        sa.select(messages.c.show_id, messages.c.account_id, sa.func.max(messages.c.time))
        .where(sa.tuple_(messages.c.account_id, messages.c.show_id).in_([(who, show) for show, who in pairs]))
        .group_by(messages.c.show_id, messages.c.account_id)
    )
    return {(show_id, account_id): int(time) for show_id, account_id, time in rows}


async def history(
    connection: AsyncConnection,
    show_id: str,
    before: int | None,
    limit: int,
    *,
    reader: str | None = None,
    moderates: bool = False,
    words: str = "",
    account_id: str | None = None,
) -> list[MessageRow]:
    """The newest ``limit`` messages below offset ``before`` that this reader may see, oldest first.

    Everybody sees what is visible; those in the shadow see their own; moderators see those too. ``words``: only messages
    with this text in them; ``account_id``: only of this person.
    """
    seen: sa.ColumnElement[bool] = messages.c.state == "visible"
    if moderates:
        seen = messages.c.state.in_(("visible", "shadow"))
    elif reader is not None:
        seen = sa.or_(seen, sa.and_(messages.c.state == "shadow", messages.c.account_id == reader))
    query = sa.select(*_COLUMNS).where(messages.c.show_id == show_id, messages.c.deleted_at.is_(None), seen)
    if before is not None:
        query = query.where(messages.c.offset < before)
    if words:
        query = query.where(messages.c.text.icontains(words, autoescape=True))
    if account_id is not None:
        query = query.where(messages.c.account_id == account_id)
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


async def held(connection: AsyncConnection, show_id: str, limit: int) -> list[MessageRow]:
    """Messages that wait for a moderator, oldest first."""
    query = sa.select(*_COLUMNS).where(
        messages.c.show_id == show_id, messages.c.state == "held", messages.c.deleted_at.is_(None)
    )
    return [_message(row) for row in await connection.execute(query.order_by(messages.c.offset).limit(limit))]


async def person_counts(connection: AsyncConnection, show_id: str, account_id: str) -> tuple[int, int]:
    """(messages, deleted messages) of somebody in a show."""
    row = (
        await connection.execute(
            sa.select(sa.func.count(), sa.func.count(messages.c.deleted_at)).where(
                messages.c.show_id == show_id, messages.c.account_id == account_id
            )
        )
    ).one()
    return int(row[0]), int(row[1])


def _message(row: Any) -> MessageRow:
    message_id, show_id, offset, at, time, account_id, role, key, text, deleted, state, held_for, extra, question = row
    data = msgspec.msgpack.decode(extra) if extra else {}
    return MessageRow(
        message_id, show_id, offset, at, time, account_id, role, key, text,
        bool(deleted), state, held_for, data, question,
    )  # fmt: skip
