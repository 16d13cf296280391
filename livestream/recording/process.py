"""A worker process and the way to it. The engine's thread sends packets; lines come back on the server's loop.

Bounds: what the socket's buffer holds (``SEND_BUFFER``), and before that ``MOST_WAITING`` packets: a process takes a second to
start, and what comes meanwhile is a show's first. A packet that does not fit is dropped and counted, for the engine never
waits. Who starts a worker stops it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path

import msgspec

from livestream.media import MediaPacket
from livestream.recording import wire
from livestream.recording.worker import Line

logger = logging.getLogger(__name__)

SEND_BUFFER = 4 * 1024 * 1024  # bytes asked for; the system may give less (net.core.wmem_max)
MOST_WAITING = 2_000  # packets: five seconds of a good picture
_AT_ONCE = 50  # that are sent from the queue with one packet: a fraction of a millisecond of the engine's time
STOP_SECONDS = 8.0  # a worker writes its last part in a fraction of this
_decoder: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line)
_LONGEST_LINE = 16 * 1024  # bytes


class WorkerProcess:
    """Implements ``PacketReader``. ``start`` before it is attached to an engine, detach it before ``stop``."""

    def __init__(self, folder: Path, *, keep: int | None, may_encode: bool, heard: Callable[[Line], None]) -> None:
        """``heard`` is called on the server's loop with every line of the worker."""
        self._folder = folder
        self._keep = keep
        self._may_encode = may_encode
        self._heard = heard
        self._ours: socket.socket | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._waiting: deque[bytes] = deque()  # the engine's thread only
        self._open = False
        self.packets = 0
        self.dropped = 0

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    async def start(self) -> None:
        """Raises: OSError."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            ours.setblocking(False)
            for end, option in ((ours, socket.SO_SNDBUF), (theirs, socket.SO_RCVBUF)):
                end.setsockopt(socket.SOL_SOCKET, option, SEND_BUFFER)
            arguments = ["-m", "livestream.recording.worker", str(self._folder), "--socket", str(theirs.fileno())]
            if self._keep is not None:
                arguments += ["--keep", str(self._keep)]
            if self._may_encode:
                arguments += ["--may-encode"]
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                pass_fds=(theirs.fileno(),),
                limit=_LONGEST_LINE,
                start_new_session=True,  # Ctrl-C at a terminal is the server's: it lets the worker finish
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        self._ours = ours
        self._reading = asyncio.create_task(self._read(self._process), name=f"recording {self._folder.name}")

    def packet(self, packet: MediaPacket) -> None:
        message = wire.encode(packet)
        if message is None:
            return
        self.packets += 1
        waiting = self._waiting
        if len(waiting) >= MOST_WAITING:
            self.dropped += 1
        else:
            waiting.append(message)
        ours = self._ours
        if ours is None or not self._open:
            return
        try:
            for _ in range(min(len(waiting), _AT_ONCE)):
                ours.send(waiting[0])
                waiting.popleft()
        except BlockingIOError:
            pass  # full: the worker is behind, they wait
        except OSError:  # the worker is gone
            self.dropped += len(waiting)
            waiting.clear()

    def open(self) -> None:
        """The worker takes packets now; those that came before go first."""
        self._open = True

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        try:
            async for line in process.stdout:
                try:
                    self._heard(_decoder.decode(line))
                except msgspec.DecodeError:
                    logger.error("recording %s: not a line of a worker: %r", self._folder.name, line[:200])
        finally:
            await process.wait()

    async def ended(self) -> int:
        """Wait until the process has ended by itself; its status."""
        assert self._process is not None
        assert self._reading is not None
        await asyncio.shield(self._reading)
        return self._process.returncode or 0

    async def stop(self) -> None:
        """Let it write its last part and end. Stopping twice is fine."""
        ours, self._ours = self._ours, None
        if ours is not None:
            with contextlib.suppress(OSError):
                while self._waiting:  # nobody adds to it any more
                    ours.send(self._waiting.popleft())
            ours.close()
        if self._process is None or self._reading is None:
            return
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await asyncio.shield(self._reading)
        except TimeoutError:
            logger.error("recording %s: the worker does not end, killed", self._folder.name)
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._reading
