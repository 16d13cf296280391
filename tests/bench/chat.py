"""Chat: 1,000 sockets of one show, rising rates of 200-byte messages, everything durable, on the whole server.

The server runs in a process of its own. The clients here are bare protocols: they find frame borders and note when each
event frame came; one of them decodes. All listeners get the same event frames, so the frame in which the decoder finds a
message is the frame in which everybody got it. Latency is from writing a `say` to the last listener's receipt.

    python -m tests.bench.chat [--sockets 1000] [--seconds 4] [--rates 25,100,400,1000,2000]
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import msgpack

BAR_DELIVERIES, BAR_P99_MS, BAR_SOCKET_KB = 1_000_000, 150, 40
TALKERS = 110  # each below the 20 messages a second that a socket may send
EVENTS = b"\x81\xa6events"
TEXT_BYTES = 200
DECODERS = 3  # one is enough; a run goes on without those that are lost


# -- the server


async def serve() -> None:
    """The whole server on SQLite; prints its port, a show's id and the talkers' session tokens."""
    import aiohttp

    from web.access import COOKIE
    from web.serve import running
    from web.settings import Settings

    with tempfile.TemporaryDirectory() as folder:
        async with running(Settings(port=0, data=Path(folder), limits=False)) as (_, port):
            url, tokens = f"http://127.0.0.1:{port}", []
            for number in range(TALKERS):
                name = f"talker{number}"
                body = {"email": f"{name}@example.org", "password": "a long password", "handle": name, "name": name}
                async with aiohttp.ClientSession(url, headers={"Origin": url}) as http:
                    async with http.post("/api/accounts", json=body) as reply:
                        tokens.append(reply.cookies[COOKIE].value)
                    if number == 0:
                        cookies = {COOKIE: tokens[0]}
                        show = {"title": "Chat", "description": "", "starts_at": int(time.time() * 1000) + 3_600_000}
                        async with http.post("/api/shows", json=show, cookies=cookies) as reply:
                            show_id = (await reply.json())["show_id"]
            print(port, show_id, ",".join(tokens), flush=True)
            await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)  # until the parent closes it


# -- clients


class Socket(asyncio.Protocol):
    """Upgrades, joins, then notes the arrival of event frames."""

    def __init__(self, port: int, show_id: str, token: str | None, *, decodes: bool = False) -> None:
        self.port = port
        self.show_id = show_id
        self.token = token
        self.decodes = decodes
        self.arrivals: list[float] = []  # of event frames
        self.contents: list[list[str]] = []  # texts per event frame, of the decoder
        self.answers = {"ok": 0, "error": 0}
        self.lost = (
            False  # the server closed it: a slow reader, when this one process cannot keep up with all its listeners
        )
        self.joined: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport: asyncio.Transport
        self._buffer = bytearray()
        self._upgraded = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's are none by inheritance
        cookie = f"Cookie: closetcast={self.token}\r\n" if self.token else ""
        self.transport.write(
            f"GET /ws/{self.show_id} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"{cookie}Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: closetcast.v1\r\n\r\n".encode()
        )

    def send(self, **message: object) -> None:
        payload = msgpack.packb(message)
        size = len(payload)
        header = bytes((0x82, 0x80 | size)) if size < 126 else b"\x82\xfe" + size.to_bytes(2)
        self.transport.write(header + b"\0\0\0\0" + payload)  # a mask of zeros

    def connection_lost(self, error: Exception | None) -> None:
        self.lost = True
        if not self.joined.done():
            self.joined.set_exception(error or ConnectionResetError("closed before it had joined"))

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        self._buffer += data
        if not self._upgraded:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            assert self._buffer.startswith(b"HTTP/1.1 101"), bytes(self._buffer[:100])
            del self._buffer[: end + 4]
            self._upgraded = True
            self.send(id=0, do="join")
        start = 0
        while len(self._buffer) - start >= 2:
            length, header = self._buffer[start + 1], 2
            if length == 126:
                length, header = int.from_bytes(self._buffer[start + 2 : start + 4]), 4
            elif length == 127:
                length, header = int.from_bytes(self._buffer[start + 2 : start + 10]), 10
            if len(self._buffer) - start < header + length:
                break
            self._frame(self._buffer[start], start + header, start + header + length, now)
            start += header + length
        del self._buffer[:start]

    def _frame(self, opcode: int, start: int, end: int, now: float) -> None:
        if opcode != 0x82:
            return
        if self._buffer.startswith(EVENTS, start):
            self.arrivals.append(now)
            if self.decodes:
                events = msgpack.unpackb(bytes(self._buffer[start:end]))["events"]
                self.contents.append([event["data"].get("text", "") for event in events])
        elif not self.joined.done():
            self.joined.set_result(None)
        elif self.token:
            answer = msgpack.unpackb(bytes(self._buffer[start:end]))
            for kind in self.answers:
                self.answers[kind] += kind in answer


async def open_socket(port: int, show_id: str, token: str | None = None, *, decodes: bool = False) -> Socket:
    loop = asyncio.get_running_loop()
    _, socket = await loop.create_connection(lambda: Socket(port, show_id, token, decodes=decodes), "127.0.0.1", port)
    await asyncio.wait_for(socket.joined, 30)
    return socket


# -- measuring


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_kb(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


async def talk(talkers: list[Socket], rate: int, seconds: float, step: int) -> dict[str, float]:
    """Send ``rate`` messages a second, evenly over the talkers; text -> when it was sent."""
    sent: dict[str, float] = {}
    begin = time.perf_counter()
    for number in range(int(rate * seconds)):
        wait = begin + number / rate - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        text = f"{step}:{number}:".ljust(TEXT_BYTES, "x")
        sent[text] = time.perf_counter()
        talkers[number % len(talkers)].send(id=number + 1, do="say", text=text, key=f"{step}:{number}")
    return sent


async def measure(
    pid: int, listeners: list[Socket], talkers: list[Socket], rate: int, seconds: float, step: int
) -> tuple[float, float, float, float, int]:
    """(deliveries per second, p50 and p99 latency in ms, share of one core, refused). Sockets that are lost count no more."""
    decoder = next((one for one in listeners if one.decodes and not one.lost), None)
    if decoder is None:
        return 0.0, float("inf"), float("inf"), 0.0, 0
    for socket in (*listeners, *talkers):
        socket.arrivals.clear()
        socket.answers = {"ok": 0, "error": 0}
    decoder.contents.clear()
    cpu, begin = cpu_seconds(pid), time.perf_counter()
    sent = await talk(talkers, rate, seconds, step)
    deadline = time.perf_counter() + 10
    while time.perf_counter() < deadline:
        answered = sum(sum(talker.answers.values()) for talker in talkers)
        frames = len(decoder.arrivals)
        if answered >= len(sent) and all(len(one.arrivals) >= frames for one in listeners if not one.lost):
            break
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.2)  # what is still on its way to the decoder
    left = [listener for listener in listeners if not listener.lost]
    last = [max(times) for times in zip(*(listener.arrivals for listener in left), strict=False)]
    latencies, end = [], begin
    for index, texts in enumerate(decoder.contents[: len(last)]):
        for text in texts:
            if text in sent:
                latencies.append(last[index] - sent[text])
                end = max(end, last[index])
    used = (cpu_seconds(pid) - cpu) / (time.perf_counter() - begin)
    refused = sum(talker.answers["error"] for talker in talkers)
    latencies.sort()
    p50, p99 = (
        latencies[int(len(latencies) * share) - 1] * 1000 if latencies else float("inf") for share in (0.5, 0.99)
    )
    return len(latencies) * len(left) / max(0.001, end - begin), p50, p99, used, refused


async def bench(sockets: int, seconds: float, rates: list[int]) -> None:
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.chat", "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    assert server.stdin is not None
    try:
        number, show_id, tokens = server.stdout.readline().split()
        port = int(number)
        talkers = [await open_socket(port, show_id, token) for token in tokens.split(",")]
        before = memory_kb(server.pid)
        listeners = [await open_socket(port, show_id, decodes=True) for _ in range(DECODERS)]
        while len(listeners) < sockets:
            missing = min(50, sockets - len(listeners))
            listeners += await asyncio.gather(*(open_socket(port, show_id) for _ in range(missing)))
        print(
            f"chat: {sockets} sockets, {(memory_kb(server.pid) - before) / sockets:.1f} KB each (bar: {BAR_SOCKET_KB})"
        )
        print(
            f"{'messages/s':>10} {'deliveries/s':>13} {'per core':>11} {'p50 ms':>7} {'p99 ms':>7} {'CPU':>5} {'refused':>7}"
        )
        best = 0.0
        for step, rate in enumerate(rates):
            deliveries, p50, p99, used, refused = await measure(server.pid, listeners, talkers, rate, seconds, step)
            print(
                f"{rate:>10} {deliveries:>13,.0f} {deliveries / max(used, 0.01):>11,.0f} {p50:>7.0f} {p99:>7.0f} {used:>5.2f}"
                f" {refused:>7}",
                flush=True,
            )
            # A rate that misses does not end the run: on a shared machine a slow moment hits any rate.
            if p99 <= BAR_P99_MS and not refused:
                best = max(best, deliveries)
        print(f"chat: {best:,.0f} deliveries/s with p99 within {BAR_P99_MS} ms (bar: {BAR_DELIVERIES:,})")
        for socket in (*talkers, *listeners):
            socket.transport.abort()
    finally:
        server.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(10)
        server.kill()
        server.wait()
        server.stdout.close()


def main(arguments: Sequence[str] = ()) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sockets", type=int, default=1_000)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--rates", default="25,100,400,1000,1500,2000")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    import uvloop

    from web.serve import raise_file_limit

    raise_file_limit()
    work = (
        serve()
        if options.serve
        else bench(options.sockets, options.seconds, [int(r) for r in options.rates.split(",")])
    )
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)


if __name__ == "__main__":
    main(sys.argv[1:])
