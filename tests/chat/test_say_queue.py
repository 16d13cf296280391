from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
import sqlalchemy.exc

from chat.errors import Busy, ChatError, ShowClosed
from chat.say_queue import SayQueue
from chat.saying import Said, Saying


def saying(number: int) -> Saying:
    return Saying("show", "ana", f"k{number}", f"text {number}")


class Writer:
    """Writes when the gate is open; remembers its batches."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.gate.set()
        self.batches: list[list[str]] = []
        self.failures: list[Exception] = []

    async def __call__(self, sayings: Sequence[Saying]) -> list[Said | ChatError]:
        await self.gate.wait()
        if self.failures:
            raise self.failures.pop(0)
        self.batches.append([one.text for one in sayings])
        return [ShowClosed("Over.") if one.text == "text 13" else Said(one.key, 1) for one in sayings]


async def test_full_queue_refuses_the_newcomer_only() -> None:
    writer = Writer()
    queue = SayQueue(writer, size=3, linger=0)
    await queue.start()
    waiting = [asyncio.create_task(queue.say(saying(number))) for number in range(3)]
    late = asyncio.create_task(queue.say(saying(3)))
    results = await asyncio.gather(*waiting, late, return_exceptions=True)
    assert [type(result) for result in results] == [Said, Said, Said, Busy]
    assert queue.counters["messages_busy"] == 1
    assert isinstance(await queue.say(saying(3)), Said)
    assert writer.batches == [["text 0", "text 1", "text 2"], ["text 3"]]
    await queue.stop()


async def test_stop_writes_what_was_accepted_then_refuses() -> None:
    writer = Writer()
    writer.gate.clear()
    queue = SayQueue(writer, batch=2, linger=0)
    await queue.start()
    tasks = [asyncio.create_task(queue.say(saying(number))) for number in range(5)]
    await asyncio.sleep(0)
    stopping = asyncio.create_task(queue.stop())
    await asyncio.sleep(0)
    writer.gate.set()
    await stopping
    assert all(isinstance(result, Said) for result in await asyncio.gather(*tasks))
    with pytest.raises(Busy):
        await queue.say(saying(6))


async def test_refusals_and_failures_reach_who_asked() -> None:
    writer = Writer()
    queue = SayQueue(writer, linger=0)
    await queue.start()
    results = await asyncio.gather(*(queue.say(saying(number)) for number in (12, 13, 14)), return_exceptions=True)
    assert [type(result) for result in results] == [Said, ShowClosed, Said]
    writer.failures = [OSError("the disk is full")]
    with pytest.raises(OSError, match="full"):
        await queue.say(saying(1))
    assert isinstance(await queue.say(saying(2)), Said)
    writer.failures = [sqlalchemy.exc.IntegrityError("insert", {}, Exception("unique"))]
    assert isinstance(await queue.say(saying(3)), Said)  # raced with another server: written again, found by key
    await queue.stop()


async def test_who_left_does_not_disturb() -> None:
    writer = Writer()
    writer.gate.clear()
    queue = SayQueue(writer, linger=0)
    await queue.start()
    leaving = asyncio.create_task(queue.say(saying(1)))
    staying = asyncio.create_task(queue.say(saying(2)))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    writer.gate.set()
    assert isinstance(await staying, Said)
    assert queue.counters["messages_written"] == 2
    await queue.stop()
