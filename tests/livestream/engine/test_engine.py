"""Both engines as the server sees them: coroutines, notices in order, nothing left behind."""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import socket
import threading
from typing import ClassVar

import pytest

from livestream.engine.engine import THREAD_NAME
from livestream.engine.udp import UdpPort, any_host
from livestream.errors import InvalidOffer, MediaError, NothingLive, SessionNotFound
from livestream.media import EndReason, MediaEngine
from tests.livestream.engine.conftest import NewEngine
from tests.livestream.engine.light_peer import LightPeer, make_offer, rtp
from tests.livestream.engine.mirror import Mirror
from tests.livestream.engine.recorder import Recorder


class Running:
    """A started engine of the kind under test with its recorder."""

    new_engine: ClassVar[NewEngine]

    def __init__(self, **options: object) -> None:
        self.engine = Running.new_engine("127.0.0.1", forwarding=Mirror, **options)
        self.recorder = Recorder()
        self.peers: list[LightPeer] = []

    async def __aenter__(self) -> Running:
        await self.engine.start(self.recorder)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.engine.stop()
        for peer in self.peers:
            peer.close()

    async def host(self, show_id: str = "show") -> tuple[LightPeer, str]:
        """A host on air."""
        peer = await LightPeer().open()
        self.peers.append(peer)
        description = await self.engine.publish(show_id, peer.offer)
        await peer.connect(description.answer)
        peer.send_rtp(rtp(111, 1, 7))
        await self.recorder.until("started", show_id, description.session_id)
        return peer, description.session_id

    async def viewer(self, show_id: str = "show") -> tuple[LightPeer, str]:
        peer = await LightPeer("recvonly").open()
        self.peers.append(peer)
        description = await self.engine.watch(show_id, peer.offer)
        await peer.connect(description.answer)
        return peer, description.session_id


@pytest.fixture(autouse=True)
def _kind(each_engine: NewEngine) -> None:
    Running.new_engine = staticmethod(each_engine)


def media_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == THREAD_NAME]


async def test_media_goes_from_the_host_to_the_viewer() -> None:
    async with Running() as running:
        engine: MediaEngine = running.engine
        host, host_id = await running.host()
        viewer, viewer_id = await running.viewer()
        host.send_rtp(rtp(111, 2, 7, b"sound"))
        await viewer.until(lambda: bool(viewer.rtp))
        assert viewer.rtp[0][12:] == b"sound"
        assert engine.owner(host_id) == ("show", "publish")
        assert engine.owner(viewer_id) == ("show", "watch")
        assert engine.owner("nobody") is None
        assert engine.show_ms("show") == 0
        assert engine.show_ms("other") is None
        assert (await engine.show_media("show")).viewers == 1
        statistics = await engine.statistics()
        assert statistics.sessions == 2
        assert statistics.counters["handshakes_done"] == 2
        assert statistics.counters["mirrored"] == 1
        assert (
            statistics.counters["handshake_cpu_microseconds"] < 2 * 10_000 * 10
        )  # ten times the bar, for a busy machine


async def test_what_ends_is_told_in_order() -> None:
    async with Running() as running:
        _, host_id = await running.host()
        _, viewer_id = await running.viewer()
        await running.engine.close(viewer_id)
        await running.engine.close(host_id)
        await running.recorder.until("ended", "show", host_id, EndReason.DELETED)
        assert running.recorder.notices == [
            ("started", "show", host_id),
            ("ended", "show", viewer_id, EndReason.DELETED),
            ("stopped", "show", host_id, EndReason.DELETED),
            ("ended", "show", host_id, EndReason.DELETED),
        ]
        with pytest.raises(SessionNotFound):
            await running.engine.close(host_id)
        with pytest.raises(SessionNotFound):
            await running.engine.patch(viewer_id, "*", "a=end-of-candidates\r\n")


