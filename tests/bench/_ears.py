"""The listeners of a room: WebSockets that this process opens and a thread of C reads, whoever their server is.

A reader in Python is busy for longer with a thousand frames than the server that wrote them, and its lag is then taken for the
server's. This one takes some 3 us for a frame, most of it in the kernel; ``busy`` says how much of a core it needed.
"""

from __future__ import annotations

import asyncio
import base64
import ctypes
import os
import socket
import threading

from tests.bench.native import library

FRAMES = 200_000  # that count: a quarter of an hour of a room at 20 a second, or two minutes of nchan's at 1,000
SAID_BYTES = 256 << 20  # of the first listener; only touched pages cost memory
AT_ONCE = 50  # sockets that are opened at a time


class _Frame(ctypes.Structure):
    _fields_ = (("last", ctypes.c_int64), ("readers", ctypes.c_int64))


class _Room(ctypes.Structure):
    _fields_ = (
        ("mark", ctypes.c_char_p),
        ("mark_size", ctypes.c_int64),
        ("frames", ctypes.POINTER(_Frame)),
        ("room", ctypes.c_int64),
        ("said", ctypes.POINTER(ctypes.c_uint8)),
        ("said_room", ctypes.c_int64),
        ("heard", ctypes.c_int64),
        ("lost", ctypes.c_int64),
        ("cpu", ctypes.c_int64),
        ("stop", ctypes.c_int),
    )


class _Listener(ctypes.Structure):
    _fields_ = (
        ("left", ctypes.c_uint64),
        ("taken", ctypes.c_uint64),
        ("frames", ctypes.c_int64),
        ("head", ctypes.c_uint8 * 10),
        ("head_size", ctypes.c_uint8),
        ("start", ctypes.c_uint8 * 32),
    )


class Ears:
    """Listens from now to ``close``, which closes the sockets too. ``mark``: how the payload of a frame begins that counts."""

    def __init__(self, sockets: list[socket.socket], mark: bytes) -> None:
        self._sockets = sockets
        self._frames = (_Frame * FRAMES)()
        self._said = (ctypes.c_uint8 * SAID_BYTES)()
        self._room = _Room(mark, len(mark), self._frames, FRAMES, self._said, SAID_BYTES)
        self._fds = (ctypes.c_int * len(sockets))(*(one.fileno() for one in sockets))
        self._listeners = (_Listener * len(sockets))()
        self._taken = self._offset = 0
        self._run = library("ears").ears_run
        self._run.restype = ctypes.c_int64
        self._thread = threading.Thread(
            target=self._run, args=(ctypes.byref(self._room), self._fds, len(sockets), self._listeners), name="ears"
        )
        self._thread.start()

    @property
    def lost(self) -> int:
        """Sockets that the server has closed."""
        return int(self._room.lost)

    @property
    def busy(self) -> float:
        """Seconds of a core used so far."""
        return float(self._room.cpu / 1e9)

    def payloads(self) -> list[tuple[bytes, int]]:
        """Of the frames since the last call, as the first listener had them, each with its number."""
        found = []
        while self._taken < self._room.heard:
            start = ctypes.addressof(self._said) + self._offset
            size = int.from_bytes(ctypes.string_at(start, 8), "little")
            found.append((ctypes.string_at(start + 8, size), self._taken))
            self._offset += 8 + size
            self._taken += 1
        return found

    def last(self, number: int) -> tuple[float, int]:
        """(when the last listener so far had this frame, by ``time.perf_counter``; how many listeners have had it)."""
        frame = self._frames[number]
        return frame.last / 1e9, frame.readers

    def close(self) -> None:
        self._room.stop = 1
        self._thread.join()
        for one in self._sockets:
            one.close()


async def open_sockets(port: int, path: str, headers: str, count: int, greeting: bytes = b"") -> list[socket.socket]:
    """WebSockets whose handshakes are done. ``greeting``: a frame to send, whose answer is one frame that is awaited too."""
    opened: list[socket.socket] = []
    while len(opened) < count:
        some = range(min(AT_ONCE, count - len(opened)))
        opened += await asyncio.gather(*(_open(port, path, headers, greeting) for _ in some))
    return opened


async def _open(port: int, path: str, headers: str, greeting: bytes) -> socket.socket:
    loop = asyncio.get_running_loop()
    one = socket.socket()
    one.setblocking(False)
    await loop.sock_connect(one, ("127.0.0.1", port))
    key = base64.b64encode(os.urandom(16)).decode()
    request = (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{headers}\r\n"
    )
    await loop.sock_sendall(one, request.encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):  # nobody says anything before the greeting
        head += await loop.sock_recv(one, 4096)
    assert head.startswith(b"HTTP/1.1 101"), head
    if greeting:
        await loop.sock_sendall(one, greeting)
        length = (await _exactly(one, 2))[1]
        if length >= 126:
            length = int.from_bytes(await _exactly(one, 2 if length == 126 else 8))
        await _exactly(one, length)
    return one


async def _exactly(one: socket.socket, size: int) -> bytes:
    loop = asyncio.get_running_loop()
    parts = b""
    async with asyncio.timeout(30):
        while len(parts) < size:
            part = await loop.sock_recv(one, size - len(parts))
            if not part:
                raise ConnectionResetError("the server closed a listener")
            parts += part
    return parts
