"""Cards against frames: how far from the frame in which the host held a piece up its card comes, read from pixels.

A host in Chromium films a clock and features two pieces in turn; viewers by WebRTC and by HLS (the engine refuses them, as
when it is full) note which clock their picture shows when the card comes; afterwards the replay is played. Once over a good
line, once with 50 ms of jitter and 2 % loss on every packet of every connection (netem, in a network namespace of its own),
once across a reconnect of the host. Bars: p99 2 frames (67 ms) by WebRTC, 150 ms by HLS and in the replay; goals 1 frame, 50 ms.

``EVENTS`` in the environment: how many features per run (200).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from tests.e2e.conftest import CHROMIUM, CHROMIUM_ARGUMENTS
from tests.e2e.on_time import Broadcast, Error, error, feature, go_on_air, percentile, watch
from tests.e2e.people import sees_picture
from tests.e2e.server import ServerProcess

EVENTS = int(os.environ.get("EVENTS", "200"))
INSIDE = "CLOSETCAST_BENCH_NETEM"  # set in the namespace
NETEM = "ip link set lo up && tc qdisc add dev lo root netem delay 25ms 25ms loss 2% limit 100000"
# The server's engine also offers the machine's own addresses; in a namespace there is only loopback, with netem on it.


async def main() -> None:
    if INSIDE in os.environ:
        await _run("50 ms jitter, 2 % loss", replay=False)
        return
    await _run("good line", replay=True)
    await _run("across a reconnect of the host", replay=False, reconnect=True)
    command = f"{NETEM} && exec {sys.executable} -m tests.bench on_time"
    outcome = subprocess.run(["unshare", "-rn", "sh", "-c", command], env={**os.environ, INSIDE: "1"}, check=False)
    if outcome.returncode != 0:
        print("jitter and loss: not measured here (no network namespace, or no netem)", flush=True)


async def _run(name: str, *, replay: bool, reconnect: bool = False) -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = ServerProcess(Path(folder) / "data")
        server.start()
        try:
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(
                    executable_path=CHROMIUM, args=[*CHROMIUM_ARGUMENTS, "--headless"]
                )
                try:
                    await _measure(browser, server.url, name, replay, reconnect)
                finally:
                    await browser.close()
        finally:
            server.close()


async def _page(browser: Browser, url: str) -> Page:
    context = await browser.new_context(
        base_url=url, viewport={"width": 1280, "height": 800}, permissions=["camera", "microphone"]
    )
    page = await context.new_page()
    await page.goto("/", wait_until="domcontentloaded")
    return page


async def _measure(browser: Browser, url: str, name: str, replay: bool, reconnect: bool) -> None:
    host, fast, slow = [await _page(browser, url) for _ in range(3)]
    broadcast = await go_on_air(host)
    await slow.route("**/whep/**", lambda route: route.fulfill(status=503, headers={"Retry-After": "600"}))
    for page in (fast, slow):
        await watch(page, broadcast.show_id)
        await sees_picture(page, 60, seconds=60)
    if reconnect:
        found = await feature(broadcast, [fast, slow], EVENTS // 2)
        await host.reload(wait_until="domcontentloaded")  # the studio goes on by itself
        await host.get_by_test_id("end-show").wait_for(timeout=30_000)
        for page in (fast, slow):
            await sees_picture(page, 120, seconds=60)
        again = await feature(broadcast, [fast, slow], EVENTS - EVENTS // 2)
        errors = [before + after for before, after in zip(found, again, strict=True)]
    else:
        errors = await feature(broadcast, [fast, slow], EVENTS)
    _tell(f"WebRTC, {name}", errors[0])
    _tell(f"HLS, {name}", errors[1])
    if replay:
        _tell(f"replay, {name}", await _replay(browser, url, broadcast))


async def _replay(browser: Browser, url: str, broadcast: Broadcast) -> list[Error]:
    await broadcast.host.api("POST", f"/api/shows/{broadcast.show_id}/end")
    taps = await broadcast.host.page.evaluate("window.__taps")
    page = await _page(browser, url)
    await watch(page, broadcast.show_id)
    await page.get_by_test_id("replay-play").click(timeout=60_000)
    await page.wait_for_function("(count) => window.__cards.length >= count", arg=len(taps), timeout=0, polling=500)
    cards = await page.evaluate("window.__cards")
    shown = await page.evaluate("window.__frames")
    return [error(card["clock"], tap, shown) for card, tap in zip(cards, taps, strict=False)]


def _tell(name: str, errors: Sequence[Error]) -> None:
    values = [one.ms for one in errors]
    print(
        f"card against frame, {name}: p50 {percentile(values, 0.5)} ms, p99 {percentile(values, 0.99)} ms, "
        f"earliest {min(values)} ms, latest {max(values)} ms over {len(values)} events",
        flush=True,
    )
