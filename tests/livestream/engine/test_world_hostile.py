"""Hosts that send anything at all: bounded memory, and no harm to another show."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livestream.engine import rtcp, rtp
from livestream.engine.publication import Publication
from tests.livestream.engine.world import FakeHost, FakeTransport, FakeViewer, Link, World, host_plan, viewer_plan

pytestmark = pytest.mark.usefixtures("each_hot_path")

PACKETS = st.lists(
    st.tuples(
        st.sampled_from([96, 97, 111, 5]),
        st.integers(0, 0xFFFF),
        st.integers(0, 0xFFFFFFFF),
        st.integers(0, 40),
        st.sampled_from([b"", b"q", b"f", b"zz"]),
        st.binary(max_size=30),
    ),
    max_size=80,
)


@settings(max_examples=60, deadline=None)
@given(PACKETS, st.booleans())
def test_any_valid_packets_are_survived(
    packets: list[tuple[int, int, int, int, bytes, bytes]], simulcast: bool
) -> None:
    world = World()
    transport = FakeTransport(world, "hostile", Link())
    sink = world.forwarding.publish("bad", host_plan(("q", "f") if simulcast else ()), transport, world.now)
    sink.connected(world.now)
    viewer = world.forwarding.watch("bad", viewer_plan(5), FakeTransport(world, "other", Link()), world.now)
    viewer.connected(world.now)
    for kind, sequence, timestamp, ssrc, rid, payload in packets:
        block, _ = rtp.pack_extensions([(10, rid), (11, rid)] if rid else [(3, sequence.to_bytes(2, "big"))])
        sink.rtp(rtp.HEADER.pack(0x90, kind, sequence, timestamp, ssrc) + block + payload, world.now)
        sink.rtcp(rtcp.sender_report(ssrc, timestamp << 30, timestamp ^ sequence, 1, 1), world.now)
        viewer.rtcp(rtcp.nack(1, 52, [sequence]), world.now)
        world.run(0.01)
    world.run(0.05)
    clock = world.forwarding.show_ms("bad", world.now)
    assert clock is None or 0 <= clock <= (len(packets) + 10) * 11


def test_a_flood_of_sources_stays_bounded_and_local() -> None:
    world = World()
    FakeHost(world, "good", "good")
    world.run(0.3)
    good = FakeViewer(world, 1, "good")
    transport = FakeTransport(world, "bad", Link())
    sink = world.forwarding.publish("bad", host_plan(("q", "f")), transport, world.now)
    assert isinstance(sink, Publication)
    sink.connected(world.now)
    for number in range(3000):
        block, _ = rtp.pack_extensions([(10, b"q" if number % 2 else b"f")])
        data = (
            rtp.HEADER.pack(0x90, 96, number * 7919 & 0xFFFF, number * 99999 & 0xFFFFFFFF, number)
            + block
            + b"\x10\x10\x00"
        )
        sink.rtp(data, world.now)
        if number % 20 == 0:
            world.run(0.01)
    world.run(1.0)
    assert len(sink._routes) <= 32
    assert len(sink.streams) <= 2
    assert len(good.complete) > 50
    assert not good.gaps(good.video.ssrc)


def test_a_fault_in_one_shows_timers_leaves_the_others_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    FakeHost(world, "bad", "bad")
    host = FakeHost(world, "good", "good")
    world.run(0.3)

    def broken(now: float, budget: int) -> int:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(world.forwarding._shows["bad"], "tick", broken)
    before = host.feedback_packets
    world.run(1.0)
    assert host.feedback_packets - before > 15
    assert world.counters["show_tick_errors"] == 100
