"""The compiled engine with several media threads, over real sockets."""

from __future__ import annotations

import socket
from collections import Counter
from pathlib import Path

import pytest

from livestream.engine.choose import choose_engine, why_not_compiled
from livestream.errors import MediaError
from tests.livestream.engine.light_peer import LightPeer, rtp
from tests.livestream.engine.recorder import Recorder
from tests.livestream.engine.world import vp8_payload

_reason = why_not_compiled()
if _reason is not None:
    pytest.skip(f"no compiled engine: {_reason}", allow_module_level=True)

from livestream.engine.compiled.engine import CompiledEngine, CompiledSession, media_threads  # noqa: E402

VIEWERS, THREADS = 7, 3


class Listening(LightPeer):
    """Notes where its packets come from."""

    def __init__(self) -> None:
        super().__init__("recvonly")
        self.sources = Counter[object]()

    def datagram_received(self, data: bytes, addr: tuple[str | object, int]) -> None:
        self.sources[addr] += 1
        super().datagram_received(data, addr)


def sockets_of(port: int) -> int:
    """How many UDP sockets this machine has on the port."""
    lines = [*Path("/proc/net/udp").read_text().splitlines(), *Path("/proc/net/udp6").read_text().splitlines()]
    return sum(line.split()[1].endswith(f":{port:04X}") for line in lines)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
async def test_one_show_is_sent_by_all_threads_from_one_port(address: str) -> None:
    engine, recorder = CompiledEngine(address, threads=THREADS), Recorder()
    await engine.start(recorder)
    peers: list[LightPeer] = []
    try:
        assert sockets_of(engine.port) == THREADS
        host = await LightPeer().open(address)
        peers.append(host)
        described = await engine.publish("show", host.offer)
        await host.connect(described.answer)
        host.send_rtp(rtp(96, 1, 7, vp8_payload(1, 1, True, True, b"start")))
        viewers: list[Listening] = []
        await recorder.until("started", "show", described.session_id)
        for _ in range(VIEWERS):
            viewer = Listening()
            await viewer.open(address)
            peers.append(viewer)
            viewers.append(viewer)
            await viewer.connect((await engine.watch("show", viewer.offer)).answer)
        assert engine._hub is not None
        lanes = Counter(
            session.peer.lane
            for session in engine._hub.sessions.values()
            if isinstance(session, CompiledSession) and session.role == "watch"
        )
        assert len(lanes) == THREADS
        assert max(lanes.values()) - min(lanes.values()) <= 1
        # Frames of many packets, so that a pass is worth sharing.
        for frame in range(1, 11):
            for packet in range(20):
                sequence = 2 + (frame - 1) * 20 + packet
                payload = vp8_payload(1 + frame, 1 + frame, packet == 0, False, bytes(900))
                host.send_rtp(rtp(96 | (0x80 if packet == 19 else 0), sequence, 7, payload, frame * 3000))
            for viewer in viewers:
                await viewer.until(lambda viewer=viewer, frame=frame: len(viewer.rtp) == 1 + 20 * frame)  # type: ignore[misc]
        for viewer in viewers:
            assert {source[1] for source in viewer.sources} == {engine.port}  # type: ignore[index]
            sequences = [int.from_bytes(packet[2:4], "big") for packet in viewer.rtp]
            assert sequences == list(range(sequences[0], sequences[0] + len(sequences)))
        counters = (await engine.statistics()).counters
        assert counters["packets_passed"] >= VIEWERS * 190
        assert counters["srtp_protect_failed"] == counters["send_failed"] == 0
        # Whatever arrives is read by the first socket: checks are answered whichever thread serves the viewer.
        for viewer in viewers:
            await viewer.check()
    finally:
        await engine.stop()
        for peer in peers:
            peer.close()
    assert sockets_of(engine.port) == 0


async def test_nobody_else_gets_onto_the_port() -> None:
    engine = CompiledEngine("127.0.0.1", threads=2)
    await engine.start(Recorder())
    try:
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other,
            pytest.raises(OSError, match="in use"),
        ):
            other.bind(("127.0.0.1", engine.port))
        second = CompiledEngine("127.0.0.1", engine.port, threads=2)
        with pytest.raises(MediaError, match="--udp-port"):
            await second.start(Recorder())
    finally:
        await engine.stop()


def test_how_many_threads() -> None:
    assert media_threads(5) == 5
    assert media_threads(99) == 16
    assert 1 <= media_threads() <= 16


def test_the_choice_is_said(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    caplog.set_level("INFO")
    assert choose_engine("auto").name == "compiled"
    assert "media engine: compiled" in caplog.text
    assert choose_engine("python").name == "python"
    assert "chosen by configuration" in caplog.text
    monkeypatch.setattr("livestream.engine.choose.why_not_compiled", lambda: "it was not built")
    caplog.clear()
    assert choose_engine("auto").name == "python"
    assert caplog.records[0].levelname == "WARNING"
    assert "it was not built" in caplog.text
    with pytest.raises(MediaError, match="it was not built"):
        choose_engine("compiled")
