"""Carries what happens in the engine to the listener on the server's loop: in order per show, never two at once for a show.

Bound: 1,000 notices wait per show. ``viewers_changed`` replaces a waiting one, so only a listener that is stuck while sessions
come and go reaches it; then the newest notice is dropped, counted and logged.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

logger = logging.getLogger(__name__)

MOST_WAITING = 1000


@dataclass(frozen=True, slots=True)
class Notice:
    name: str  # the listener's method, for the log and for coalescing
    call: Callable[[], Awaitable[None]]


class Relay:
    """Lives on the server's loop; ``put`` is the only method that other threads may call."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.dropped = 0
        self._loop = loop
        self._waiting: dict[str, deque[Notice]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def put(self, show_id: str, notice: Notice) -> None:
        """From any thread. After the server's loop has closed nobody listens any more, and the notice is forgotten."""
        try:
            self._loop.call_soon_threadsafe(self._enqueue, show_id, notice)
        except RuntimeError:
            self.dropped += 1

    def _enqueue(self, show_id: str, notice: Notice) -> None:
        queue = self._waiting.setdefault(show_id, deque())
        if queue and notice.name == "viewers_changed" and queue[-1].name == notice.name:
            queue[-1] = notice
        elif len(queue) >= MOST_WAITING:
            self.dropped += 1
            logger.error("The listener does not keep up: %s of show %s was dropped", notice.name, show_id)
        else:
            queue.append(notice)
        if show_id not in self._tasks:
            self._tasks[show_id] = self._loop.create_task(self._deliver(show_id), name=f"media-notices-{show_id}")

    async def _deliver(self, show_id: str) -> None:
        queue = self._waiting[show_id]
        try:
            while queue:
                notice = queue.popleft()
                try:
                    await notice.call()
                except Exception:
                    logger.exception("The media listener failed in %s of show %s", notice.name, show_id)
        finally:
            self._waiting.pop(show_id, None)
            self._tasks.pop(show_id, None)

    async def close(self, timeout: float) -> None:
        """Wait for what is waiting, at most ``timeout`` seconds, then let go of it."""
        await asyncio.sleep(0)  # what other threads put just now is enqueued by then
        tasks = [task for task in self._tasks.values() if task is not asyncio.current_task()]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=timeout)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
