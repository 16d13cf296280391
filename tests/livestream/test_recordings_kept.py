"""How long recordings are kept: retention deletes files and rows, and nothing but what it is meant for. On both databases."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa

from livestream.database_time import now_ms
from livestream.errors import RecordingGone, RecordingNotFound
from livestream.recording import store
from livestream.recording.files import RecordingFolder
from livestream.recording.service import DAY_MS, Recordings
from livestream.shows import Show
from livestream.tables import caption_cues, caption_tracks, clips, recordings
from tests.livestream.recording.samples import packets
from tests.livestream.recording.test_recorder import record
from tests.livestream.world import Server, running
from web.database import SqlDatabase

DAYS = 7


def keeper(server: Server, folder: Path, days: int = DAYS) -> Recordings:
    return Recordings(
        server.database, server.engine, server.shows.media, server.broker, RecordingFolder(folder),
        server_id="server-a", retention_days=days,
    )  # fmt: skip


async def recorded(server: Server, folder: Path, days_ago: float) -> Show:
    """A show with a replay of two seconds, captions and a clip, that was over so long ago."""
    show = await server.schedule()
    files = RecordingFolder(folder)
    await asyncio.to_thread(record, files.folder(show.show_id), packets(2))
    values = {"show_id": show.show_id, "language": "en"}
    async with server.database.writing() as connection:
        await store.begin(connection, show.show_id, "server-a")
        await store.ready(connection, show.show_id, 1, 2_000)
        await connection.execute(sa.insert(caption_tracks).values(name="English", created_at=0, **values))
        await connection.execute(sa.insert(caption_cues).values(starts_ms=0, ends_ms=900, text="Hello", **values))
        await connection.execute(
            sa.insert(clips).values(
                clip_id=f"clip-{show.show_id}",
                show_id=show.show_id,
                by_id="host",
                title="The coat",
                state="ready",
                starts_ms=0,
                ends_ms=1_000,
                created_at=now_ms(),
            )
        )
    files.video("clips", f"clip-{show.show_id}").write_bytes(b"a clip")
    await server.set_back(recordings, "ready_at", int(days_ago * DAY_MS), recordings.c.show_id == show.show_id)
    return show


async def rows(server: Server, table: sa.Table, show: Show) -> int:
    async with server.database.reading() as connection:
        query = sa.select(sa.func.count()).select_from(table).where(table.c.show_id == show.show_id)
        return int((await connection.execute(query)).scalar_one())


async def test_what_is_too_old_is_deleted_with_its_files_and_the_rest_is_kept(
    database: SqlDatabase, tmp_path: Path
) -> None:
    async with running(database) as server:
        kept = keeper(server, tmp_path)
        old, young = await recorded(server, tmp_path, DAYS + 0.1), await recorded(server, tmp_path, DAYS - 0.1)
        assert await kept.pictured([old.show_id, young.show_id]) == {old.show_id, young.show_id}
        assert await kept.expire() == [old.show_id]
        assert not kept.files.folder(old.show_id).exists()
        assert await rows(server, caption_cues, old) == await rows(server, caption_tracks, old) == 0
        with pytest.raises(RecordingGone):
            await kept.contents(old.show_id)
        # Clips stay until somebody deletes them.
        assert await rows(server, clips, old) == 1
        assert kept.files.video("clips", f"clip-{old.show_id}").is_file()
        assert kept.files.path(young.show_id, "poster.jpg") is not None
        assert (await kept.contents(young.show_id)).segments
        assert await rows(server, caption_cues, young) == 1
        assert await kept.pictured([old.show_id, young.show_id]) == {young.show_id}
        assert await kept.expire() == []
        assert kept.statistics()["recordings_expired"] == 1


async def test_without_retention_nothing_is_too_old(sqlite_database: SqlDatabase, tmp_path: Path) -> None:
    async with running(sqlite_database) as server:
        show = await recorded(server, tmp_path, 10_000)
        kept = keeper(server, tmp_path, days=0)
        assert await kept.expire() == []
        assert (await kept.contents(show.show_id)).segments


async def test_a_deletion_that_was_cut_short_is_finished(sqlite_database: SqlDatabase, tmp_path: Path) -> None:
    """The server died between the row and the files."""
    async with running(sqlite_database) as server:
        show = await recorded(server, tmp_path, 0)
        async with server.database.writing() as connection:
            assert await store.delete(connection, show.show_id)
        kept = keeper(server, tmp_path)
        assert kept.files.folder(show.show_id).exists()
        await kept.expire()
        assert not kept.files.folder(show.show_id).exists()
        with pytest.raises(RecordingNotFound):
            await kept.delete(show.show_id)
