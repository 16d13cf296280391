"""Slow work beside the event loop: a few threads and a bounded line in front of them.

Drop policy: whoever comes when the line is full is refused with Busy at once; ``refused`` counts them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from hosts.errors import Busy

T = TypeVar("T")


class Pool:
    """``stop`` waits for what is running; what still waits is cancelled. Threads start with the first work."""

    def __init__(self, name: str, *, threads: int, waiting: int) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._most = threads + waiting
        self._inside = 0
        self.refused = 0

    async def run(self, work: Callable[..., T], *arguments: object) -> T:
        """Raises: Busy, and what the work raises."""
        if self._inside >= self._most:
            self.refused += 1
            raise Busy("Many people are doing this right now. Please try again in a moment.")
        self._inside += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, work, *arguments)
        finally:
            self._inside -= 1

    async def stop(self) -> None:
        await asyncio.to_thread(self._executor.shutdown, wait=True, cancel_futures=True)
