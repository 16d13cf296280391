"""SIGKILL of server and worker in mid-show: what was recorded plays, in FFmpeg and in a browser, and the recording goes on."""

from __future__ import annotations

import asyncio
import contextlib
import io
import itertools
import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import av
import pytest
from playwright.async_api import async_playwright

from livestream.recording.journal import Contents
from livestream.recording.shelf import read_entries
from tests.e2e.conftest import CHROMIUM, CHROMIUM_ARGUMENTS
from tests.e2e.server import ServerProcess
from tests.web.hls_stage import HlsStage, end_host, new_stage

HLS_JS = Path(__file__).parents[2] / "web/client/node_modules/hls.js/dist/hls.min.js"
KILLS = 2
PLAY = """async (url) => {
  const video = document.createElement('video'); video.muted = true; document.body.append(video); window.video = video;
  window.fatal = [];
  const player = new Hls({enableWorker: false});
  player.on(Hls.Events.ERROR, (_, data) => { if (data.fatal) window.fatal.push(data.details); });
  player.loadSource(url); player.attachMedia(video);
  await new Promise(resolve => player.on(Hls.Events.MANIFEST_PARSED, resolve));
  video.playbackRate = 4; await video.play();
}"""


@pytest.mark.browser
@pytest.mark.timeout(150)
async def test_what_was_recorded_plays_after_kills_and_goes_on(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path / "data")
    server.start()
    stage = await new_stage(server, tmp_path)
    chance = random.Random()
    kept: list[tuple[int, int]] = []
    try:
        for number in range(KILLS + 1):
            host = stage.start_host()
            try:
                await until_parts(stage, len(kept) + 8)
                await asyncio.sleep(chance.uniform(0, 1.5))
                if number < KILLS:
                    workers = worker_pids(stage)
                    assert len(workers) == 1
                    if number % 2:  # the machine's way: the worker goes too
                        os.kill(workers[0], signal.SIGKILL)
                    server.kill()
            finally:
                end_host(host)
            if number < KILLS:
                await until_no_worker(stage)  # it sees its socket end
                now = parts(stage)
                assert now[: len(kept)] == kept, "what was there before is there still"
                kept = now
                frames(stage)
                server.start()
        assert parts(stage)[: len(kept)] == kept
        assert (await stage.host.post(f"/api/shows/{stage.show_id}/end")).status == 200
        await until_ready(stage)
        assert len(frames(stage)) >= KILLS + 1
        await in_a_browser(stage)
    finally:
        await stage.host.http.close()
        server.close()


def parts(stage: HlsStage) -> list[tuple[int, int]]:
    found = Contents(read_entries(stage.files)[0])
    return [(part.segment, part.part) for segment in found.segments for part in segment.parts]


def frames(stage: HlsStage) -> dict[int, int]:
    """Pictures of each run, all decoded without an error."""
    found = Contents(read_entries(stage.files)[0])
    shown = {}
    for run, segments in itertools.groupby(found.segments, key=lambda one: one.run):
        data = (stage.files / f"init-{run}.mp4").read_bytes()
        data += b"".join((stage.files / f"{one.number}.m4s").read_bytes()[: one.size] for one in segments)
        opened: Any = av.open(io.BytesIO(data), format="mp4")
        with opened as container:
            shown[run] = len(list(container.decode(video=0)))
        assert shown[run] > 0
    return shown


def worker_pids(stage: HlsStage) -> list[int]:
    """Of this show's recording, by the folder on their command lines."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if os.fsencode(stage.files) in (entry / "cmdline").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
    return found


async def until_parts(stage: HlsStage, count: int, seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while len(parts(stage)) < count:
        assert time.monotonic() < end, f"{len(parts(stage))} parts, not {count}"
        await asyncio.sleep(0.05)


async def until_no_worker(stage: HlsStage, seconds: float = 45) -> None:
    end = time.monotonic() + seconds
    while worker_pids(stage):
        assert time.monotonic() < end, "a worker outlives its server"
        await asyncio.sleep(0.05)


async def until_ready(stage: HlsStage, seconds: float = 45) -> None:
    end = time.monotonic() + seconds
    while (await stage.host.get(f"/api/shows/{stage.show_id}/replay")).json.get("state") != "ready":
        assert time.monotonic() < end
        await asyncio.sleep(0.1)


async def in_a_browser(stage: HlsStage) -> None:
    """Chromium plays the replay through all its discontinuities to the end."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, headless=True, args=list(CHROMIUM_ARGUMENTS)
        )
        try:
            context = await browser.new_context(bypass_csp=True)
            page = await context.new_page()
            await page.goto(stage.server.url + "/healthz")
            await page.add_script_tag(path=str(HLS_JS))
            await page.evaluate(PLAY, f"{stage.server.url}{stage.hls}/index.m3u8")
            await page.wait_for_function("() => video.ended || fatal.length", timeout=40_000, polling=200)
            assert await page.evaluate("() => fatal") == []
            assert await page.evaluate("() => video.currentTime") > 5
        finally:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(browser.close(), 10)
