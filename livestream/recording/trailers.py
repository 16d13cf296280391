"""A show's trailer: a short video that plays before it begins, uploaded or taken from a clip."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from livestream import show_store
from livestream.database import Database
from livestream.database_time import now_ms
from livestream.errors import InvalidTrailer, RecordingNotFound, ShowStateError
from livestream.recording.clips import Clips
from livestream.recording.files import RecordingFiles
from livestream.recording.making import Made, TrailerTask
from livestream.recording.workshop import MakingFailed, Workshop
from livestream.shows import State
from livestream.tables import trailers

LONGEST_SECONDS = 180.0
LARGEST = 128 * 1024 * 1024  # bytes of an upload: three minutes of what phones film, with room


@dataclass(frozen=True, slots=True)
class Trailer:
    file: str
    bytes: int
    seconds: float
    width: int
    height: int


class Trailers:
    def __init__(self, database: Database, files: RecordingFiles, workshop: Workshop, clips: Clips) -> None:
        self._database = database
        self._files = files
        self._workshop = workshop
        self._clips = clips

    def draft(self) -> Path:
        """Where an upload is put while it arrives; whoever asked removes it."""
        return self._files.video("trailers", "upload-" + secrets.token_urlsafe(12))

    async def from_upload(self, show_id: str, upload: Path, container: Literal["mp4", "matroska"]) -> Trailer:
        """Raises: InvalidTrailer, ShowStateError once the show has begun, RecordingBusy, OSError."""
        await self._check(show_id)
        name = secrets.token_urlsafe(12)
        output = self._files.video("trailers", name)
        try:
            made = await self._workshop.make(TrailerTask(str(upload), container, LONGEST_SECONDS, str(output)))
        except MakingFailed as error:
            raise InvalidTrailer(error.message) from None
        return await self._keep(show_id, name, made)

    async def from_clip(self, show_id: str, clip_id: str) -> Trailer:
        """The clip may be deleted afterwards. Raises: ClipNotFound, InvalidTrailer, ShowStateError, OSError."""
        await self._check(show_id)
        clip = await self._clips.get(clip_id)
        if clip.state != "ready":
            raise InvalidTrailer("This clip is not ready yet.")
        name = secrets.token_urlsafe(12)
        output = self._files.video("trailers", name)
        await asyncio.to_thread(shutil.copyfile, self._files.video("clips", clip_id), output)
        seconds = (clip.ends_ms - clip.starts_ms) / 1000
        return await self._keep(show_id, name, Made(clip.bytes, seconds, clip.width, clip.height, True))

    async def _check(self, show_id: str) -> None:
        async with self._database.reading() as connection:
            show = await show_store.get(connection, show_id)
        if show.state is not State.SCHEDULED:
            raise ShowStateError("A trailer plays before the show: it has begun already.")

    async def _keep(self, show_id: str, name: str, made: Made) -> Trailer:
        values = {
            "file": name,
            "bytes": made.bytes,
            "seconds": made.seconds,
            "width": made.width,
            "height": made.height,
        }
        try:
            async with self._database.writing() as connection:
                await show_store.get(connection, show_id, lock=True)
                before = await _get(connection, show_id)
                await connection.execute(sa.delete(trailers).where(trailers.c.show_id == show_id))
                await connection.execute(sa.insert(trailers).values(show_id=show_id, created_at=now_ms(), **values))
        except BaseException:
            self._remove(name)
            raise
        if before is not None:
            await asyncio.to_thread(self._remove, before.file)
        return Trailer(**values)  # type: ignore[arg-type]

    async def get(self, show_id: str) -> Trailer:
        """Raises: RecordingNotFound."""
        async with self._database.reading() as connection:
            found = await _get(connection, show_id)
        if found is None:
            raise RecordingNotFound("This show has no trailer.")
        return found

    async def of_shows(self, show_ids: list[str]) -> set[str]:
        """Those of these shows that have one."""
        async with self._database.reading() as connection:
            query = sa.select(trailers.c.show_id).where(trailers.c.show_id.in_(show_ids))
            return set((await connection.execute(query)).scalars())

    async def delete(self, show_id: str) -> None:
        """Nothing happens when there is none."""
        async with self._database.writing() as connection:
            before = await _get(connection, show_id)
            await connection.execute(sa.delete(trailers).where(trailers.c.show_id == show_id))
        if before is not None:
            await asyncio.to_thread(self._remove, before.file)

    def path(self, name: str) -> Path | None:
        with contextlib.suppress(ValueError):
            path = self._files.video("trailers", name)
            if path.is_file() and not name.startswith("upload-"):
                return path
        return None

    def _remove(self, name: str) -> None:
        self._files.video("trailers", name).unlink(missing_ok=True)


async def _get(connection: AsyncConnection, show_id: str) -> Trailer | None:
    columns = tuple(getattr(trailers.c, name) for name in Trailer.__slots__)
    row = (await connection.execute(sa.select(*columns).where(trailers.c.show_id == show_id))).first()
    return None if row is None else Trailer(*row)
