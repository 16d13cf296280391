"""GStreamer's webrtcbin (Debian's 1.22) as host and as viewer."""

from __future__ import annotations

import asyncio
import json
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from aiortc import RTCPeerConnection
from aiortc.mediastreams import AudioStreamTrack

from tests.interop.stage import Stage
from tests.interop.test_python_clients import Picture, brightness, closing, frames, watch
from tests.programs import until_input_ends

PEER = Path(__file__).with_name("gstreamer_peer.py")
SYSTEM_PYTHON = "/usr/bin/python3"  # Debian's bindings of GStreamer are built for it


def gstreamer(mode: str, url: str, argument: str) -> AbstractAsyncContextManager[asyncio.subprocess.Process]:
    return until_input_ends(SYSTEM_PYTHON, str(PEER), mode, url, argument)


@pytest.mark.parametrize("codec", ["vp8", "h264"])
async def test_gstreamer_publishes_and_aiortc_watches(codec: str) -> None:
    async with Stage() as stage, gstreamer("host", f"{stage.url}/whip/show", codec):
        await stage.on_air("show")
        async with closing(RTCPeerConnection()) as viewer:
            tracks = await watch(stage, viewer, "show")
            pictures = await frames(tracks["video"], 10)
            assert all((one.width, one.height) == (320, 240) for one in pictures)
            assert brightness(pictures[-1]) > 40
            await frames(tracks["audio"], 10)
        publication = (await stage.engine.show_media("show")).publication
        assert publication is not None
        assert publication.video_codec == codec.upper()


async def test_gstreamer_watches_what_aiortc_publishes() -> None:
    async with Stage() as stage, closing(RTCPeerConnection()) as host:
        host.addTransceiver(AudioStreamTrack(), "sendonly")
        host.addTransceiver(Picture(), "sendonly")
        await stage.connect(host, "show", "whip")
        await stage.on_air("show")
        async with gstreamer("viewer", f"{stage.url}/whep/show", "20") as viewer:
            assert viewer.stdout is not None
            line = await asyncio.wait_for(viewer.stdout.readline(), 30)
            assert line, "GStreamer ended without a picture"
            seen = json.loads(line)
        assert (seen["width"], seen["height"]) == (320, 240)
        assert 150 < seen["light"] < 210
        assert seen["sounds"] > 5
