"""A live socket down to its bytes, for clients that misbehave."""

from __future__ import annotations

import asyncio
import base64
import os
import socket as sockets

import msgpack

from tests.web.live_stage import Stage


class RawReader:
    """A client with a small receive buffer that joins, and then reads and sends only what it is told to."""

    def __init__(self, stage: Stage) -> None:
        host, port = stage.urls[0].removeprefix("http://").split(":")
        self.address = (host, int(port))
        self.loop = asyncio.get_running_loop()
        self.socket = sockets.socket(sockets.AF_INET, sockets.SOCK_STREAM)
        self.socket.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
        self.socket.setblocking(False)

    async def join(self) -> None:
        await self.loop.sock_connect(self.socket, self.address)
        key = base64.b64encode(os.urandom(16)).decode()
        await self.loop.sock_sendall(
            self.socket,
            f"GET /ws/show HTTP/1.1\r\nHost: {self.address[0]}:{self.address[1]}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode(),
        )
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += await self.loop.sock_recv(self.socket, 4096)
        assert answer.startswith(b"HTTP/1.1 101")
        payload = msgpack.packb({"id": 1, "do": "join"})
        await self.loop.sock_sendall(self.socket, bytes((0x82, 0x80 | len(payload), 0, 0, 0, 0)) + payload)
        assert await self.loop.sock_recv(self.socket, 2)

    async def read_to_the_end(self) -> bytes:
        received = b""
        while True:
            try:
                data = await asyncio.wait_for(self.loop.sock_recv(self.socket, 1 << 20), 10)
            except ConnectionResetError:
                return received
            if not data:
                return received
            received += data

    async def send_frame(self, first: int, payload: bytes, *, promised: int | None = None) -> None:
        """``first``: FIN, reserved bits and opcode. ``promised``: another length than the payload has."""
        size = len(payload) if promised is None else promised
        if size < 126:
            head = bytes((first, 0x80 | size))
        elif size < 1 << 16:
            head = bytes((first, 0xFE)) + size.to_bytes(2)
        else:
            head = bytes((first, 0xFF)) + size.to_bytes(8)
        await self.loop.sock_sendall(self.socket, head + b"\0\0\0\0" + payload)  # a mask of zeros
