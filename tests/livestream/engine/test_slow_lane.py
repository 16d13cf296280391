"""Media before joins."""

from __future__ import annotations

import asyncio

from livestream.engine.slow_lane import MOST_WAITING, SlowLane
from livestream.engine.udp import Address

HERE: Address = ("127.0.0.1", 9)


class Stage:
    """Every datagram takes a millisecond of this clock."""

    def __init__(self) -> None:
        self.now = 0.0
        self.seen: list[bytes] = []
        self.lane = SlowLane(asyncio.get_running_loop(), self.take, lambda: self.now)

    def take(self, data: bytes, address: Address) -> None:
        self.now += 0.001
        self.seen.append(data)

    async def until_empty(self) -> list[int]:
        """How many were done in each round of the loop."""
        rounds = []
        while len(self.lane):
            before = len(self.seen)
            await asyncio.sleep(0)
            rounds.append(len(self.seen) - before)
        return [done for done in rounds if done]


async def test_media_passes_what_came_before_it() -> None:
    stage = Stage()
    joining: Address = ("127.0.0.1", 10)
    for data in (b"\x16dtls", b"\x00stun", b"\x80rtp", b"\x14dtls", b"\x81rtcp", b""):
        stage.lane.receive(data, joining if data.endswith(b"dtls") else HERE)
    assert stage.seen == [b"\x80rtp", b"\x81rtcp", b""]
    await stage.until_empty()
    assert stage.seen[3:] == [b"\x16dtls", b"\x00stun", b"\x14dtls"]


async def test_media_behind_a_handshake_finds_its_keys() -> None:
    stage = Stage()
    other: Address = ("127.0.0.1", 10)
    stage.lane.receive(b"\x16finished", HERE)
    stage.lane.receive(b"\x80first", HERE)
    stage.lane.receive(b"\x80other", other)
    assert stage.seen == [b"\x80other"]
    await stage.until_empty()
    assert stage.seen[1:] == [b"\x16finished", b"\x80first"]
    stage.lane.receive(b"\x80second", HERE)
    assert stage.seen[-1] == b"\x80second"


async def test_a_storm_is_worked_off_in_slices_between_reads() -> None:
    stage = Stage()
    for number in range(31):
        stage.lane.receive(b"\x16%d" % number, HERE)
    rounds = await stage.until_empty()
    assert max(rounds) <= 3
    assert stage.seen == [b"\x16%d" % number for number in range(31)]
    stage.lane.receive(b"\x16again", HERE)
    await stage.until_empty()
    assert stage.seen[-1] == b"\x16again"


async def test_what_is_too_much_is_dropped_and_counted() -> None:
    stage = Stage()
    for number in range(MOST_WAITING + 5):
        stage.lane.receive(b"\x00%d" % number, HERE)
    assert len(stage.lane) == MOST_WAITING
    assert stage.lane.dropped == 5


async def test_the_socket_is_read_between_any_two_steps() -> None:
    """Media that comes during a step waits for that step and no other."""
    seen: list[bytes] = []
    arriving = [b"\x80one", b"\x80two", b"\x80three"]

    def take(data: bytes, address: Address) -> None:
        seen.append(data)

    def poll() -> None:
        if arriving:
            lane.receive(arriving.pop(0), HERE)

    lane = SlowLane(asyncio.get_running_loop(), take, lambda: 0.0, poll)
    joining: Address = ("127.0.0.1", 10)
    for number in range(4):
        lane.receive(b"\x16%d" % number, joining)
    for _ in range(4):
        await asyncio.sleep(0)
    assert seen == [b"\x160", b"\x80one", b"\x161", b"\x80two", b"\x162", b"\x80three", b"\x163"]
