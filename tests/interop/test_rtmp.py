"""An encoder without WHIP: H264 and AAC by RTMP in, watched by WHEP, through the whole server."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription

from tests.interop.made_up import HEIGHT, WIDTH
from tests.interop.test_python_clients import brightness, closing, frames
from tests.programs import until_input_ends
from tests.servers import free_port
from web.routing import SERVICES
from web.serve import running
from web.services import Services
from web.settings import Settings


class Stage:
    def __init__(self, services: Services, http: aiohttp.ClientSession, rtmp_port: int) -> None:
        self.services, self.http, self.rtmp_port = services, http, rtmp_port

    async def show(self) -> dict[str, Any]:
        body = {"email": "m@example.org", "password": "a long password", "handle": "mara", "name": "Mara"}
        async with self.http.post("/api/accounts", json=body) as reply:
            assert reply.status == 201
        body = {"title": "By RTMP", "description": "", "starts_at": int(time.time() * 1000)}  # type: ignore[dict-item]
        async with self.http.post("/api/shows", json=body) as reply:
            show: dict[str, Any] = await reply.json()
        async with self.http.get(f"/api/shows/{show['show_id']}/studio") as reply:
            return {**show, **await reply.json()}

    async def until(self, show_id: str, state: str, seconds: float = 20) -> None:
        async with asyncio.timeout(seconds):
            while True:
                async with self.http.get(f"/api/shows/{show_id}") as reply:
                    if (await reply.json())["state"] == state:
                        return
                await asyncio.sleep(0.1)

    def counters(self) -> dict[str, int]:
        return self.services.statistics()["rtmp"]

    async def counted(self, name: str, value: int) -> None:
        """Wait until a counter of the RTMP port has this value."""
        async with asyncio.timeout(45):
            while self.counters()[name] != value:  # noqa: ASYNC110  # a counter has no event to wait for
                await asyncio.sleep(0.05)

    def encoder(self, name: str, *options: str) -> AbstractAsyncContextManager[asyncio.subprocess.Process]:
        address = f"rtmp://127.0.0.1:{self.rtmp_port}/live/{name}"
        return until_input_ends(sys.executable, "-m", "tests.interop.rtmp_host", address, *options)


@contextlib.asynccontextmanager
async def stage(folder: Path) -> AsyncIterator[Stage]:
    settings = Settings(port=0, data=folder / "data", limits=False, rtmp_port=free_port())
    async with running(settings) as (app, port):
        url = f"http://127.0.0.1:{port}"
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(url, headers={"Origin": url}, cookie_jar=jar) as http:
            yield Stage(app[SERVICES], http, settings.rtmp_port)


async def test_an_encoder_publishes_by_rtmp_and_is_watched(tmp_path: Path) -> None:
    async with stage(tmp_path) as on:
        show = await on.show()
        async with on.encoder(f"{show['show_id']}.{show['stream_key']}"):
            await on.until(show["show_id"], "live")
            async with closing(RTCPeerConnection()) as viewer:
                tracks: dict[str, Any] = {}
                viewer.on("track", lambda track: tracks.setdefault(track.kind, track))
                for kind in ("audio", "video"):
                    viewer.addTransceiver(kind, "recvonly")
                await viewer.setLocalDescription(await viewer.createOffer())
                headers = {"Content-Type": "application/sdp"}
                offer = viewer.localDescription.sdp
                async with on.http.post(f"/whep/{show['show_id']}", data=offer, headers=headers) as reply:
                    assert reply.status == 201
                    await viewer.setRemoteDescription(RTCSessionDescription(await reply.text(), "answer"))
                pictures = await frames(tracks["video"], 5)
                assert all((one.width, one.height) == (WIDTH, HEIGHT) for one in pictures)
                assert brightness(pictures[-1]) > 40
                sounds = await frames(tracks["audio"], 5)
                assert all(one.sample_rate == 48_000 for one in sounds)
            media = await on.services.engine.show_media(show["show_id"])
            assert media.publication is not None
            assert media.publication.video_codec == "H264"
            assert on.counters()["encoders"] == 1
        await on.until(show["show_id"], "interrupted")  # it said goodbye; the show waits for its host
        await on.counted("encoders_now", 0)


async def test_a_wrong_key_is_hung_up_on(tmp_path: Path) -> None:
    async with stage(tmp_path) as on:
        show = await on.show()
        for name in (f"{show['show_id']}.wrong", "nonsense", f"none.{show['stream_key']}"):
            async with on.encoder(name) as encoder:
                assert await asyncio.wait_for(encoder.wait(), 20) == 3
        await on.counted("refused", 3)
        assert on.counters()["encoders"] == 0
        await on.until(show["show_id"], "scheduled")


async def test_pictures_that_browsers_cannot_take_are_named_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with stage(tmp_path) as on:
        show = await on.show()
        async with on.encoder(f"{show['show_id']}.{show['stream_key']}", "b-frames") as encoder:
            assert await asyncio.wait_for(encoder.wait(), 30) == 3
        await on.counted("worker_failures", 1)
        assert any("B-frames" in record.getMessage() for record in caplog.records)
        await on.until(show["show_id"], "scheduled")
