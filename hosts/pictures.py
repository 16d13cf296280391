"""Pictures of all kinds: decoded beside the event loop, files first, then the row that names them.

A crash between the two leaves a file that nothing names, never a name without a file.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from hosts.errors import PhotoNotFound
from hosts.picture_codec import Plan, encode
from hosts.picture_files import PhotoFiles
from hosts.picture_urls import AVATAR, LARGE, THUMB
from hosts.pool import Pool

logger = logging.getLogger(__name__)

PHOTO = (Plan(LARGE), Plan(THUMB))
FACE = (Plan(AVATAR, square=True),)
THREADS = 2  # each may hold one decoded picture: 160 MB at most, a tenth of it for what phones send
WAITING = 14  # each with its 12 MB of bytes


class Pictures:
    def __init__(self, files: PhotoFiles) -> None:
        self._files = files
        self.pool = Pool("pictures", threads=THREADS, waiting=WAITING)
        self._disk = Pool("picture-files", threads=1, waiting=1_000)

    def adding_photo(self, data: bytes) -> AbstractAsyncContextManager[str]:
        """Keep a picture in the sizes of listings and posters; gives its id. When the block raises, the files go again.

        Raises: InvalidPhoto, Busy, OSError.
        """
        return self._adding(data, PHOTO)

    def adding_avatar(self, data: bytes) -> AbstractAsyncContextManager[str]:
        """The same for a face: square. Raises: InvalidPhoto, Busy, OSError."""
        return self._adding(data, FACE)

    @asynccontextmanager
    async def _adding(self, data: bytes, plans: Sequence[Plan]) -> AsyncIterator[str]:
        picture_id = secrets.token_hex(12)
        work = asyncio.ensure_future(self.pool.run(self._make, picture_id, data, plans))
        try:
            await asyncio.shield(work)
            yield picture_id
        except BaseException:
            # Also when the request was cancelled while the thread still writes: wait for it, then clean up.
            await asyncio.gather(work, return_exceptions=True)
            await self.remove(picture_id)
            raise

    def _make(self, picture_id: str, data: bytes, plans: Sequence[Plan]) -> None:
        self._files.write(picture_id, encode(data, plans))

    async def remove(self, picture_id: str) -> None:
        """After its row is gone. A file that cannot be removed is logged; nobody can find it any more."""
        try:
            await self._disk.run(self._files.remove, picture_id)
        except Exception as error:
            logger.warning("picture %s could not be removed: %s", picture_id, error)

    def path(self, picture_id: str, name: str) -> Path:
        """Where "1600.webp" of a picture can be read. Raises: PhotoNotFound."""
        path = self._files.path(picture_id, name)
        if path is None:
            raise PhotoNotFound("There is no such picture.")
        return path

    async def stop(self) -> None:
        await self.pool.stop()
        await self._disk.stop()
