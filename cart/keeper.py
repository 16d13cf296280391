"""A task that does what is due and sleeps until more is. What fails is logged and tried again."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

logger = logging.getLogger(__name__)

AFTER_FAILURE = 1.0  # seconds: a database that restarts is not asked more often
STOP_SECONDS = 5.0  # a round that has begun is finished, so that no transaction is cut in the middle


class Keeper:
    """``work`` returns the seconds until it wants to run again."""

    def __init__(self, name: str, work: Callable[[], Awaitable[float]]) -> None:
        self._name = name
        self._work = work
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._stopping.clear()
        self._task = asyncio.create_task(self._run(), name=self._name)

    async def stop(self) -> None:
        """Returns when the task has ended."""
        task, self._task = self._task, None
        if task is None:
            return
        self._stopping.set()
        done, _ = await asyncio.wait([task], timeout=STOP_SECONDS)
        if not done:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                pause = await self._work()
            except Exception:
                logger.exception("%s failed; it runs again in %s s", self._name, AFTER_FAILURE)
                pause = AFTER_FAILURE
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), max(pause, 0.001))
