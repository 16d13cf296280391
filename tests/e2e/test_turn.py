"""A viewer whose network lets nothing through but a TURN server: the picture comes by coturn, with credentials of one day."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import NewPage
from tests.e2e.people import sees_picture, sign_up
from tests.e2e.server import ServerProcess
from tests.servers import free_port

SECRET = "only these two know it"
RELAY_ONLY = """
const Original = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Original {
  constructor(given = {}) { super({ ...given, iceTransportPolicy: 'relay' }); window.__peer = this; }
  setConfiguration(given) { super.setConfiguration({ ...given, iceTransportPolicy: 'relay' }); }
};
"""
PAIR = """async () => {
  const all = await window.__peer.getStats();
  for (const pair of all.values()) {
    if (pair.type === 'candidate-pair' && pair.nominated) return all.get(pair.localCandidateId).candidateType;
  }
  return null;
}"""


@contextlib.asynccontextmanager
async def turn_server(folder: Path) -> AsyncIterator[int]:
    """coturn on loopback; yields its port."""
    port = free_port()
    arguments = ["-n", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", f"--listening-port={port}"]
    arguments += ["--use-auth-secret", f"--static-auth-secret={SECRET}", "--realm=closetcast", "--allow-loopback-peers"]
    arguments += ["--no-cli", "--no-tls", "--no-dtls", "--log-file=stdout", f"--pidfile={folder / 'turn.pid'}"]
    arguments += [f"--userdb={folder / 'turn.sqlite'}"]
    process = await asyncio.create_subprocess_exec(
        "turnserver", *arguments, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(45):
            while True:
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.close()
                    break
                await asyncio.sleep(0.05)
        yield port
    finally:
        process.terminate()
        await process.wait()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    """Not started: the test names its TURN server first."""
    process = ServerProcess(tmp_path / "data")
    yield process
    process.close()


async def test_a_viewer_behind_a_relay_sees_the_show(
    new_page: NewPage, server: ServerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with turn_server(tmp_path) as port:
        monkeypatch.setenv("CLOSETCAST_TURN_SECRET", SECRET)
        monkeypatch.setenv("CLOSETCAST_TURN_SERVERS", f"turn:127.0.0.1:{port}?transport=tcp")
        server.start()
        host_page, viewer_page = await new_page("/"), await new_page("/")
        host = await sign_up(host_page, "mara", "Mara")
        body = {"title": "Relay", "description": "", "starts_at": int(time.time() * 1000)}
        show = await host.api("POST", "/api/shows", body, status=201)
        await host_page.goto(f"/studio/{show['show_id']}", wait_until="domcontentloaded")
        await host_page.get_by_test_id("go-live").click()
        await expect(host_page.get_by_test_id("end-show")).to_be_visible(timeout=45_000)
        await viewer_page.add_init_script(RELAY_ONLY)
        await viewer_page.goto(f"/show/{show['show_id']}", wait_until="domcontentloaded")
        seen = await sees_picture(viewer_page)
        assert seen["light"] > 16
        assert await viewer_page.evaluate(PAIR) == "relay"
        assert server.complaints() == []
