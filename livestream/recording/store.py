"""SQL of recordings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from livestream.database_time import now_ms
from livestream.shows import OVER
from livestream.tables import caption_cues, caption_tracks, recordings, shows

RecordingState = Literal["recording", "ready", "deleted"]


@dataclass(frozen=True, slots=True)
class RecordingRow:
    show_id: str
    server_id: str
    state: RecordingState
    bytes: int
    media_ms: int
    created_at: int
    ready_at: int | None
    deleted_at: int | None


_COLUMNS = tuple(getattr(recordings.c, name) for name in RecordingRow.__slots__)


async def get(connection: AsyncConnection, show_id: str, *, lock: bool = False) -> RecordingRow | None:
    query = sa.select(*_COLUMNS).where(recordings.c.show_id == show_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).first()
    return None if row is None else RecordingRow(*row)


async def of_shows(connection: AsyncConnection, show_ids: list[str]) -> dict[str, RecordingRow]:
    rows = await connection.execute(sa.select(*_COLUMNS).where(recordings.c.show_id.in_(show_ids)))
    return {row[0]: RecordingRow(*row) for row in rows}


async def begin(connection: AsyncConnection, show_id: str, server_id: str) -> bool:
    """The show is being recorded here; False: its recording has been deleted already, and stays so."""
    before = await get(connection, show_id, lock=True)
    if before is None:
        values = {"show_id": show_id, "server_id": server_id, "state": "recording", "created_at": now_ms()}
        await connection.execute(sa.insert(recordings).values(**values))
        return True
    if before.state == "deleted":
        return False
    values = {"server_id": server_id, "state": "recording"}
    await connection.execute(sa.update(recordings).where(recordings.c.show_id == show_id).values(**values))
    return True


async def ready(connection: AsyncConnection, show_id: str, size: int, media_ms: int) -> None:
    values: dict[str, Any] = {"state": "ready", "bytes": size, "media_ms": media_ms, "ready_at": now_ms()}
    await connection.execute(
        sa.update(recordings).where(recordings.c.show_id == show_id, recordings.c.state == "recording").values(**values)
    )


async def delete(connection: AsyncConnection, show_id: str) -> bool:
    """The recording, its caption tracks and cues are gone; the row says that there was one."""
    result = await connection.execute(
        sa.update(recordings)
        .where(recordings.c.show_id == show_id, recordings.c.state != "deleted")
        .values(state="deleted", bytes=0, deleted_at=now_ms())
    )
    await connection.execute(sa.delete(caption_cues).where(caption_cues.c.show_id == show_id))
    await connection.execute(sa.delete(caption_tracks).where(caption_tracks.c.show_id == show_id))
    return bool(result.rowcount)


async def unfinished(connection: AsyncConnection, server_id: str) -> list[tuple[str, bool]]:
    """Shows that this server was recording: (show id, whether the show is over)."""
    query = (
        sa.select(shows.c.show_id, shows.c.state)
        .join(recordings, recordings.c.show_id == shows.c.show_id)
        .where(recordings.c.server_id == server_id, recordings.c.state == "recording")
    )
    return [(show_id, state in OVER) for show_id, state in await connection.execute(query)]


async def states(connection: AsyncConnection, show_ids: list[str]) -> dict[str, tuple[bool, str | None]]:
    """Of these shows: whether it is over, and the server that carries it."""
    query = sa.select(shows.c.show_id, shows.c.state, shows.c.server_id).where(shows.c.show_id.in_(show_ids))
    return {show_id: (state in OVER, server_id) for show_id, state, server_id in await connection.execute(query)}


async def expired(connection: AsyncConnection, server_id: str, before: int) -> list[str]:
    """Recordings of this server that were ready before this moment (Unix milliseconds)."""
    query = sa.select(recordings.c.show_id).where(
        recordings.c.server_id == server_id, recordings.c.state == "ready", recordings.c.ready_at < before
    )
    return [str(row[0]) for row in await connection.execute(query)]


async def deleted(connection: AsyncConnection, server_id: str) -> list[str]:
    """Recordings of this server whose files must not be there any more."""
    query = sa.select(recordings.c.show_id).where(recordings.c.server_id == server_id, recordings.c.state == "deleted")
    return [str(row[0]) for row in await connection.execute(query)]
