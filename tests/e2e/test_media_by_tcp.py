"""A host and a viewer whose networks let no UDP through: the answers' TCP candidates carry the show."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import NewPage
from tests.e2e.people import sees_picture, sign_up
from tests.e2e.server import ServerProcess

NO_UDP = """
const Original = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Original {
  constructor(...given) { super(...given); window.__peer = this; }
  setRemoteDescription(given) {
    const sdp = given.sdp.replace(/a=candidate:\\S+ 1 udp .*\\r\\n/g, '');
    return super.setRemoteDescription({ type: given.type, sdp });
  }
};
"""
PROTOCOLS = """async () => {
  const all = await window.__peer.getStats();
  for (const pair of all.values()) {
    if (pair.type === 'candidate-pair' && pair.nominated && pair.state === 'succeeded')
      return [all.get(pair.localCandidateId).protocol, all.get(pair.remoteCandidateId).protocol];
  }
  return null;
}"""

REMOTE_PORT = """async () => {
  const all = await window.__peer.getStats();
  const pair = [...all.values()].find((one) => one.type === 'candidate-pair' && one.nominated && one.state === 'succeeded');
  return all.get(pair.remoteCandidateId).port;
}"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    process = ServerProcess(tmp_path / "data", "--udp-port", "0")  # one number for pages and media, as it is by default
    process.start()
    yield process
    process.close()


async def test_a_show_without_udp(new_page: NewPage, server: ServerProcess) -> None:
    host_page, viewer_page = await new_page("/"), await new_page("/")
    host = await sign_up(host_page, "mara", "Mara")
    body = {"title": "No UDP", "description": "", "starts_at": int(time.time() * 1000)}
    show = await host.api("POST", "/api/shows", body, status=201)
    for page in (host_page, viewer_page):
        await page.add_init_script(NO_UDP)
    await host_page.goto(f"/studio/{show['show_id']}", wait_until="domcontentloaded")
    await host_page.get_by_test_id("go-live").click()
    await expect(host_page.get_by_test_id("end-show")).to_be_visible(timeout=45_000)
    await viewer_page.goto(f"/show/{show['show_id']}", wait_until="domcontentloaded")
    seen = await sees_picture(viewer_page)
    assert seen["light"] > 16
    assert await viewer_page.evaluate(PROTOCOLS) == ["tcp", "tcp"]
    assert await host_page.evaluate(PROTOCOLS) == ["tcp", "tcp"]
    assert await viewer_page.evaluate(REMOTE_PORT) == server.port
    assert server.complaints() == []
