"""Two thousand joins and leaves through real sockets and real DTLS: nothing may stay behind."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
from pathlib import Path

import pytest

from livestream.engine.engine import PythonEngine
from tests.livestream.engine.light_peer import LightPeer, rtp
from tests.livestream.engine.recorder import Recorder

WARM_UP, JOINS, TOGETHER = 400, 2000, 20
KEYFRAME = b"\x10\x00\x00\x00\x9d\x01\x2a\x10\x00\x10\x00"


def resident() -> int:
    """Bytes of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def sockets() -> int:
    count = 0
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):  # the folder's own descriptor is closed by now
            count += str(entry.readlink()).startswith("socket:")
    return count


async def join_and_leave(engine: PythonEngine, politely: bool) -> None:
    viewer = await LightPeer("recvonly").open()
    try:
        description = await engine.watch("show", viewer.offer)
        await viewer.connect(description.answer)
        await viewer.until(lambda: len(viewer.rtp) > 0)
        if politely:
            await engine.close(description.session_id)
        else:
            for datagram in viewer.dtls.close():
                viewer.send(datagram)
    finally:
        viewer.close()


@pytest.mark.timeout(180)
async def test_two_thousand_joins_and_leaves_leave_nothing_behind() -> None:
    engine, recorder = PythonEngine("127.0.0.1"), Recorder()
    await engine.start(recorder)
    host = await LightPeer("sendonly").open()
    sending: asyncio.Task[None] | None = None
    try:
        await host.connect((await engine.publish("show", host.offer)).answer)

        async def send() -> None:
            for number in range(1_000_000):
                host.send_rtp(rtp(111, number & 0xFFFF, 1111, b"sound", number * 960))
                host.send_rtp(rtp(0x80 | 96, number & 0xFFFF, 2222, KEYFRAME, number * 1800))
                await asyncio.sleep(0.02)

        sending = asyncio.create_task(send())
        await recorder.until_true(lambda: any(notice[0] == "started" for notice in recorder.notices), 15)

        async def many(count: int) -> None:
            for begun in range(0, count, TOGETHER):
                async with asyncio.TaskGroup() as group:
                    for number in range(begun, min(begun + TOGETHER, count)):
                        group.create_task(join_and_leave(engine, politely=bool(number % 2)))
            async with asyncio.timeout(45):
                while True:
                    if (await engine.statistics()).sessions == 1:
                        break
                    await asyncio.sleep(0.05)
            recorder.notices[:] = recorder.notices[:1]
            gc.collect()

        await many(WARM_UP)
        memory, open_sockets, tasks = resident(), sockets(), len(asyncio.all_tasks())
        await many(JOINS)
        grown = resident() / memory - 1
        print(f"memory {memory / 1e6:.1f} MB, {grown:+.1%} after {JOINS} joins")
        assert grown < 0.05
        assert sockets() == open_sockets
        assert len(asyncio.all_tasks()) == tasks
        statistics = await engine.statistics()
        assert statistics.sessions == 1
        assert statistics.shows[0].joins == WARM_UP + JOINS
        assert statistics.shows[0].viewers == 0
        counters = statistics.counters
        assert not counters.get("datagram_errors", 0) + counters.get("tick_errors", 0) + counters.get("end_errors", 0)
    finally:
        if sending is not None:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
        host.close()
        await engine.stop()
