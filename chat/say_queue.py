"""Group commit: messages that arrive within a few milliseconds share one transaction.

A commit costs a disk flush whatever it holds, so while one batch is written the next one collects. The queue is bounded:
when it is full the newcomer is refused with ``Busy`` (and counted) and nobody's accepted message is dropped.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

import sqlalchemy.exc

from chat.errors import Busy, ChatError
from chat.saying import Said, Saying

logger = logging.getLogger(__name__)

Write = Callable[[Sequence[Saying]], Awaitable[list[Said | ChatError]]]
QUEUE = 2_000  # messages: about two seconds of what one SQLite writer takes down, 1 MB
BATCH = 256  # messages per transaction: the writer is free for a purchase again after some 20 ms
LINGER = (
    0.008  # seconds that messages wait for company: far below the 50 ms in which frames are sent, and it halves the
)
# number of transactions of a lively chat (measured: 4 ms of CPU each, whatever they hold)


class SayQueue:
    """``start`` before use; ``stop`` writes what was accepted, then ends."""

    def __init__(self, write: Write, *, size: int = QUEUE, batch: int = BATCH, linger: float = LINGER) -> None:
        self._write = write
        self._size = size
        self._batch = batch
        self._linger = linger
        self._waiting: deque[tuple[Saying, asyncio.Future[Said]]] = deque()
        self._wake = asyncio.Event()
        self._stopping = False
        self._worker: asyncio.Task[None] | None = None
        self.counters = {"messages_written": 0, "messages_refused": 0, "messages_busy": 0, "message_batches": 0}

    async def start(self) -> None:
        self._stopping = False
        self._worker = asyncio.create_task(self._work(), name="say queue")

    async def stop(self) -> None:
        self._stopping = True
        self._wake.set()
        if self._worker is not None:
            await self._worker
            self._worker = None

    async def say(self, saying: Saying) -> Said:
        """Returns when the message is durable. Raises: Busy, or the refusal of this message."""
        if self._stopping or self._worker is None or len(self._waiting) >= self._size:
            self.counters["messages_busy"] += 1
            raise Busy("The chat is very busy. Please send it again in a moment.")
        answer: asyncio.Future[Said] = asyncio.get_running_loop().create_future()
        self._waiting.append((saying, answer))
        self._wake.set()
        return await answer

    def __len__(self) -> int:
        return len(self._waiting)

    async def _work(self) -> None:
        while True:
            if not self._waiting:
                if self._stopping:
                    return
                self._wake.clear()
                await self._wake.wait()
                continue
            if len(self._waiting) < self._batch and not self._stopping:
                await asyncio.sleep(self._linger)
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), self._batch))]
            answers = [answer for _, answer in batch]
            try:
                results = await self._write_once_more_if_raced([saying for saying, _ in batch])
            except Exception as error:
                logger.error("a batch of %d messages was not written: %s", len(batch), error)
                for answer in answers:
                    if not answer.done():
                        answer.set_exception(error)
                continue
            self._answer(answers, results)

    async def _write_once_more_if_raced(self, sayings: Sequence[Saying]) -> list[Said | ChatError]:
        try:
            return await self._write(sayings)
        except sqlalchemy.exc.IntegrityError:
            # The same resend reached two servers at once; the second time its key is found.
            return await self._write(sayings)

    def _answer(self, answers: Sequence[asyncio.Future[Said]], results: Sequence[Said | ChatError]) -> None:
        self.counters["message_batches"] += 1
        for answer, result in zip(answers, results, strict=True):
            self.counters["messages_refused" if isinstance(result, ChatError) else "messages_written"] += 1
            if answer.done():  # whoever asked has gone; the message stands
                continue
            if isinstance(result, ChatError):
                answer.set_exception(result)
            else:
                answer.set_result(result)
