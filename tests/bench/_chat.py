"""The chat's side of the benchmarks: the whole server in a process of its own, and talkers, who read their answers.

``python -m tests.bench._chat [core]`` is that process; it prints its port, a show's id and the talkers' session tokens, and ends
with its standard input.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import msgpack

from tests.bench._machine import pin
from web.serve import raise_file_limit

TALKERS = 110  # each below the 20 messages a second that a socket may send
EVENTS = b"\x81\xa6events"
HEADERS = "Sec-WebSocket-Protocol: closetcast.v1\r\n"


# -- the server


async def serve() -> None:
    """The whole server on SQLite."""
    import aiohttp

    from web.access import COOKIE
    from web.serve import favour_media, running
    from web.settings import Settings

    with tempfile.TemporaryDirectory() as folder:
        async with running(Settings(port=0, data=Path(folder), limits=False)) as (_, port):
            favour_media()  # as ``closetcast serve`` does
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


@contextlib.contextmanager
def server(core: int | None = None) -> Iterator[tuple[int, int, str, list[str]]]:
    """(pid, port, a show's id, the talkers' session tokens) of that process, which is ended afterwards."""
    where = [] if core is None else [str(core)]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench._chat", *where], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        port, show_id, tokens = process.stdout.readline().split()
        yield process.pid, int(port), show_id, tokens.split(",")
    finally:
        process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        process.wait()
        process.stdout.close()


# -- clients


def message(**content: object) -> bytes:
    """A frame as a client sends it: with a mask, of zeros."""
    payload: bytes = msgpack.packb(content)
    size = len(payload)
    header = bytes((0x82, 0x80 | size)) if size < 126 else b"\x82\xfe" + size.to_bytes(2)
    return header + b"\0\0\0\0" + payload


class Socket(asyncio.Protocol):
    """Upgrades, joins, then counts answers. What everybody hears it skips."""

    def __init__(self, port: int, show_id: str, token: str | None) -> None:
        self.port = port
        self.show_id = show_id
        self.token = token
        self.answers = {"ok": 0, "error": 0}
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
            f"Sec-WebSocket-Version: 13\r\n{HEADERS}\r\n".encode()
        )

    def send(self, **content: object) -> None:
        self.transport.write(message(**content))

    def connection_lost(self, error: Exception | None) -> None:
        if not self.joined.done():
            self.joined.set_exception(error or ConnectionResetError("closed before it had joined"))

    def data_received(self, data: bytes) -> None:
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
            self._frame(self._buffer[start], start + header, start + header + length)
            start += header + length
        del self._buffer[:start]

    def _frame(self, opcode: int, start: int, end: int) -> None:
        if opcode != 0x82 or self._buffer.startswith(EVENTS, start):
            return
        if not self.joined.done():
            self.joined.set_result(None)
        elif self.token:
            answer = msgpack.unpackb(bytes(self._buffer[start:end]))
            for kind in self.answers:
                self.answers[kind] += kind in answer


async def open_socket(port: int, show_id: str, token: str | None = None) -> Socket:
    loop = asyncio.get_running_loop()
    _, socket = await loop.create_connection(lambda: Socket(port, show_id, token), "127.0.0.1", port)
    await asyncio.wait_for(socket.joined, 30)
    return socket


def main() -> None:
    import uvloop

    pin(int(sys.argv[1]) if len(sys.argv) > 1 else None)
    raise_file_limit()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve())


if __name__ == "__main__":
    main()
