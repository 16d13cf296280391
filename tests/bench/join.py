"""Join: from the WHEP POST to the first decoded frame in Chromium, and what one join costs the server.

A server in a process of its own, the demo's synthetic host (a keyframe each second), one Chromium page that joins and
leaves again and again. Bars: first frame p50 300 ms; 10 ms of server CPU per join.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.async_api import Page, async_playwright

from tests.e2e.conftest import CHROMIUM, CHROMIUM_ARGUMENTS
from tests.e2e.server import ServerProcess
from tests.web.conftest import Visitor

JOINS = 40
QUIET_SECONDS = 4.0  # the server's CPU with its host and no viewer, measured before, is not the joins' cost

JOIN = """async (path) => {
  const video = document.createElement('video');
  video.muted = true; video.autoplay = true; video.playsInline = true;
  document.body.append(video);
  const connection = new RTCPeerConnection();
  const stream = new MediaStream();
  connection.ontrack = (event) => { stream.addTrack(event.track); video.srcObject = stream; };
  connection.addTransceiver('video', { direction: 'recvonly' });
  connection.addTransceiver('audio', { direction: 'recvonly' });
  await connection.setLocalDescription();
  const shown = new Promise((resolve) => video.requestVideoFrameCallback(() => resolve(performance.now())));
  const began = performance.now();
  const response = await fetch(path, {
    method: 'POST', headers: { 'Content-Type': 'application/sdp' }, body: connection.localDescription.sdp });
  if (response.status !== 201) throw new Error(`WHEP answered ${response.status}`);
  await connection.setRemoteDescription({ type: 'answer', sdp: await response.text() });
  const first = await shown;
  await fetch(response.headers.get('Location'), { method: 'DELETE' });
  connection.close();
  video.remove();
  return first - began;
}"""


def cpu_seconds(pid: int) -> float:
    """User and system time of a process, all threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = ServerProcess(Path(folder) / "data")
        server.start()
        try:
            await _with_host(server)
        finally:
            server.close()


async def _with_host(server: ServerProcess) -> None:
    host = Visitor(server.url)
    try:
        body = {"email": "mara@example.org", "password": "a long password", "handle": "mara", "name": "Mara"}
        assert (await host.post("/api/accounts", body)).status == 201
        plan = {"title": "Bench", "description": "", "starts_at": int(time.time() * 1000)}
        show = (await host.post("/api/shows", plan)).json
        publisher = subprocess.Popen(
            [sys.executable, "-m", "web.demo.synthetic_host", f"{server.url}/whip/{show['show_id']}"],
            env={**os.environ, "CLOSETCAST_STREAM_KEY": show["stream_key"]},
            stdin=subprocess.PIPE,
        )
        try:
            await _until_live(host, show["show_id"])
            await _measure(server, show["show_id"])
        finally:
            publisher.kill()
            publisher.wait()
    finally:
        await host.http.close()


async def _until_live(host: Visitor, show_id: str) -> None:
    for _ in range(200):
        if (await host.get(f"/api/shows/{show_id}")).json["state"] == "live":
            return
        await asyncio.sleep(0.1)
    raise RuntimeError("the synthetic host did not get on air")


async def _measure(server: ServerProcess, show_id: str) -> None:
    pid = server.pid
    before, began = cpu_seconds(pid), time.monotonic()
    await asyncio.sleep(QUIET_SECONDS)
    idle = (cpu_seconds(pid) - before) / (time.monotonic() - began)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*CHROMIUM_ARGUMENTS, "--headless"])
        try:
            page = await browser.new_page()
            await page.goto(server.url + "/healthz")
            await _join_again_and_again(page, f"/whep/{show_id}", pid, idle)
        finally:
            await browser.close()


async def _join_again_and_again(page: Page, path: str, pid: int, idle: float) -> None:
    await page.evaluate(JOIN, path)  # the first one warms up the browser's decoder
    before, began = cpu_seconds(pid), time.monotonic()
    times = [float(await page.evaluate(JOIN, path)) for _ in range(JOINS)]
    took = time.monotonic() - began
    used = cpu_seconds(pid) - before - idle * took
    times.sort()
    print(
        f"join in Chromium, {JOINS} joins: first decoded frame p50 {statistics.median(times):.0f} ms, "
        f"p95 {times[int(len(times) * 0.95) - 1]:.0f} ms; "
        f"server CPU per join {used / JOINS * 1000:.1f} ms (beside {idle * 100:.0f} % of a core for the host alone)",
        flush=True,
    )
