"""What ends by itself in a chat: roles with an end, polls with one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

logger = logging.getLogger(__name__)

EVERY = 1.0  # seconds: a poll that says 30 s closes within 31


class Clockwork:
    """Calls every job once a second; one that fails is logged and tried again. Jobs decide in SQL: servers may all try."""

    def __init__(self, jobs: Sequence[Callable[[], Awaitable[None]]], every: float = EVERY) -> None:
        self._jobs = jobs
        self._every = every
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="chat clockwork")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._every)
            for job in self._jobs:
                try:
                    await job()
                except Exception as error:
                    logger.warning("a job of the chat's clockwork failed: %s", error)
