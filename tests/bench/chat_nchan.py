"""The peer of the chat bench: nchan (Debian's nginx module) with the same listeners, messages and rates, in the same run.

nchan carries bytes and no more: nothing is written down, nobody is judged, one frame goes out per message. It publishes by
HTTP POST over kept connections; one nginx worker is one core.

    python -m tests.bench.chat_nchan [--sockets 1000] [--seconds 4] [--rates 25,100,400,1000]
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from tests.bench.chat import TEXT_BYTES, cpu_seconds, memory_kb

PUBLISHERS = 8  # kept connections that post in turn
DRAIN = 3.0  # seconds in which the last message may still arrive
CONFIG = """
daemon off;
worker_processes 1;
user root;
pid {folder}/pid;
error_log {folder}/error.log crit;
load_module /usr/lib/nginx/modules/ngx_nchan_module.so;
events {{ worker_connections 20000; }}
http {{
  access_log off;
  nchan_shared_memory_size 256M;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  keepalive_requests 10000000;
  server {{
    listen 127.0.0.1:{port} backlog=8192;
    location = /sub {{ nchan_subscriber websocket; nchan_channel_id room; nchan_message_buffer_length 0; }}
    location = /pub {{ nchan_publisher http; nchan_channel_id room; nchan_message_buffer_length 0; }}
  }}
}}
"""


class Listener(asyncio.Protocol):
    """Counts frames, and notes when each came."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.arrivals: list[float] = []
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport: asyncio.Transport
        self._buffer = bytearray()
        self._upgraded = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop has a class of its own
        key = base64.b64encode(os.urandom(16)).decode()
        self.transport.write(
            f"GET /sub HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def connection_lost(self, error: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(ConnectionError("nchan closed the socket"))

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        buffer = self._buffer
        buffer += data
        if not self._upgraded:
            end = buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            del buffer[: end + 4]
            self._upgraded = True
            self.opened.set_result(None)
        at = 0
        while len(buffer) - at >= 2:
            length, header = buffer[at + 1] & 0x7F, 2
            if length == 126:
                if len(buffer) - at < 4:
                    break
                length, header = int.from_bytes(buffer[at + 2 : at + 4]), 4
            if len(buffer) - at < header + length:
                break
            self.arrivals.append(now)
            at += header + length
        del buffer[:at]


async def listen(port: int) -> Listener:
    loop = asyncio.get_running_loop()
    _, listener = await loop.create_connection(lambda: Listener(port), "127.0.0.1", port)
    await asyncio.wait_for(listener.opened, 20)
    return listener


async def publish(port: int, sent: list[float], due: list[float]) -> None:
    """Post one message at each due time, in order; ``sent`` gets when."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = b"x" * TEXT_BYTES
    head = f"POST /pub HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    try:
        for when in due:
            await asyncio.sleep(max(0.0, when - time.perf_counter()))
            sent.append(time.perf_counter())
            writer.write(head + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            length = next(
                (line for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length:")), b":0"
            )
            await reader.readexactly(int(length.split(b":")[1]))
    finally:
        writer.close()


async def measure(pid: int, port: int, listeners: list[Listener], rate: int, seconds: float) -> tuple[float, ...]:
    """(deliveries/s, p50 ms, p99 ms, CPU share). Latency: from posting the n-th message to its last receipt."""
    for listener in listeners:
        listener.arrivals.clear()
    begin, cpu, sent = time.perf_counter() + 0.05, cpu_seconds(pid), []
    times = [begin + number / rate for number in range(int(rate * seconds))]
    lists: list[list[float]] = [[] for _ in range(PUBLISHERS)]
    await asyncio.gather(*(publish(port, lists[one], times[one::PUBLISHERS]) for one in range(PUBLISHERS)))
    sent = sorted(when for some in lists for when in some)
    for _ in range(int(DRAIN / 0.05)):
        if all(len(listener.arrivals) >= len(sent) for listener in listeners):
            break
        await asyncio.sleep(0.05)
    whole = min(len(listener.arrivals) for listener in listeners)
    last = [max(listener.arrivals[number] for listener in listeners) for number in range(whole)]
    latencies = sorted(arrived - posted for arrived, posted in zip(last, sent, strict=False))
    used = (cpu_seconds(pid) - cpu) / max(0.001, time.perf_counter() - begin)
    if not latencies:
        return 0.0, float("inf"), float("inf"), used
    p50, p99 = (latencies[int(len(latencies) * share) - 1] * 1000 for share in (0.5, 0.99))
    return whole * len(listeners) / (last[-1] - begin), p50, p99, used


async def bench(sockets: int, seconds: float, rates: list[int]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "nginx.conf"
        path.write_text(CONFIG.format(folder=folder, port=port))
        server = subprocess.Popen(["/usr/sbin/nginx", "-p", folder, "-c", str(path)], stderr=subprocess.DEVNULL)
        try:
            async with asyncio.timeout(10):
                while True:
                    with contextlib.suppress(OSError):
                        listeners = [await listen(port)]
                        break
                    await asyncio.sleep(0.05)
            worker = int(Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()[0])
            before = memory_kb(worker)
            while len(listeners) < sockets:
                missing = min(50, sockets - len(listeners))
                listeners += await asyncio.gather(*(listen(port) for _ in range(missing)))
            print(f"nchan: {sockets} sockets, {(memory_kb(worker) - before) / sockets:.1f} KB each")
            print(f"{'messages/s':>10} {'deliveries/s':>13} {'per core':>11} {'p50 ms':>7} {'p99 ms':>7} {'CPU':>5}")
            for rate in rates:
                deliveries, p50, p99, used = await measure(worker, port, listeners, rate, seconds)
                per_core = deliveries / max(used, 0.01)
                print(
                    f"{rate:>10} {deliveries:>13,.0f} {per_core:>11,.0f} {p50:>7.0f} {p99:>7.0f} {used:>5.2f}",
                    flush=True,
                )
            for listener in listeners:
                listener.transport.abort()
        finally:
            server.terminate()
            server.wait(10)


def main(arguments: Sequence[str] = ()) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sockets", type=int, default=1_000)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--rates", default="25,100,400,1000")
    options = parser.parse_args(arguments)
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(bench(options.sockets, options.seconds, [int(rate) for rate in options.rates.split(",")]))


if __name__ == "__main__":
    main(sys.argv[1:])
