"""A listener that writes down what it is told, and lets tests wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from livestream.media import EndReason


class Recorder:
    def __init__(self) -> None:
        self.notices: list[tuple[object, ...]] = []
        self._changed = asyncio.Condition()

    async def _note(self, *notice: object) -> None:
        async with self._changed:
            self.notices.append(notice)
            self._changed.notify_all()

    async def publication_started(self, show_id: str, session_id: str, show_ms: int) -> None:
        await self._note("started", show_id, session_id)

    async def publication_stopped(self, show_id: str, session_id: str, reason: EndReason) -> None:
        await self._note("stopped", show_id, session_id, reason)

    async def publication_stalled(self, show_id: str, session_id: str) -> None:
        await self._note("stalled", show_id, session_id)

    async def viewers_changed(self, show_id: str, viewers: int) -> None:
        await self._note("viewers", show_id, viewers)

    async def session_ended(self, show_id: str, session_id: str, reason: EndReason) -> None:
        await self._note("ended", show_id, session_id, reason)

    async def until(self, *notice: object, seconds: float = 30) -> None:
        """Wait until this very notice has come."""
        await self.until_true(lambda: notice in self.notices, seconds=seconds)

    async def until_true(self, condition: Callable[[], bool], seconds: float = 30) -> None:
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(condition)
