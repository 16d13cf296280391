"""A server in a process of its own that records, a host that publishes real H264 and Opus, and who looks at the playlists."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import m3u8

from tests.e2e.server import ServerProcess
from tests.web.conftest import Reply, Visitor


@dataclass
class HlsStage:
    server: ServerProcess
    host: Visitor
    show: dict[str, Any]
    folder: Path

    @property
    def show_id(self) -> str:
        return str(self.show["show_id"])

    @property
    def hls(self) -> str:
        return f"/hls/{self.show_id}"

    @property
    def files(self) -> Path:
        return self.server.data / "recordings" / self.show_id

    def start_host(self) -> subprocess.Popen[bytes]:
        folder = tempfile.mkdtemp(dir=self.folder)
        command = [sys.executable, "-m", "tests.web.recorded_host", f"{self.server.url}/whip/{self.show_id}", folder]
        return subprocess.Popen([*command, str(self.show["stream_key"])], stdin=subprocess.PIPE)

    @contextlib.asynccontextmanager
    async def on_air(self) -> AsyncIterator[subprocess.Popen[bytes]]:
        process = self.start_host()
        try:
            yield process
        finally:
            end_host(process)

    async def get(self, name: str) -> Reply:
        return await self.host.get(f"{self.hls}/{name}")

    async def playlist(self, query: str = "") -> Any:
        reply = await self.get("media.m3u8" + query)
        assert reply.status == 200, reply.body
        return m3u8.loads(reply.body.decode())

    async def until_segments(self, count: int, seconds: float = 40) -> Any:
        """The media playlist once it has so many whole segments."""
        end = time.monotonic() + seconds
        while True:
            assert time.monotonic() < end, f"there are no {count} segments after {seconds} s"
            reply = await self.get("media.m3u8")
            if reply.status == 200:
                found = m3u8.loads(reply.body.decode())
                if len([one for one in found.segments if one.uri]) >= count:
                    return found
            await asyncio.sleep(0.2)


def end_host(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(5)


async def new_stage(server: ServerProcess, folder: Path) -> HlsStage:
    host = Visitor(server.url)
    body = {"email": "mara@example.org", "password": "a long password", "handle": "mara", "name": "Mara"}
    reply = await host.post("/api/accounts", body)
    assert reply.status == 201, reply.body
    show = {"title": "Autumn coats", "description": "", "starts_at": int(time.time() * 1000) + 60_000}
    reply = await host.post("/api/shows", show)
    assert reply.status == 201, reply.body
    return HlsStage(server, host, reply.json, folder)
