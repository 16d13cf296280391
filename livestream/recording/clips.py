"""Clips: a piece of a show as an MP4 of its own, which outlives the recording it was cut from."""

from __future__ import annotations

import asyncio
import logging
import secrets
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from livestream import show_store
from livestream.database import Database
from livestream.database_time import now_ms, read_now_ms
from livestream.errors import ClipNotFound, InvalidClip, LivestreamError
from livestream.recording.journal import Contents
from livestream.recording.making import ClipTask
from livestream.recording.service import UNAVAILABLE, Recordings
from livestream.recording.workshop import MakingFailed, Workshop
from livestream.shows import TITLE
from livestream.tables import clips
from livestream.timeline import Timeline

logger = logging.getLogger(__name__)

SHORTEST_MS, LONGEST_MS = 1_000, 180_000
LAST_MS = 30_000
PER_SHOW = 200
# A clip of the last seconds ends now; the recording is a part and a picture behind.
_CATCH_UP_SECONDS = 4.0
_ABANDONED_MS = 15 * 60 * 1000  # a clip that has been in the making for so long was forgotten by a server that died


@dataclass(frozen=True, slots=True)
class Clip:
    clip_id: str
    show_id: str
    by_id: str
    listing_id: str | None
    title: str
    state: str  # making, ready, failed
    starts_ms: int
    ends_ms: int
    bytes: int
    width: int
    height: int
    created_at: int


_COLUMNS = tuple(getattr(clips.c, name) for name in Clip.__slots__)


class Clips:
    """``stop`` gives up what is being made."""

    def __init__(self, database: Database, timeline: Timeline, recordings: Recordings, workshop: Workshop) -> None:
        self._database = database
        self._timeline = timeline
        self._recordings = recordings
        self._workshop = workshop
        self._making: dict[str, asyncio.Task[None]] = {}

    async def start(self) -> None:
        async with self._database.writing() as connection:
            now = await read_now_ms(connection)
            await connection.execute(
                sa.update(clips)
                .where(clips.c.state == "making", clips.c.created_at < now - _ABANDONED_MS)
                .values(state="failed")
            )

    async def stop(self) -> None:
        for task in self._making.values():
            task.cancel()
        await asyncio.gather(*self._making.values(), return_exceptions=True)

    def statistics(self) -> dict[str, int]:
        return self._workshop.statistics()

    async def make(
        self, show_id: str, by: str, starts_ms: int, ends_ms: int, title: str = "", listing_id: str | None = None
    ) -> Clip:
        """In state ``making``; it is ready some seconds later.

        Raises: InvalidClip, RecordingNotFound, RecordingGone, RecordingBusy, ShowNotFound.
        """
        if not SHORTEST_MS <= ends_ms - starts_ms <= LONGEST_MS or starts_ms < 0:
            raise InvalidClip(
                f"A clip is {SHORTEST_MS // 1000} to {LONGEST_MS // 1000} seconds long and starts in the show."
            )
        self._workshop.check_room()
        contents = await self._recordings.contents(show_id)
        if not covers(contents, starts_ms, ends_ms):
            raise InvalidClip("Nothing was recorded at that time.")
        async with self._database.writing() as connection:
            show = await show_store.get(connection, show_id, lock=True)
            title = " ".join(title.split()) or show.title
            if len(title) > TITLE or not title.isprintable():
                raise InvalidClip(f"title: at most {TITLE} characters, without control characters.")
            kept = await connection.scalar(
                sa.select(sa.func.count()).where(clips.c.show_id == show_id, clips.c.state != "failed")
            )
            if int(kept or 0) >= PER_SHOW:
                raise InvalidClip(f"A show has at most {PER_SHOW} clips: delete one first.")
            clip_id = secrets.token_urlsafe(12)
            await connection.execute(
                sa.insert(clips).values(
                    clip_id=clip_id,
                    show_id=show_id,
                    by_id=by,
                    listing_id=listing_id,
                    title=title,
                    state="making",
                    starts_ms=starts_ms,
                    ends_ms=ends_ms,
                    created_at=now_ms(),
                )
            )
            clip = await _get(connection, clip_id)
        task = asyncio.create_task(self._make(clip), name=f"clip {clip_id}")
        self._making[clip_id] = task
        task.add_done_callback(lambda _: self._making.pop(clip_id, None))
        return clip

    async def _make(self, clip: Clip) -> None:
        values: dict[str, object]
        try:
            live = self._recordings.live_now(clip.show_id)
            if live is not None:
                await live.recorded_until(clip.ends_ms, _CATCH_UP_SECONDS)
            folder = self._recordings.files.folder(clip.show_id)
            output = self._recordings.files.video("clips", clip.clip_id)
            task = ClipTask(str(folder), clip.starts_ms, clip.ends_ms, str(output))
            made = await self._workshop.make(task)
            values = {"state": "ready", "bytes": made.bytes, "width": made.width, "height": made.height}
        except (MakingFailed, LivestreamError, OSError) as error:
            logger.warning("clip %s of show %s failed: %s", clip.clip_id, clip.show_id, error)
            values = {"state": "failed"}
        try:
            async with self._database.writing() as connection:
                where = clips.c.clip_id == clip.clip_id
                updated = await connection.execute(sa.update(clips).where(where).values(**values))
            if not updated.rowcount:  # deleted while it was made
                await self._remove_file(clip.clip_id)
        except UNAVAILABLE as error:
            logger.error("clip %s: its state cannot be written: %s", clip.clip_id, error)

    async def wait(self, clip_id: str) -> None:
        """Until this server has made it; for tests."""
        task = self._making.get(clip_id)
        if task is not None:
            await asyncio.wait((task,))

    async def get(self, clip_id: str) -> Clip:
        """Raises: ClipNotFound."""
        async with self._database.reading() as connection:
            return await _get(connection, clip_id)

    async def of_show(self, show_id: str) -> list[Clip]:
        """Newest first, without those that failed. Raises: ShowNotFound."""
        async with self._database.reading() as connection:
            await show_store.get(connection, show_id)
            rows = await connection.execute(
                sa.select(*_COLUMNS)
                .where(clips.c.show_id == show_id, clips.c.state != "failed")
                .order_by(clips.c.created_at.desc(), clips.c.clip_id)
                .limit(PER_SHOW)
            )
            return [Clip(*row) for row in rows]

    async def delete(self, clip_id: str) -> None:
        """Raises: ClipNotFound, OSError."""
        async with self._database.writing() as connection:
            await _get(connection, clip_id)
            await connection.execute(sa.delete(clips).where(clips.c.clip_id == clip_id))
        task = self._making.get(clip_id)
        if task is not None:
            task.cancel()
            await asyncio.wait((task,))
        await self._remove_file(clip_id)

    async def _remove_file(self, clip_id: str) -> None:
        path = self._recordings.files.video("clips", clip_id)
        await asyncio.to_thread(path.unlink, missing_ok=True)


def covers(contents: Contents, starts_ms: int, ends_ms: int) -> bool:
    """Whether at least the shortest clip was recorded between these moments (the end may be still to come)."""
    first, last = starts_ms * 90, ends_ms * 90
    return any(one.start < last and one.end > first for one in contents.segments)


async def _get(connection: AsyncConnection, clip_id: str) -> Clip:
    row = (await connection.execute(sa.select(*_COLUMNS).where(clips.c.clip_id == clip_id))).first()
    if row is None:
        raise ClipNotFound("There is no such clip.")
    return Clip(*row)
