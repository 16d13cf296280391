"""Packets per second and core of the Python engine: one host, 100 viewers, 300 packets of 1,200 B per second each.

The engine runs in a process of its own, so that its CPU seconds are its own; host and viewers live in this one, with
real sockets, real DTLS and SRTP. Viewers count what arrives and decrypt one packet in fifty, enough to know that it is real.

``CLOSETCAST_BENCH_SECONDS`` (default 5) and ``CLOSETCAST_BENCH_VIEWERS`` (default 100) change the size.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import time
from multiprocessing.connection import Connection

from livestream.engine.dtls import DtlsState
from livestream.engine.engine import PythonEngine
from livestream.engine.errors import NotAuthentic
from livestream.engine.rtcp import KeyframeRequest, parse_compound
from livestream.media import EndReason
from tests.livestream.engine.light_peer import LightPeer, rtp
from tests.livestream.engine.world import vp8_payload

SHOW = "bench"
PACKETS_PER_FRAME, FRAMES_PER_SECOND = 10, 30
PAYLOAD = 1200 - 12


class Deaf:
    """A listener without interest in anything."""

    async def publication_started(self, show_id: str, session_id: str, show_ms: int) -> None: ...

    async def publication_stopped(self, show_id: str, session_id: str, reason: EndReason) -> None: ...

    async def publication_stalled(self, show_id: str, session_id: str) -> None: ...

    async def viewers_changed(self, show_id: str, viewers: int) -> None: ...

    async def session_ended(self, show_id: str, session_id: str, reason: EndReason) -> None: ...


def engine_process(pipe: Connection) -> None:
    asyncio.run(_serve(pipe))


async def _serve(pipe: Connection) -> None:
    engine = PythonEngine("127.0.0.1")
    await engine.start(Deaf())
    loop = asyncio.get_running_loop()
    try:
        while True:
            do, argument = await loop.run_in_executor(None, pipe.recv)
            if do == "stop":
                break
            if do == "publish":
                pipe.send((await engine.publish(SHOW, argument)).answer)
            elif do == "watch":
                pipe.send((await engine.watch(SHOW, argument)).answer)
            else:
                pipe.send((time.process_time(), (await engine.statistics()).counters))
    except EOFError:
        pass
    finally:
        await engine.stop()


class CountingViewer(LightPeer):
    received = 0
    octets = 0
    decrypted = 0

    def datagram_received(self, data: bytes, addr: tuple[str | object, int]) -> None:
        if data[0] >= 128 and not 192 <= data[1] <= 223 and self.dtls.state is DtlsState.CONNECTED:
            self.received += 1
            self.octets += len(data)
            if self.received % 50 == 1 and self.dtls.receiver is not None:
                try:
                    self.dtls.receiver.rtp(data)
                    self.decrypted += 1
                except NotAuthentic as error:
                    raise AssertionError("a packet that does not authenticate") from error
            return
        super().datagram_received(data, addr)


class Host:
    def __init__(self, peer: LightPeer) -> None:
        self.peer = peer
        self.sequence = 0
        self.frame = 0

    def send_frame(self) -> None:
        key = self.frame == 0
        for compound in self.peer.rtcp:
            key = key or any(isinstance(message, KeyframeRequest) for message in parse_compound(compound)[0])
        self.peer.rtcp.clear()
        for number in range(PACKETS_PER_FRAME):
            payload = vp8_payload(self.frame, self.frame, number == 0, key, b"").ljust(PAYLOAD, b"x")
            marker = 0x80 if number == PACKETS_PER_FRAME - 1 else 0
            self.peer.send_rtp(rtp(96 | marker, self.sequence & 0xFFFF, 4711, payload, self.frame * 3000 & 0xFFFFFFFF))
            self.sequence += 1
        self.frame += 1

    async def send_for(self, seconds: float) -> None:
        """On schedule by the clock: a late wake-up is made up for."""
        begun = time.monotonic()
        for number in range(int(seconds * FRAMES_PER_SECOND)):
            self.send_frame()
            await asyncio.sleep(max(0.0, begun + (number + 1) / FRAMES_PER_SECOND - time.monotonic()))


async def _request(pipe: Connection, do: str, argument: str = "") -> object:
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, pipe.send, (do, argument))
    return await loop.run_in_executor(None, pipe.recv)


async def _cpu(pipe: Connection) -> tuple[float, dict[str, int]]:
    answer = await _request(pipe, "cpu")
    assert isinstance(answer, tuple)
    return answer


async def main() -> None:
    seconds = float(os.environ.get("CLOSETCAST_BENCH_SECONDS", "5"))
    count = int(os.environ.get("CLOSETCAST_BENCH_VIEWERS", "100"))
    context = multiprocessing.get_context("spawn")
    pipe, other = context.Pipe()
    process = context.Process(target=engine_process, args=(other,), name="engine", daemon=True)
    process.start()
    peers: list[LightPeer] = []
    try:
        async with asyncio.timeout(60 + seconds * 2):
            await _measure(pipe, peers, count, seconds)
        pipe.send(("stop", ""))
    finally:
        for peer in peers:
            peer.close()
        process.join(5)
        if process.is_alive():
            process.kill()
            process.join()


async def _measure(pipe: Connection, peers: list[LightPeer], count: int, seconds: float) -> None:
    host_peer = await LightPeer("sendonly").open()
    peers.append(host_peer)
    await host_peer.connect(str(await _request(pipe, "publish", host_peer.offer)))
    host = Host(host_peer)
    await host.send_for(0.3)

    before, _ = await _cpu(pipe)
    begun = time.monotonic()
    viewers: list[CountingViewer] = []
    for _ in range(count):
        viewer = CountingViewer("recvonly")
        await viewer.open()
        peers.append(viewer)
        viewers.append(viewer)
        await viewer.connect(str(await _request(pipe, "watch", viewer.offer)))
    after, _ = await _cpu(pipe)
    wall = time.monotonic() - begun
    print(
        f"joins: {count}, {(after - before) / count * 1000:.1f} ms CPU each, {wall / count * 1000:.1f} ms each one after another"
    )

    await host.send_for(1.0)  # keyframe to everybody, out of the measurement
    received_before = [viewer.received for viewer in viewers]
    before, counters_before = await _cpu(pipe)
    begun = time.monotonic()
    await host.send_for(seconds)
    after, counters = await _cpu(pipe)
    wall = time.monotonic() - begun
    await asyncio.sleep(0.3)
    sent = counters["packets_out"] - counters_before["packets_out"]
    got = sum(viewer.received for viewer in viewers) - sum(received_before)
    cpu = after - before
    size = viewers[0].octets // max(1, viewers[0].received)
    print(f"fan-out: {count} viewers x {sent / count / wall:.0f} packets/s of {size} B on the wire for {wall:.1f} s")
    print(
        f"packets out {sent}, received {got} ({got / sent:.1%}), decrypted samples {sum(one.decrypted for one in viewers)}"
    )
    dropped = counters.get("packets_dropped_congested", 0)
    print(
        f"engine: {cpu:.2f} CPU s = {cpu / wall:.0%} of a core, dropped {dropped}; "
        f"{sent / cpu:,.0f} packets/s and core (bar 25,000)"
    )
    if got < sent * 0.9:
        print(
            "fewer than 90 % arrived: this machine's receivers were too slow, or the engine is; the figure counts sent packets"
        )


if __name__ == "__main__":
    asyncio.run(main())
