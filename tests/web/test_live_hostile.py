"""Sockets that mean harm, one kind at a time, while a room goes on talking: each is closed with its code, nobody else waits.

The bounds hold on a machine that is busy with other tests; on a quiet one the worst delivery is a few tens of ms.
"""

from __future__ import annotations

import asyncio
import contextlib
import statistics
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import msgpack
import pytest

from tests.web.live_stage import Client, Stage, running_stage
from tests.web.raw_socket import RawReader
from web.database import SqlDatabase

MEDIAN_SECONDS, WORST_SECONDS = 0.5, 2.0  # from `say` to the last of the listeners, while the attack goes on
LISTENERS = 10
SAY_EVERY = 0.06  # seconds: below the 20 messages a second that a socket may send
PING = msgpack.packb({"id": 1, "do": "ping"})


@pytest.fixture
async def stage(sqlite_database: SqlDatabase) -> AsyncIterator[Stage]:
    async with running_stage(sqlite_database) as stage:
        yield stage


@contextlib.asynccontextmanager
async def talking(stage: Stage, server: int = 0) -> AsyncIterator[None]:
    """A room that talks until the block ends; every text reached every listener, within the bounds."""
    talker = await stage.join("tia-1", server=server)
    listeners = [await stage.join(server=server) for _ in range(LISTENERS)]
    waits: list[float] = []
    over = asyncio.Event()
    loop = asyncio.get_running_loop()

    async def heard(listener: Client, text: str) -> None:
        await listener.until(lambda: text in listener.texts())

    async def talk() -> None:
        while not over.is_set() or len(waits) < 10:
            text, begin = f"still here {len(waits)}", loop.time()
            await talker.send("say", text=text, key=text)
            await asyncio.gather(*(heard(listener, text) for listener in listeners))
            waits.append(loop.time() - begin)
            await asyncio.sleep(SAY_EVERY)

    task = asyncio.create_task(talk())
    try:
        yield
        over.set()
        await task
    finally:
        task.cancel()
    assert all(listener.texts() == [f"still here {n}" for n in range(len(waits))] for listener in listeners)
    assert statistics.median(waits) < MEDIAN_SECONDS, sorted(waits)
    assert max(waits) < WORST_SECONDS, sorted(waits)


async def ended_with(hostile: RawReader) -> int:
    """The code of the close frame that ends what the server sent."""
    received = await hostile.read_to_the_end()
    hostile.socket.close()
    at = received.rfind(b"\x88")
    while at > 0 and at + 2 + received[at + 1] != len(received):  # 0x88 may also be a byte of a text
        at = received.rfind(b"\x88", 0, at)
    assert at >= 0, received[-100:]
    return int.from_bytes(received[at + 2 : at + 4])


async def test_a_byte_a_second(stage: Stage) -> None:
    slow = RawReader(stage)
    await slow.join()

    async def sip() -> None:
        while True:
            await slow.loop.sock_recv(slow.socket, 1)
            await asyncio.sleep(1)

    async with talking(stage):
        sipping = asyncio.create_task(sip())
        entry: tuple[str, None, dict[str, Any]] = ("edited", None, {"description": "x" * 8_000})
        for _ in range(300):
            if stage.hubs[0].statistics()["closed_slow_reader"]:
                break
            async with stage.timeline.transaction() as transaction:
                await transaction.append_all("show", [entry] * 12)
            await asyncio.sleep(0.02)
        sipping.cancel()
        await asyncio.gather(sipping, return_exceptions=True)
        assert await ended_with(slow) == 4408


async def test_a_peer_that_vanished_is_cut(stage: Stage) -> None:
    """Nothing comes any more, no FIN either: to the server that is a phone that went into a tunnel."""
    hub = await stage.add_server(dead_after=2.0)
    stage.urls.reverse()  # the raw client takes the first
    gone = RawReader(stage)
    await gone.join()
    begin = gone.loop.time()
    async with talking(stage):
        async with asyncio.timeout(20):
            while hub.statistics()["sockets_now"] > LISTENERS + 1:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        assert gone.loop.time() - begin > 1.9, "cut before it was silent for long"
        # The listeners send nothing either, but they answer pings.
        assert hub.statistics()["sockets_now"] == LISTENERS + 1
    gone.socket.close()


async def flood(hostile: RawReader) -> None:
    for _ in range(200):
        await hostile.send_frame(0x82, PING)


async def flood_of_pings(hostile: RawReader) -> None:
    for _ in range(200):
        await hostile.send_frame(0x89, b"ping")


async def one_megabyte(hostile: RawReader) -> None:
    await hostile.send_frame(0x82, bytes(1 << 20))


async def a_promise_of_a_terabyte(hostile: RawReader) -> None:
    await hostile.send_frame(0x82, bytes(1000), promised=1 << 40)


async def fragments_without_end(hostile: RawReader) -> None:
    await hostile.send_frame(0x02, bytes(1000))
    for _ in range(40):
        await hostile.send_frame(0x00, bytes(1000))


def frames(*sent: tuple[int, bytes]) -> Callable[[RawReader], Awaitable[None]]:
    async def attack(hostile: RawReader) -> None:
        for first, payload in sent:
            await hostile.send_frame(first, payload)

    return attack


ATTACKS: dict[str, tuple[Callable[[RawReader], Awaitable[None]], int]] = {
    "flood": (flood, 4429),
    "flood of pings": (flood_of_pings, 4429),
    "1 MB": (one_megabyte, 4413),
    "a promised terabyte": (a_promise_of_a_terabyte, 4413),
    "fragments without end": (fragments_without_end, 4413),
    "a continuation of nothing": (frames((0x80, PING)), 4400),
    "a message within a message": (frames((0x02, PING[:3]), (0x82, PING)), 4400),
    "a ping in fragments": (frames((0x09, b"x")), 4400),
    "a ping too long": (frames((0x89, bytes(126))), 4400),
    "reserved bits": (frames((0xF2, PING)), 4400),
    "compressed without leave": (frames((0xC2, PING)), 4400),
    "an unknown opcode": (frames((0x83, PING)), 4400),
    "an unknown control opcode": (frames((0x8B, b"")), 4400),
    "half a close code": (frames((0x88, b"\x03")), 4400),
    "fragments of nonsense": (frames((0x02, b"\xc1\xff"), (0x80, b"\xff")), 4400),
}


@pytest.mark.parametrize(("attack", "code"), ATTACKS.values(), ids=ATTACKS.keys())
async def test_is_closed_and_nobody_else_waits(
    stage: Stage, attack: Callable[[RawReader], Awaitable[None]], code: int
) -> None:
    hostile = [RawReader(stage) for _ in range(5)]
    for one in hostile:
        await one.join()

    async def attacked(one: RawReader) -> int:
        with contextlib.suppress(ConnectionError):  # the server may close before it has all
            await attack(one)
        return await ended_with(one)

    async with talking(stage):
        assert await asyncio.gather(*(attacked(one) for one in hostile)) == [code] * 5


async def test_a_message_in_fragments_is_a_message(stage: Stage) -> None:
    pieces, client = RawReader(stage), await stage.join()
    await pieces.join()
    heart = msgpack.packb({"id": 2, "do": "heart", "count": 3})
    await pieces.send_frame(0x02, heart[:5])
    await pieces.send_frame(0x89, b"between")  # a control frame may come between
    await pieces.send_frame(0x00, heart[5:9])
    await pieces.send_frame(0x80, heart[9:])
    await client.until_room(hearts=3, viewers=3)
    pieces.socket.close()
