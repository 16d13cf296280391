"""The recording's place in the engine: it begins with what the caches hold, gets nothing twice, follows the layers."""

from __future__ import annotations

import itertools

import pytest

from livestream.media import MediaPacket
from livestream.recording.depayload import Assembler
from livestream.recording.ordering import Ordering
from livestream.recording.worker import PATIENCE_VIDEO
from tests.livestream.engine.world import FakeHost, Link, World


class Reader:
    def __init__(self) -> None:
        self.packets: list[MediaPacket] = []

    def packet(self, packet: MediaPacket) -> None:
        self.packets.append(packet)

    def of(self, kind: str) -> list[MediaPacket]:
        return [one for one in self.packets if one.kind == kind]


def moments(packets: list[MediaPacket]) -> list[int]:
    return [one.ticks // (90 if one.kind == "video" else 48) for one in packets]


def test_a_reader_that_comes_late_begins_with_the_shows_first_picture() -> None:
    world = World()
    FakeHost(world)
    world.run(1.2)  # its process was being started
    reader = Reader()
    world.forwarding.attach_reader("show", reader)
    assert moments(reader.of("video"))[0] == 0
    assert moments(reader.of("audio"))[0] <= 1_000  # sound is kept for as long as it is worth repeating
    world.run(1.0)
    for kind in ("video", "audio"):
        indices = [one.index for one in reader.of(kind)]
        assert indices == list(range(indices[0], indices[0] + len(indices))), kind
    assert moments(reader.of("video"))[-1] > 2_000


def test_the_next_reader_gets_nothing_that_one_before_it_had() -> None:
    world = World()
    FakeHost(world)
    world.run(0.5)
    first, second = Reader(), Reader()
    world.forwarding.attach_reader("show", first)
    world.run(1.0)
    world.forwarding.attach_reader("show", None)  # it died
    world.run(0.5)
    world.forwarding.attach_reader("show", second)
    world.run(2.0)
    for kind in ("video", "audio"):
        assert second.of(kind)
        assert moments(second.of(kind))[0] >= moments(first.of(kind))[-1]


def test_a_layer_that_is_switched_off_is_replaced_within_a_second() -> None:
    world = World()
    host = FakeHost(world, rids=(("q", (320, 180), 1), ("h", (640, 360), 2)))
    world.run(2.0)
    reader = Reader()
    world.forwarding.attach_reader("show", reader)
    world.run(2.0)
    best = reader.of("video")[-1].source
    host.layers[1].on = False
    world.run(1.5)
    after = [one for one in reader.of("video") if one.source != best]
    last = [one for one in reader.of("video") if one.source == best][-1]
    assert after
    assert after[0].ticks - last.ticks < 90_000 * 13 // 10  # silence, the next look and the keyframe


@pytest.mark.parametrize("jitter", [0.0, 0.05])
def test_what_a_bad_line_repairs_late_is_in_the_recording_picture_by_picture(jitter: float) -> None:
    """2 % lost on a line of 50 ms, requests and repairs too: asked for, sent again, put in order before it is given up."""
    world = World(seed=3)
    reader = Reader()
    world.forwarding.attach_reader("show", reader)
    host = FakeHost(world, up=Link(loss=0.02, delay=0.05, jitter=jitter))
    world.run(30.0)
    assert world.counters["nack_sent"] > 20
    order = Ordering(PATIENCE_VIDEO)
    shown: list[int] = []
    assembler: Assembler | None = None
    for packet in reader.of("video"):
        assembler = assembler or Assembler(packet.source, packet.codec)
        for one, hole in order.push(packet):
            assert not hole
            shown += [picture.ticks for picture in assembler.push(one, hole)]
    assert order.late == 0
    assert len(shown) > host.frames - 30  # what is still on its way or waits for a repair
    steps = {round((after - before) / 90) for before, after in itertools.pairwise(shown)}
    assert steps <= {32, 33, 34, 28, 29, 38, 39}, (
        "a frame each, but for a step of 5 ms while sound and picture are aligned"
    )
