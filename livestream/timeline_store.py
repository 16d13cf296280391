"""SQL of the timeline: the next offset and its event are one change."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from livestream.database_time import now_ms
from livestream.errors import ShowNotFound
from livestream.events import Event
from livestream.moments import Moment
from livestream.tables import events, shows

RECKONED_BY = 64  # events: among so many there is one of the present, whoever is talking
Entry = tuple[str, str | None, dict[str, Any]]  # kind, by, data


async def append_all(
    connection: AsyncConnection,
    show_id: str,
    at: int | None,
    entries: Sequence[Entry],
    moments: Sequence[Moment | None],
) -> list[Event]:
    """Write events of one show in this order: two statements however many. Each belongs to its moment, or to the present.

    The UPDATE of the counter locks the show's row, so offsets follow commit order without gaps. ``at`` is the show clock;
    where this process does not have it (another server carries the media, or the host has not come back yet), it is
    reckoned from the last event. Raises: ShowNotFound.
    """
    row = (
        await connection.execute(
            sa.update(shows)
            .where(shows.c.show_id == show_id)
            .values(last_offset=shows.c.last_offset + len(entries))
            .returning(shows.c.last_offset, now_ms(), shows.c.started_at, shows.c.ended_at)
        )
    ).first()
    if row is None:
        raise ShowNotFound("There is no such show.")
    last, time, started_at, ended_at = row
    first = int(last) - len(entries) + 1
    if at is None:
        at = await reckon_clock(connection, show_id, first - 1, started_at, min(time, ended_at or time))
    written = [
        Event(
            offset=first + index,
            at=at if moment is None else moment.at(at),
            time=time,
            kind=kind,
            by=by,
            data=data,
        )
        for index, ((kind, by, data), moment) in enumerate(zip(entries, moments, strict=True))
    ]
    await connection.execute(
        sa.insert(events),
        [
            {
                "show_id": show_id,
                "offset": event.offset,
                "at": event.at,
                "time": time,
                "kind": event.kind,
                "by_id": event.by,
                "data": msgspec.msgpack.encode(event.data),
            }
            for event in written
        ],
    )
    return written


async def reckon_clock(connection: AsyncConnection, show_id: str, offset: int, started_at: int | None, now: int) -> int:
    """The show clock at ``now`` (database time; for an ended show its end) by the events up to ``offset``: the ``at`` of one
    and what has passed since then on air. Of the last few the one that leads furthest: others carry what a delayed viewer saw."""
    query = (
        sa.select(events.c.at, events.c.time)
        .where(events.c.show_id == show_id, events.c.offset <= offset)
        .order_by(events.c.offset.desc())
        .limit(RECKONED_BY)
    )
    rows = (await connection.execute(query)).all()
    if not rows or started_at is None:
        return 0
    return max(int(at) + max(0, now - max(int(time), started_at)) for at, time in rows)


async def read(connection: AsyncConnection, show_id: str, after: int, limit: int) -> list[Event]:
    """Events with offsets above ``after``, oldest first."""
    rows = await connection.execute(
        sa.select(events.c.offset, events.c.at, events.c.time, events.c.kind, events.c.by_id, events.c.data)
        .where(events.c.show_id == show_id, events.c.offset > after)
        .order_by(events.c.offset)
        .limit(limit)
    )
    return [
        Event(offset=offset, at=at, time=time, kind=kind, by=by, data=msgspec.msgpack.decode(data))
        for offset, at, time, kind, by, data in rows
    ]


async def data_at(connection: AsyncConnection, show_id: str, offsets: Collection[int]) -> dict[int, dict[str, Any]]:
    """The data of these events by offset."""
    rows = await connection.execute(
        sa.select(events.c.offset, events.c.data).where(events.c.show_id == show_id, events.c.offset.in_(offsets))
    )
    return {int(offset): msgspec.msgpack.decode(data) for offset, data in rows}


async def rewrite(connection: AsyncConnection, show_id: str, data: Mapping[int, dict[str, Any]]) -> None:
    """Replace the data of events. Only for words that nobody may read any more: what readers know already, they know."""
    if data:
        await connection.execute(
            sa.update(events)
            .where(events.c.show_id == show_id, events.c.offset == sa.bindparam("at_offset"))
            .values(data=sa.bindparam("new_data")),
            [{"at_offset": offset, "new_data": msgspec.msgpack.encode(one)} for offset, one in data.items()],
        )


async def read_kinds(connection: AsyncConnection, show_id: str, kinds: Sequence[str]) -> list[Event]:
    """All events of these kinds, oldest first."""
    rows = await connection.execute(
        sa.select(events.c.offset, events.c.at, events.c.time, events.c.kind, events.c.by_id, events.c.data)
        .where(events.c.show_id == show_id, events.c.kind.in_(kinds))
        .order_by(events.c.offset)
    )
    return [
        Event(offset=offset, at=at, time=time, kind=kind, by=by, data=msgspec.msgpack.decode(data))
        for offset, at, time, kind, by, data in rows
    ]


async def position(connection: AsyncConnection, show_id: str) -> tuple[str, int]:
    """(epoch, last offset) of a show. Raises: ShowNotFound."""
    row = (
        await connection.execute(sa.select(shows.c.epoch, shows.c.last_offset).where(shows.c.show_id == show_id))
    ).first()
    if row is None:
        raise ShowNotFound("There is no such show.")
    return str(row[0]), int(row[1])
