"""The RTMP port: admits encoders by the show's stream key and hands each to a worker process that publishes for it.

An encoder's stream name is the show's id and its stream key, joined by a point. The worker (``worker.py``) answers RTMP on
a loopback port; this side carries bytes between the two, reads the stream name on the way and asks whether it is right.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import re
import socket
import sys
from collections import Counter
from collections.abc import Awaitable, Callable

from livestream.errors import LivestreamError, RtmpRefused
from livestream.rtmp.chunks import PublishFinder

logger = logging.getLogger(__name__)

MOST_ENCODERS = 8  # each is a process that takes a few percent of a core; beyond it new ones are closed at once
NAME_SECONDS = 10.0  # from the connection to a right stream name
WORKER_SECONDS = 15.0  # for the worker to listen: a loaded machine starts Python in a few
END_SECONDS = 5.0
BLOCK = 64 * 1024  # bytes that wait on each way; a slow side slows the other one down

_ID = re.compile(r"[A-Za-z0-9_-]{1,32}", re.ASCII)
MayPublish = Callable[[str, str], Awaitable[bool]]  # show id, stream key


class RtmpIngest:
    """``start`` opens the port, ``stop`` ends every encoder and closes it."""

    def __init__(self, may_publish: MayPublish, whip_url: str) -> None:
        """``whip_url``: this server's own WHIP endpoint without the show, such as ``http://127.0.0.1:8080/whip``."""
        self._may_publish = may_publish
        self._whip_url = whip_url
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._counters: Counter[str] = Counter(encoders=0, refused=0, full=0, worker_failures=0)
        self.port = 0

    async def start(self, host: str, port: int) -> None:
        """Raises: OSError when the port is taken."""
        self._server = await asyncio.start_server(self._accept, host, port, limit=BLOCK)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is None:
            return
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()
        self._server = None

    def statistics(self) -> dict[str, int]:
        return {**self._counters, "encoders_now": len(self._tasks)}

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        if len(self._tasks) >= MOST_ENCODERS:
            self._counters["full"] += 1
            writer.close()
            return
        self._tasks.add(task)
        try:
            await self._serve(reader, writer)
        except (LivestreamError, TimeoutError) as error:
            self._counters["refused"] += 1
            logger.info("an RTMP encoder was refused: %s", error or "it did not say what it publishes in time")
        except OSError as error:  # either side's line was lost
            logger.info("an RTMP encoder left: %s", error)
        except asyncio.CancelledError:
            pass  # ``stop``: the streams' own callback must not log it as a fault
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        port = _free_port()
        worker = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "livestream.rtmp.worker", str(port),
            stdin=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        assert worker.stderr is not None
        complaint = asyncio.create_task(_last_line(worker.stderr))
        try:
            inner_reader, inner_writer = await _connect(port, worker)
            try:
                await self._carry(reader, writer, inner_reader, inner_writer, worker)
            finally:
                inner_writer.close()
        finally:
            await self._end(worker, complaint)

    async def _carry(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        inner_reader: asyncio.StreamReader,
        inner_writer: asyncio.StreamWriter,
        worker: asyncio.subprocess.Process,
    ) -> None:
        """Bytes both ways until either side ends."""
        answers = asyncio.create_task(_pipe(inner_reader, writer))
        try:
            async with asyncio.timeout(NAME_SECONDS):
                finder = PublishFinder()
                while finder.name is None:
                    data = await reader.read(BLOCK)
                    if not data:
                        return
                    finder.feed(data)
                    inner_writer.write(data)
                    await inner_writer.drain()
                await self._admit(finder.name, worker)
            media = asyncio.create_task(_pipe(reader, inner_writer))
            await asyncio.wait([answers, media], return_when=asyncio.FIRST_COMPLETED)
            media.cancel()
            await asyncio.gather(media, return_exceptions=True)
        finally:
            answers.cancel()
            await asyncio.gather(answers, return_exceptions=True)

    async def _admit(self, name: str, worker: asyncio.subprocess.Process) -> None:
        show_id, _, key = name.partition("?")[0].partition(".")
        if not _ID.fullmatch(show_id) or not await self._may_publish(show_id, key):
            raise RtmpRefused("its stream key does not open that show")
        assert worker.stdin is not None
        order = {"url": f"{self._whip_url}/{show_id}", "key": key}
        worker.stdin.write(json.dumps(order).encode() + b"\n")
        await worker.stdin.drain()
        self._counters["encoders"] += 1
        logger.info("an RTMP encoder publishes to show %s", show_id)

    async def _end(self, worker: asyncio.subprocess.Process, complaint: asyncio.Task[str]) -> None:
        """Its connection is closed: it says goodbye to the show and ends; if it does not, it is killed."""
        with contextlib.suppress(OSError):
            assert worker.stdin is not None
            worker.stdin.close()
        try:
            status = await asyncio.wait_for(worker.wait(), END_SECONDS)
        except TimeoutError:
            worker.kill()
            status = await worker.wait()
        said = await complaint
        if status != 0:
            self._counters["worker_failures"] += 1
            logger.warning("an RTMP encoder could not be shown: %s", said or f"its process ended with {status}")


async def _connect(port: int, worker: asyncio.subprocess.Process) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """To the worker, as soon as it listens. Raises: OSError, TimeoutError."""
    async with asyncio.timeout(WORKER_SECONDS):
        while True:
            try:
                return await asyncio.open_connection("127.0.0.1", port, limit=BLOCK)
            except ConnectionRefusedError:
                if worker.returncode is not None:
                    raise
                await asyncio.sleep(0.05)


async def _last_line(stream: asyncio.StreamReader) -> str:
    last = ""
    while line := await stream.readline():
        last = line.decode("utf-8", "replace").strip() or last
    return last


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(BLOCK):
            writer.write(data)
            await writer.drain()


def _free_port() -> int:
    """A loopback port for the worker. Should somebody else take it in between, the worker fails and the encoder tries again."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
