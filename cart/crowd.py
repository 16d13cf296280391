"""When a host shows a piece, everybody taps in the same instant. A crowd is answered by few looks at the database.

Those who tap on a listing while it is being worked on wait together. One look (a read for all of them) refuses everybody
who cannot get anything; of the others as many as there are pieces go on to claim, in the order in which they came, and
the rest wait for the next look. So a thousand taps on one piece cost two looks and one claim.

The database alone decides who gets what: a crowd only keeps those from the writer who would be refused there.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from cart.errors import TooCrowded

W = TypeVar("W")
R = TypeVar("R")

MOST = (
    10_000  # taps that wait for one listing; one more is refused as crowded. Ten times the largest show of one server
)
AT_ONCE = 8  # attempts: on PostgreSQL well under the connections of the pool; SQLite has one writer anyway

# (listing id, wishes) -> for each wish the refusal or None, and how many of the others may try before the next look.
Look = Callable[[str, Sequence[W]], Awaitable[tuple[list[Exception | None], int]]]


class Crowds(Generic[W, R]):
    """``stop`` waits until everybody inside has an answer."""

    def __init__(self, look: Look[W], attempt: Callable[[W], Awaitable[R]]) -> None:
        self._look = look
        self._attempt = attempt
        self._waiting: dict[str, deque[tuple[W, asyncio.Future[R]]]] = {}
        self._workers: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(AT_ONCE)
        self.looks = 0
        self.turned_away = 0

    async def enter(self, listing_id: str, wish: W) -> R:
        """The attempt's answer. Raises: what the look or the attempt raises for this wish, TooCrowded."""
        waiting = self._waiting.get(listing_id)
        if waiting is None:
            waiting = self._waiting[listing_id] = deque()
            worker = asyncio.create_task(self._work(listing_id, waiting), name=f"crowd of {listing_id}")
            self._workers.add(worker)
            worker.add_done_callback(self._workers.discard)
        if len(waiting) >= MOST:
            self.turned_away += 1
            raise TooCrowded("Very many people want this piece right now. Please try again.")
        answer: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        waiting.append((wish, answer))
        return await answer

    async def stop(self) -> None:
        while self._workers:
            await asyncio.wait(self._workers)

    async def _work(self, listing_id: str, waiting: deque[tuple[W, asyncio.Future[R]]]) -> None:
        while waiting:
            crowd = list(waiting)
            waiting.clear()
            self.looks += 1
            try:
                refusals, chances = await self._look(listing_id, [wish for wish, _ in crowd])
            except Exception as error:
                for _, answer in crowd:
                    _refuse(answer, error)
                continue
            hopeful = []
            for (wish, answer), refusal in zip(crowd, refusals, strict=True):
                if refusal is None:
                    hopeful.append((wish, answer))
                else:
                    _refuse(answer, refusal)
            waiting.extendleft(reversed(hopeful[chances:]))
            await asyncio.gather(*(self._try(wish, answer) for wish, answer in hopeful[:chances]))
        del self._waiting[listing_id]

    async def _try(self, wish: W, answer: asyncio.Future[R]) -> None:
        async with self._room:
            try:
                result = await self._attempt(wish)
            except Exception as error:
                _refuse(answer, error)
                return
        if not answer.done():
            answer.set_result(result)


def _refuse(answer: asyncio.Future[R], error: Exception) -> None:
    if not answer.done():  # whoever asked may have gone
        answer.set_exception(error)
