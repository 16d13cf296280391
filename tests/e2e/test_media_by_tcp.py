"""Networks that let no UDP through: the answers' TCP candidates carry the show. And one that lets no media through at all."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import NewPage
from tests.e2e.people import goes_on, sees_picture, sign_up
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
NO_WAY = """
window.__noWay = true;
const Original = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Original {
  setRemoteDescription(given) {
    const sdp = window.__noWay ? given.sdp.replace(/a=candidate:.*\\r\\n/g, '') : given.sdp;
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
    host_page, viewer_page, late_page = [await new_page("/") for _ in range(3)]
    host = await sign_up(host_page, "mara", "Mara")
    body = {"title": "No UDP", "description": "", "starts_at": int(time.time() * 1000)}
    show = await host.api("POST", "/api/shows", body, status=201)
    for page in (host_page, viewer_page):
        await page.add_init_script(NO_UDP)
    await late_page.add_init_script(NO_WAY)
    await host_page.goto(f"/studio/{show['show_id']}", wait_until="domcontentloaded")
    await host_page.get_by_test_id("go-live").click()
    await expect(host_page.get_by_test_id("end-show")).to_be_visible(timeout=45_000)
    for page in (viewer_page, late_page):
        await page.goto(f"/show/{show['show_id']}", wait_until="domcontentloaded")
    seen = await sees_picture(viewer_page)
    assert seen["light"] > 16
    assert await viewer_page.evaluate(PROTOCOLS) == ["tcp", "tcp"]
    assert await host_page.evaluate(PROTOCOLS) == ["tcp", "tcp"]
    assert await viewer_page.evaluate(REMOTE_PORT) == server.port

    # Where nothing comes through the show comes by HLS, and says that it is late; it counts as watched all the same.
    await expect(late_page.get_by_test_id("delayed")).to_be_visible(timeout=60_000)
    await goes_on(late_page)
    await expect(viewer_page.get_by_test_id("viewer-count")).to_have_text("2", timeout=20_000)
    assert (await host.api("GET", f"/api/shows/{show['show_id']}"))["viewers"] == 2
    # The network changes and lets nothing through either: what comes late goes on. Then it does, and nobody has to ask.
    for no_way in (True, False):
        async with late_page.expect_response(lambda response: "/whep/" in response.url, timeout=30_000):
            await late_page.evaluate(
                "(noWay) => { window.__noWay = noWay; window.dispatchEvent(new Event('online')); }", no_way
            )
        if no_way:
            async with late_page.expect_request(lambda request: request.method == "DELETE", timeout=60_000):
                await goes_on(late_page)
            await expect(late_page.get_by_test_id("delayed")).to_be_visible()
    await expect(late_page.get_by_test_id("delayed")).to_have_count(0, timeout=60_000)
    await goes_on(late_page)
    assert await late_page.evaluate("document.querySelector('[data-testid=show-video]').srcObject !== null")
    await expect(viewer_page.get_by_test_id("viewer-count")).to_have_text("2", timeout=20_000)
    assert server.complaints() == []
