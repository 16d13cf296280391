"""Peers by TCP (RFC 6544, RFC 4571): framing cut anywhere, both engines over a real connection, limits."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livestream.engine import tcp
from livestream.engine.candidates import candidate_lines
from livestream.engine.framing import BadFrame, Deframer, frame
from livestream.engine.tcp import TcpConnection, TcpPort
from livestream.engine.udp import LARGEST_DATAGRAM, UdpPort
from tests.livestream.engine.conftest import NewEngine
from tests.livestream.engine.light_peer import LightPeer, rtp
from tests.livestream.engine.mirror import Mirror
from tests.livestream.engine.recorder import Recorder
from tests.livestream.engine.tcp_light_peer import TcpLightPeer
from tests.servers import free_port_for_media


@given(st.lists(st.binary(max_size=300), max_size=12), st.lists(st.integers(0, 4000), max_size=20))
def test_packets_survive_any_cut_of_the_stream(packets: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(map(frame, packets))
    edges = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    deframer, got = Deframer(), []
    for begin, end in pairwise(edges):
        got += deframer.feed(stream[begin:end])
    assert got == [packet for packet in packets if packet]


def test_a_frame_that_no_webrtc_peer_sends_is_refused_by_its_length_alone() -> None:
    Deframer().feed(LARGEST_DATAGRAM.to_bytes(2, "big"))
    with pytest.raises(BadFrame):
        Deframer().feed((LARGEST_DATAGRAM + 1).to_bytes(2, "big"))
    with pytest.raises(BadFrame):
        Deframer().feed(b"GET / HTTP/1.1\r\n")


def test_tcp_candidates_come_after_all_of_udp() -> None:
    lines = candidate_lines(("192.0.2.1", "127.0.0.1"), 5000, tcp=("192.0.2.1", "127.0.0.1"))
    priorities = [int(line.split()[3]) for line in lines]
    assert priorities == sorted(priorities, reverse=True)
    assert [line.split()[2] for line in lines] == ["udp", "udp", "tcp", "tcp"]
    assert len({line.split()[0] for line in lines}) == 4
    assert lines[2].endswith(" 192.0.2.1 5000 typ host tcptype passive")


@pytest.mark.parametrize("host", ["127.0.0.1", None])
async def test_a_host_and_a_viewer_by_tcp(each_engine: NewEngine, host: str | None) -> None:
    engine, recorder = each_engine(host, free_port_for_media(), tcp=True), Recorder()
    await engine.start(recorder)
    publisher, viewer = TcpLightPeer(), TcpLightPeer("recvonly")
    try:
        for peer in (publisher, viewer):
            await peer.open()
            join = engine.publish if peer is publisher else engine.watch
            description = await join("show", peer.offer)
            await peer.open_tcp(description.answer)
            await peer.connect(description.answer)
            # What the peer is told of itself is where it is, not the engine's way inside.
            assert peer.stun[0].attributes["XOR-MAPPED-ADDRESS"][1] == peer.local[1]
            if peer is publisher:
                publisher.send_rtp(rtp(111, 1, 7))
                await recorder.until("started", "show", description.session_id)
        await viewer.until(lambda: bool(viewer.probes))
        for number in range(2, 40):
            publisher.send_rtp(rtp(111, number, 7, bytes([number]) * 100, number * 960))
        await viewer.until(lambda: bool(viewer.rtp) and viewer.rtp[-1].endswith(bytes([39]) * 100))
        figures = (await engine.statistics()).counters
        assert figures["tcp_connections_now"] == figures["tcp_accepted"] == 2
        assert figures.get("tcp_dropped", 0) == figures.get("tcp_bad_frames", 0) == 0
    finally:
        await engine.stop()
        for peer in (publisher, viewer):
            await asyncio.wait_for(peer.reading, 30)  # the engine has hung up
            peer.close()


async def test_no_candidate_where_somebody_else_has_the_port(each_engine: NewEngine) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        engine = each_engine("127.0.0.1", taken.getsockname()[1], tcp=True, forwarding=Mirror)
        await engine.start(Recorder())
        try:
            answer = (await engine.publish("show", LightPeer().offer)).answer
            assert " udp " in answer
            assert " tcp " not in answer
        finally:
            await engine.stop()


class Listening:
    """A ``TcpPort`` whose engine is this test."""

    def __init__(self) -> None:
        self.udp = UdpPort("127.0.0.1", free_port_for_media())
        self.port = TcpPort("127.0.0.1", self.udp)
        self.port.open(asyncio.get_running_loop())

    async def connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.udp.port)

    def close(self) -> None:
        self.port.close()
        self.udp.close()


async def test_strangers_are_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp, "SWEEP_SECONDS", 0.02)
    monkeypatch.setattr(tcp, "AUTHENTICATE_SECONDS", 0.05)
    monkeypatch.setattr(tcp, "MOST_UNKNOWN", 2)
    here = Listening()
    try:
        silent, one = await here.connected()
        talker, two = await here.connected()
        two.write(frame(b"\x80 no STUN"))
        assert await asyncio.wait_for(talker.read(), 5) == b""
        assert here.port.counters["tcp_bad_frames"] == 1
        assert await asyncio.wait_for(silent.read(), 5) == b""
        assert here.port.counters["tcp_unauthenticated"] == 1
        assert here.udp.reflexive == {}
        monkeypatch.setattr(tcp, "AUTHENTICATE_SECONDS", 60.0)
        crowd = [await here.connected() for _ in range(3)]
        assert await asyncio.wait_for(crowd[2][0].read(), 5) == b""
        assert here.port.counters["tcp_refused"] == 1
        for writer in (one, two, *(pair[1] for pair in crowd)):
            writer.close()
    finally:
        here.close()


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop turn until it holds."""
    async with asyncio.timeout(45):
        while not condition():  # noqa: ASYNC110  what a socket has taken in sets no event
            await asyncio.sleep(0)


async def test_a_peer_that_does_not_read_costs_a_bounded_buffer() -> None:
    here = Listening()
    try:
        peer = socket.create_connection(("127.0.0.1", here.udp.port))
        await until(lambda: bool(here.port.connections))
        connection: TcpConnection = next(iter(here.port.connections))
        inside = next(iter(here.udp.reflexive))
        packet = rtp(96, 1, 7, bytes(1200))

        def dropped() -> bool:
            for _ in range(50):
                here.udp.send(packet, inside)
            return here.port.counters["tcp_dropped"] > 0

        await until(dropped)
        assert len(connection._unsent) <= tcp.MOST_WAITING_BYTES + len(packet) + 2
        here.udp.send(b"\x80\xc8 a report", inside)  # control still fits
        await until(lambda: connection._unsent.endswith(b"a report"))
        peer.close()
    finally:
        here.close()
