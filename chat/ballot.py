"""Votes of a crowd: those that come within a moment share one transaction, as messages do.

Bounded: when more wait than the database takes down, the newcomer is refused with ``Busy`` and may vote again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from chat.errors import Busy, ChatError

Take = Callable[[str, str, Mapping[str, int]], Awaitable[dict[str, ChatError]]]
GATHER = 0.1  # seconds that votes wait for company: a poll is answered by everybody at once
WAITING = 20_000  # votes: every socket of a full server
AT_ONCE = 1_000  # per transaction


class Ballot:
    """``stop`` takes down what was accepted."""

    def __init__(self, take: Take) -> None:
        self._take = take
        self._waiting: dict[tuple[str, str], dict[str, tuple[int, asyncio.Future[None]]]] = {}
        self._count = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self.counters = {"votes": 0, "votes_refused": 0}

    async def vote(self, show_id: str, poll_id: str, account_id: str, choice: int) -> None:
        """Returns when the vote is durable. Raises: Busy, and what ``take`` says."""
        if self._count >= WAITING:
            self.counters["votes_refused"] += 1
            raise Busy("Everybody votes at once. Please try again in a moment.")
        place = (show_id, poll_id)
        votes = self._waiting.get(place)
        if votes is None:
            votes = self._waiting[place] = {}
            task = asyncio.create_task(self._gather(place))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        before = votes.pop(account_id, None)
        answer = asyncio.get_running_loop().create_future() if before is None else before[1]
        votes[account_id] = (choice, answer)
        self._count += before is None
        await asyncio.shield(answer)

    async def stop(self) -> None:
        if self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _gather(self, place: tuple[str, str]) -> None:
        await asyncio.sleep(GATHER)
        votes = list(self._waiting.pop(place).items())
        self._count -= len(votes)
        for start in range(0, len(votes), AT_ONCE):
            some = votes[start : start + AT_ONCE]
            try:
                refused = await self._take(*place, {who: choice for who, (choice, _) in some})
            except Exception as error:
                for _, (_, answer) in some:
                    answer.set_exception(error)
                continue
            self.counters["votes"] += len(some) - len(refused)
            self.counters["votes_refused"] += len(refused)
            for who, (_, answer) in some:
                if who in refused:
                    answer.set_exception(refused[who])
                else:
                    answer.set_result(None)
