"""A host and a viewer whose phones go from one network to another in mid-show: the same sessions go on, by ICE restart."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Request, async_playwright, expect

from tests.e2e.conftest import CHROMIUM, CHROMIUM_ARGUMENTS
from tests.e2e.people import KEEP_CONNECTIONS, goes_on, sees_picture, sign_up
from tests.e2e.server import ServerProcess
from tests.network.two_networks import MOBILE, SERVER, WIFI, TwoNetworks, why_not

pytestmark = [pytest.mark.browser, pytest.mark.timeout(200)]

LOCAL_ADDRESS = """async () => {
  for (const peer of window.__connections) {
    if (peer.connectionState !== 'connected') continue;
    const all = await peer.getStats();
    const transport = [...all.values()].find((one) => one.type === 'transport');
    const pair = all.get(transport && transport.selectedCandidatePairId);
    return pair ? all.get(pair.localCandidateId).address : null;
  }
  return null;
}"""


@dataclass
class Street:
    networks: TwoNetworks
    server: ServerProcess
    phone: Browser
    home: Browser
    asked: dict[Page, list[tuple[str, float]]] = field(default_factory=dict)  # methods of WHIP and WHEP, and when

    async def page(self, browser: Browser, permissions: Sequence[str] = ()) -> Page:
        origin = f"http://{SERVER if browser is self.phone else '127.0.0.1'}:{self.server.port}"
        context = await browser.new_context(
            base_url=origin, viewport={"width": 390, "height": 844}, permissions=permissions
        )
        page = await context.new_page()
        page.set_default_timeout(30_000)
        await page.add_init_script(KEEP_CONNECTIONS)
        asked = self.asked[page] = []

        def note(request: Request) -> None:
            path = request.url.removeprefix(origin)
            if path.startswith(("/whip/", "/whep/")) and path.count("/") <= 3 and request.method != "HEAD":
                asked.append((request.method, time.monotonic()))

        page.on("request", note)
        await page.goto("/", wait_until="domcontentloaded")
        return page


@pytest.fixture
async def street(tmp_path: Path) -> AsyncIterator[Street]:
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    async with contextlib.AsyncExitStack() as opened:
        networks = opened.enter_context(TwoNetworks())
        server = ServerProcess(
            tmp_path / "data", "--udp-port", "0", "--host", "0.0.0.0", "--public-ip", f"{SERVER},127.0.0.1"
        )
        server.start()
        opened.callback(server.close)
        playwright = await opened.enter_async_context(async_playwright())
        secure = f"--unsafely-treat-insecure-origin-as-secure=http://{SERVER}:{server.port}"
        browsers = []
        for program in (str(networks.program(tmp_path, CHROMIUM)), CHROMIUM):
            browser = await playwright.chromium.launch(
                executable_path=program, headless=True, args=[*CHROMIUM_ARGUMENTS, secure]
            )
            opened.push_async_callback(browser.close)
            browsers.append(browser)
        phone, home = browsers
        yield Street(networks, server, phone, home)


async def test_host_and_viewer_leave_the_wifi(street: Street) -> None:
    host_page = await street.page(street.phone, ["camera", "microphone"])
    # Viewers' browsers use the way to everywhere only, so the one at home does not notice the cables' ends here.
    walking, at_home = [await street.page(browser) for browser in (street.phone, street.home)]
    host = await sign_up(host_page, "mara", "Mara")
    body = {"title": "On the way", "description": "", "starts_at": int(time.time() * 1000)}
    show = (await host.api("POST", "/api/shows", body, status=201))["show_id"]
    await host_page.goto(f"/studio/{show}", wait_until="domcontentloaded")
    await host_page.get_by_test_id("go-live").click()
    await expect(host_page.get_by_test_id("end-show")).to_be_visible(timeout=30_000)
    for page in (walking, at_home):
        await page.goto(f"/show/{show}", wait_until="domcontentloaded")
        await sees_picture(page, seconds=30)
    assert await host_page.evaluate(LOCAL_ADDRESS) == WIFI
    clock = (await host.api("GET", f"/api/shows/{show}/media"))["show_ms"]
    before = {page: list(asked) for page, asked in street.asked.items()}

    left_at = time.monotonic()
    street.networks.leave_wifi()
    for page in (host_page, walking):
        async with asyncio.timeout(60):
            while len(street.asked[page]) == len(before[page]):  # noqa: ASYNC110  a browser's request sets no event
                await asyncio.sleep(0.1)
    async with asyncio.timeout(60):
        while await host_page.evaluate(LOCAL_ADDRESS) != MOBILE:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    for page in (walking, at_home):
        await goes_on(page, seconds=40)
    for page in (host_page, walking):
        # What it did about it: it asked to restart ICE in the session that it had, and gave that the time it needs.
        print(street.asked[page])
        [(method, asked_at), *further] = street.asked[page][len(before[page]) :]
        assert method == "PATCH"
        assert all(at - asked_at > 5.5 for method, at in further if method in ("POST", "DELETE"))
    # Whoever stayed at home had nothing to do, unless the host was away for very long.
    assert all(at - left_at > 5.5 for _, at in street.asked[at_home][len(before[at_home]) :])
    media = await host.api("GET", f"/api/shows/{show}/media")
    assert media["publishing"]
    assert media["show_ms"] > clock
    assert street.server.complaints() == []
