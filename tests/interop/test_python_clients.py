"""Independent clients in Python: aiortc as host and viewer, FFmpeg's WHIP muxer as host."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import av
from aiortc import RTCPeerConnection, VideoStreamTrack
from aiortc.mediastreams import AudioStreamTrack

from tests.interop.made_up import HEIGHT, WIDTH
from tests.interop.stage import Stage


class Picture(VideoStreamTrack):
    """A picture whose brightness tells it from black."""

    async def recv(self) -> av.VideoFrame:
        pts, time_base = await self.next_timestamp()
        frame = av.VideoFrame(320, 240, "yuv420p")
        for plane, value in zip(frame.planes, (180, 90, 160), strict=True):
            plane.update(bytes([value]) * plane.buffer_size)
        frame.pts, frame.time_base = pts, time_base
        return frame


@contextlib.asynccontextmanager
async def closing(peer: RTCPeerConnection) -> AsyncIterator[RTCPeerConnection]:
    try:
        yield peer
    finally:
        await peer.close()


async def watch(stage: Stage, peer: RTCPeerConnection, show_id: str) -> dict[str, Any]:
    """Watch; returns the tracks by kind."""
    tracks: dict[str, Any] = {}
    peer.on("track", lambda track: tracks.setdefault(track.kind, track))
    for kind in ("audio", "video"):
        peer.addTransceiver(kind, "recvonly")
    await stage.connect(peer, show_id, "whep")
    return tracks


async def frames(track: Any, count: int) -> list[Any]:
    async with asyncio.timeout(45):
        return [await track.recv() for _ in range(count)]


def brightness(frame: av.VideoFrame) -> float:
    luma = bytes(frame.planes[0])
    return sum(luma[::97]) / len(luma[::97])


async def test_aiortc_publishes_and_aiortc_watches() -> None:
    async with Stage() as stage, closing(RTCPeerConnection()) as host:
        host.addTransceiver(AudioStreamTrack(), "sendonly")
        host.addTransceiver(Picture(), "sendonly")
        await stage.connect(host, "show", "whip")
        await stage.on_air("show")
        for _ in range(2):  # the second one joins a running show
            async with closing(RTCPeerConnection()) as viewer:
                tracks = await watch(stage, viewer, "show")
                pictures = await frames(tracks["video"], 10)
                assert all((one.width, one.height) == (320, 240) for one in pictures)
                assert 150 < brightness(pictures[-1]) < 210
                stamps = [one.pts for one in pictures]
                assert stamps == sorted(set(stamps))
                sounds = await frames(tracks["audio"], 10)
                assert all(one.sample_rate == 48000 for one in sounds)
        publication = (await stage.engine.show_media("show")).publication
        assert publication is not None
        assert publication.round_trip_ms is not None
        counters = (await stage.engine.statistics()).counters
        assert not counters.get("datagram_errors", 0) + counters.get("tick_errors", 0)


async def test_ffmpegs_muxer_publishes_and_aiortc_watches(tmp_path: Path) -> None:
    async with Stage() as stage:
        host = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.interop.whip_host",
            f"{stage.url}/whip/show",
            str(tmp_path),
            stdin=asyncio.subprocess.PIPE,
        )
        assert host.stdin is not None
        try:
            await stage.on_air("show")
            async with closing(RTCPeerConnection()) as viewer:
                tracks = await watch(stage, viewer, "show")
                pictures = await frames(tracks["video"], 5)
                assert all((one.width, one.height) == (WIDTH, HEIGHT) for one in pictures)
                assert brightness(pictures[-1]) > 16
                await frames(tracks["audio"], 5)
            host.stdin.close()  # it says goodbye by DELETE
            assert await asyncio.wait_for(host.wait(), 10) == 0
            await stage.recorder.until_true(lambda: any(one[0] == "stopped" for one in stage.recorder.notices))
        finally:
            if host.returncode is None:
                host.kill()
                await host.wait()