async def test_a_replaced_host_has_not_stopped_the_publication() -> None:
    async with Running() as running:
        _, first = await running.host()
        _, second = await running.host()
        await running.recorder.until("ended", "show", first, EndReason.REPLACED)
        assert not any(notice[0] == "stopped" for notice in running.recorder.notices)
        await running.engine.end_show("show")
        await running.recorder.until("stopped", "show", second, EndReason.SHOW_ENDED)


async def test_a_host_who_never_sent_has_stopped_nothing() -> None:
    async with Running() as running:
        description = await running.engine.publish("show", make_offer())
        await running.engine.close(description.session_id)
        await running.recorder.until("ended", "show", description.session_id, EndReason.DELETED)
        assert len(running.recorder.notices) == 1


async def test_errors_come_back_to_the_caller() -> None:
    async with Running() as running:
        with pytest.raises(NothingLive):
            await running.engine.watch("show", make_offer("recvonly"))
        with pytest.raises(InvalidOffer):
            await running.engine.publish("show", "hello")
        await running.engine.resume_clock("show", 5000)
        await running.engine.end_show("unknown")


async def test_a_listener_that_fails_is_logged_and_the_next_notice_delivered(caplog: pytest.LogCaptureFixture) -> None:
    class Failing(Recorder):
        async def publication_started(self, show_id: str, session_id: str, show_ms: int) -> None:
            raise RuntimeError("the listener broke")

    running = Running()
    running.recorder = Failing()
    async with running:
        peer = await LightPeer().open()
        running.peers.append(peer)
        description = await running.engine.publish("show", peer.offer)
        await peer.connect(description.answer)
        peer.send_rtp(rtp(111, 1, 7))
        # Sent after the first packet, so handled after it.
        await peer.check()
        await running.engine.close(description.session_id)
        await running.recorder.until("stopped", "show", description.session_id, EndReason.DELETED)
        assert "the listener broke" in caplog.text


async def test_a_slow_listener_of_one_show_does_not_hold_up_another() -> None:
    class Slow(Recorder):
        def __init__(self) -> None:
            super().__init__()
            self.release = asyncio.Event()

        async def publication_started(self, show_id: str, session_id: str, show_ms: int) -> None:
            if show_id == "slow":
                await self.release.wait()
            await super().publication_started(show_id, session_id, show_ms)

    running = Running()
    running.recorder = slow = Slow()
    async with running:
        peer = await LightPeer().open()
        running.peers.append(peer)
        description = await running.engine.publish("slow", peer.offer)
        await peer.connect(description.answer)
        peer.send_rtp(rtp(111, 1, 7))
        await running.host("quick")
        assert not any(notice[1] == "slow" for notice in slow.notices)
        slow.release.set()
        await slow.until("started", "slow", description.session_id)


async def test_stop_leaves_no_thread_socket_or_task_and_may_be_called_twice() -> None:
    before, tasks = len(os.listdir("/proc/self/fd")), asyncio.all_tasks()
    running = Running()
    async with running:
        host, host_id = await running.host()
        _, viewer_id = await running.viewer()
        port = running.engine.port
        assert media_threads() == [THREAD_NAME]
        await running.engine.stop()
        await running.engine.stop()
        assert ("ended", "show", viewer_id, EndReason.ENGINE_STOPPED) in running.recorder.notices
        assert ("stopped", "show", host_id, EndReason.ENGINE_STOPPED) in running.recorder.notices
        await host.until(lambda: bool(host.dtls.reason))  # it was told goodbye
        assert media_threads() == []
        assert running.engine.owner(host_id) is None
        with pytest.raises(MediaError):
            await running.engine.publish("show", make_offer())
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as again:
            again.bind(("127.0.0.1", port))
    await asyncio.sleep(0)
    assert len(os.listdir("/proc/self/fd")) <= before
    assert {task for task in asyncio.all_tasks() - tasks if not task.done()} == set()


