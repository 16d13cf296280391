"""A bad network in user space, for machines whose kernel has no ``netem``: a relay between a viewer and the engine that loses,
delays and narrows, and looks to both like a home router that translates addresses.

``python -m tests.network.relay ENGINE_PORT`` says its own port and then takes one JSON object a line, the arguments of
``Relay.shape``, each answered by what the way down has carried since the one before. A process of its own: a queue of 300 ms
is one only if whoever empties it is not kept waiting by the engine under test.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

from tests.network.line import Line
from tests.programs import until_input_ends


def carry(line: Line, data: bytes, send: Callable[[bytes], None]) -> None:
    loop = asyncio.get_running_loop()
    at = line.leaves(len(data), loop.time())
    if at is not None:
        loop.call_at(at, send, data)


class _Upstream(asyncio.DatagramProtocol):
    def __init__(self, relay: Relay, peer: tuple[str, int]) -> None:
        self._relay, self._peer = relay, peer

    def datagram_received(self, data: bytes, addr: tuple[str | object, int]) -> None:
        carry(self._relay.down, data, lambda late: self._relay.to_peer(late, self._peer))


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

    def shape(self, *, loss: float = 0, delay_ms: int = 10, jitter_ms: int = 0, down_kbps: int = 0) -> dict[str, int]:
        for line in (self.up, self.down):
            line.loss, line.delay, line.jitter = loss / 100, delay_ms / 1000, jitter_ms / 1000
        self.down.bits = down_kbps * 1000
        seen = {name: getattr(self.down, name) for name in ("carried", "octets", "lost", "full")}
        seen["peers"] = len(self._upstreams)
        self.down.carried = self.down.octets = self.down.lost = self.down.full = 0
        return seen

    def datagram_received(self, data: bytes, addr: tuple[str | object, int]) -> None:
        peer = (str(addr[0]), addr[1])
        if peer in self._upstreams:
            carry(self.up, data, lambda late: self._to_engine(late, peer))
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


class RelayProcess:
    """The relay as a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self._process, self.port = process, port

    async def shape(self, **line: float) -> dict[str, int]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(line).encode() + b"\n")
        answer = await asyncio.wait_for(self._process.stdout.readline(), 30)
        return dict(json.loads(answer))


@contextlib.asynccontextmanager
async def relay_process(engine_port: int) -> AsyncIterator[RelayProcess]:
    async with program("tests.network.relay", str(engine_port)) as process:
        assert process.stdout is not None
        yield RelayProcess(process, int(await asyncio.wait_for(process.stdout.readline(), 30)))


def program(module: str, *arguments: str) -> AbstractAsyncContextManager[asyncio.subprocess.Process]:
    """A module that runs until its input ends."""
    return until_input_ends(sys.executable, "-m", module, *arguments)


async def main() -> None:
    relay = await Relay(int(sys.argv[1])).open()
    print(relay.port, flush=True)
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        print(json.dumps(relay.shape(**json.loads(line))), flush=True)
    relay.close()


if __name__ == "__main__":
    asyncio.run(main())
