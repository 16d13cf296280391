"""What happens to shows without anybody asking: interrupted ones end in time, those of a server that died are interrupted."""

from __future__ import annotations

import asyncio
import logging

from livestream import show_store
from livestream.database import Database
from livestream.errors import ShowNotFound
from livestream.lifecycle import Lifecycle
from livestream.publications import Publications
from livestream.viewers import Viewers

logger = logging.getLogger(__name__)

EVERY = 1.0  # seconds between two looks; one indexed read when nothing is to be done
SEEN_EVERY = 5  # looks between two signs of life
SILENT_MS = 30_000  # a server that carries shows and has not been seen for so long is gone (six missed signs)


class ShowKeeper:
    """``start`` begins looking, ``stop`` ends it. Every server may keep every show: each act is judged again under lock."""

    def __init__(
        self,
        database: Database,
        lifecycle: Lifecycle,
        publications: Publications,
        viewers: Viewers,
        every: float = EVERY,
    ) -> None:
        self._database = database
        self._lifecycle = lifecycle
        self._publications = publications
        self._viewers = viewers
        self._every = every
        self._looks = 0
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="show keeper")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _run(self) -> None:
        while True:
            try:
                await self.look()
            except Exception as error:  # a database that is away comes back; what was due then is due still
                logger.warning("shows cannot be looked after now, trying again: %s", error)
            await asyncio.sleep(self._every)

    async def look(self) -> None:
        """One round. Raises: what the database raises."""
        await self._viewers.repeat()
        await self._publications.tick()
        sign = self._looks % SEEN_EVERY == 0
        self._looks += 1
        if sign and self._publications.statistics()["sending_now"]:
            async with self._database.writing() as connection:
                await show_store.seen(connection, self._lifecycle.server_id)
        async with self._database.reading() as connection:
            out_of_office = await show_store.out_of_office(connection)
            overdue = await show_store.overdue(connection, self._lifecycle.interruption_ms)
            abandoned = await show_store.abandoned(connection, self._lifecycle.server_id, SILENT_MS) if sign else []
        for show_id, account_id in out_of_office:
            await self._lifecycle.end_office(show_id, account_id)
        for show_id in overdue:
            await self._expire(show_id)
        for show_id in abandoned:
            await self._abandoned(show_id)

    async def _expire(self, show_id: str) -> None:
        try:
            ended = await self._lifecycle.expire(show_id)
        except ShowNotFound:
            return
        if ended:
            logger.info("show %s: nobody came back in time, ended", show_id)
            await self._publications.check({show_id})
            await self._publications.tell(show_id)

    async def _abandoned(self, show_id: str) -> None:
        try:
            if await self._lifecycle.abandoned(show_id, SILENT_MS):
                logger.warning(
                    "show %s: its server has not been seen for %d s, interrupted", show_id, SILENT_MS // 1000
                )
        except ShowNotFound:
            return