async def test_an_engine_starts_again_after_a_stop() -> None:
    running = Running()
    for _ in range(2):
        await running.engine.start(running.recorder)
        await running.host()
        await running.engine.stop()
    for peer in running.peers:
        peer.close()


async def test_a_port_in_use_is_said_clearly() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        engine = Running.new_engine("127.0.0.1", taken.getsockname()[1], forwarding=Mirror)
        with pytest.raises(MediaError, match="--udp-port"):
            await engine.start(Recorder())
    assert media_threads() == []


async def test_names_are_refused_where_addresses_are_needed() -> None:
    for engine in (Running.new_engine("localhost"), Running.new_engine("127.0.0.1", public_ips=("example.org",))):
        with pytest.raises(MediaError, match="not an IP address"):
            await engine.start(Recorder())
    assert media_threads() == []


async def test_public_addresses_replace_the_machines_own() -> None:
    running = Running(public_ips=("198.51.100.7",))
    async with running:
        answer = (await running.engine.publish("show", make_offer())).answer
        assert f" 198.51.100.7 {running.engine.port} typ host\r\n" in answer
        assert answer.count("a=candidate:") == 1


async def test_a_caller_who_gives_up_harms_nobody() -> None:
    async with Running() as running:
        tasks = [asyncio.ensure_future(running.engine.publish("show", make_offer())) for _ in range(20)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await running.host()


async def test_who_asks_between_the_end_and_the_close_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop has stopped but is not closed yet: it still takes calls, and runs none of them."""
    running = Running()
    await running.engine.start(running.recorder)
    server = asyncio.get_running_loop()
    asked: list[concurrent.futures.Future[object]] = []
    close = UdpPort.close

    def close_and_ask(self: UdpPort) -> None:
        asked.append(asyncio.run_coroutine_threadsafe(running.engine.statistics(), server))
        turn = threading.Event()
        server.call_soon_threadsafe(server.call_soon, turn.set)
        assert turn.wait(10)
        close(self)

    monkeypatch.setattr(UdpPort, "close", close_and_ask)
    await running.engine.stop()
    with pytest.raises(MediaError, match="stopped"):
        async with asyncio.timeout(45):
            await asyncio.wrap_future(asked[0])


@pytest.mark.parametrize(("bound", "peers"), [("::1", ["::1"]), (None, ["::1", "127.0.0.1"])])
async def test_peers_of_both_families_are_served(bound: str | None, peers: list[str]) -> None:
    if any_host() != "::":
        pytest.skip("This system has no IPv6.")
    engine, recorder = Running.new_engine(bound, forwarding=Mirror), Recorder()
    opened: list[LightPeer] = []
    await engine.start(recorder)
    try:
        host = await LightPeer().open(peers[0])
        opened.append(host)
        description = await engine.publish("show", host.offer)
        assert f" {peers[0]} " in description.answer or bound is None
        await host.connect(description.answer)
        host.send_rtp(rtp(111, 1, 7))
        await recorder.until("started", "show", description.session_id)
        for number, address in enumerate(peers):
            viewer = await LightPeer("recvonly").open(address)
            opened.append(viewer)
            await viewer.connect((await engine.watch("show", viewer.offer)).answer)
            mapped = viewer.stun[0].attributes["XOR-MAPPED-ADDRESS"]
            assert mapped == viewer.transport.get_extra_info("sockname")[:2]
            host.send_rtp(rtp(111, 2 + number, 7, b"sound"))
            await viewer.until(lambda viewer=viewer: bool(viewer.rtp))  # type: ignore[misc]
    finally:
        await engine.stop()
        for peer in opened:
            peer.close()


async def test_two_stops_at_once_are_one() -> None:
    for _ in range(10):  # which of the two is the faster one is up to the threads
        running = Running()
        await running.engine.start(running.recorder)
        await asyncio.gather(running.engine.stop(), running.engine.stop())
        assert media_threads() == []
