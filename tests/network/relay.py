"""A bad network in user space, for machines whose kernel has no ``netem``: a relay between a viewer and the engine that loses,
delays and narrows, and looks to both like a home router that translates addresses.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass

QUEUE_SECONDS = 0.3  # what home routers have; what comes when it is full is dropped


@dataclass
class Line:
    """One direction."""

    loss: float = 0.0  # 0..1
    delay: float = 0.01  # s
    jitter: float = 0.0  # s, standard deviation
    bits: float = 0.0  # per second; 0: as many as come
    free_at: float = 0.0

    def carry(self, data: bytes, send: Callable[[bytes], None]) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        if random.random() < self.loss:
            return
        leaves = now
        if self.bits:
            if self.free_at - now > QUEUE_SECONDS:
                return
            self.free_at = max(self.free_at, now) + len(data) * 8 / self.bits
            leaves = self.free_at
        delay = max(0.0, random.gauss(self.delay, self.jitter) if self.jitter else self.delay)
        loop.call_at(leaves + delay, send, data)


class _Upstream(asyncio.DatagramProtocol):
    def __init__(self, relay: Relay, peer: tuple[str, int]) -> None:
        self._relay, self._peer = relay, peer

    def datagram_received(self, data: bytes, addr: tuple[str | object, int]) -> None:
        self._relay.down.carry(data, lambda late: self._relay.to_peer(late, self._peer))


class Relay(asyncio.DatagramProtocol):
    """``open`` first; peers reach the engine at ``port`` of any address of this machine."""

    def __init__(self, engine_port: int) -> None:
        self.up, self.down = Line(), Line()
        self.port = 0
        self._engine_port = engine_port
        self._transport: asyncio.DatagramTransport | None = None
        self._upstreams: dict[tuple[str, int], asyncio.DatagramTransport] = {}
        self._opening: set[asyncio.Task[None]] = set()

    async def open(self) -> Relay:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, ("0.0.0.0", 0))
        self.port = self._transport.get_extra_info("sockname")[1]
        return self

    def shape(self, *, loss: float = 0, delay_ms: int = 10, jitter_ms: int = 0, down_kbps: int = 0) -> None:
        for line in (self.up, self.down):
            line.loss, line.delay, line.jitter = loss / 100, delay_ms / 1000, jitter_ms / 1000
        self.down.bits = down_kbps * 1000

    def datagram_received(self, data: bytes, addr: tuple[str | object, int]) -> None:
        peer = (str(addr[0]), addr[1])
        if peer in self._upstreams:
            self.up.carry(data, lambda late: self._to_engine(late, peer))
            return
        task = asyncio.create_task(self._new(peer, data))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _new(self, peer: tuple[str, int], data: bytes) -> None:
        loop = asyncio.get_running_loop()
        remote = ("127.0.0.1", self._engine_port)
        upstream, _ = await loop.create_datagram_endpoint(lambda: _Upstream(self, peer), remote_addr=remote)
        if peer in self._upstreams:
            upstream.close()
        else:
            self._upstreams[peer] = upstream
        self._to_engine(data, peer)

    def _to_engine(self, data: bytes, peer: tuple[str, int]) -> None:
        upstream = self._upstreams.get(peer)
        if upstream is not None and not upstream.is_closing():
            upstream.sendto(data)

    def to_peer(self, data: bytes, peer: tuple[str, int]) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(data, peer)

    def close(self) -> None:
        for transport in (self._transport, *self._upstreams.values()):
            if transport is not None:
                transport.close()
