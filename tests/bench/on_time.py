"""Cards against frames: how far from the frame in which the host held a piece up its card comes, read from pixels.

The synthetic host burns its clock into its picture and holds up nine pieces in turn, 200 times; viewers in Chromium, by
WebRTC and by HLS (the engine refuses them, as when it is full), note which clock their picture shows as each card comes;
afterwards the replay is played from the first piece on. Three lines: a good one; one on which every packet of host and WebRTC
viewer goes through a relay that loses 2 % and scatters by 50 ms (the host is a studio in Chromium there, whose camera films a
clock: the muxer of the synthetic one cannot repair losses); and one on which the host ends in the middle and comes back.

Errors are counted in the picture's own time, not in the machine's: "p99" the clock in the picture as the card came minus the
clock of the act; "frames" by how many of the frames on the screen that was, early ones counted by their ms; "painted" the p99
at the end of the rendering that brought the card. Two columns say what of it the machine did: "late" how many acts reached the
page only after their picture; "net" is p99 without what the picture on the screen itself left out just then, frames that nobody
saw. "behind" is glass to glass: how long ago the picture on the viewer's screen was taken.
Bars: p99 2 frames by WebRTC, 150 ms by HLS and in the replay; goals 1 frame, 50 ms. Two frames are 67 ms at 30 a second where
all of them come; where the way leaves some out, those that nobody saw do not count. HLS glass to glass: 3 s.

Unattended: about seven minutes, at most ten; a line that takes too long or fails says why and the next begins. In the
environment: ``EVENTS``, how many features per line (200); ``LINES``, only lines whose names hold one of these words, with commas
between them ("jitter,reconnect"). One line of 40 events takes about a minute.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, async_playwright
from playwright.async_api import Error as BrowserError

from tests.e2e.burnt_clock import DELAYS
from tests.e2e.conftest import CHROMIUM, CHROMIUM_ARGUMENTS
from tests.e2e.on_time import (
    FRAME,
    Broadcast,
    Error,
    StudioBroadcast,
    SyntheticBroadcast,
    Tap,
    cards_of,
    errors_of,
    percentile,
    studio_broadcast,
    synthetic_broadcast,
    watch,
)
from tests.e2e.people import goes_on, sees_picture
from tests.e2e.server import ServerProcess
from tests.network.relay import Relay

EVENTS = int(os.environ.get("EVENTS", "200"))
ONLY = [word.strip() for word in os.environ.get("LINES", "").split(",") if word.strip()]
PIECES = 9  # as many as have a key: a card that never came is told from the one that came after it
PAUSE = 0.15  # s between two features besides the answer's way
LATE_SECONDS = 12.0  # for the last card to come by HLS
CLOSE_SECONDS = 10.0
SETTLE_SECONDS = 6.0  # in which encoder and players find their pace and the first sender report comes (after 5 s)
BEFORE_MS = 2_000  # the replay begins so long before the first card
STUDIO_FRAME = 1000 / 30
GLASS_FRAMES = 72  # three seconds

ALL_CAME = "(count) => window.__cards.length >= count"
ALL_PLAYED = """(count) => window.__cards.length >= count || document.querySelector('[data-testid=show-video]').ended"""
THROUGH_RELAY = """
const plain = RTCPeerConnection.prototype.setRemoteDescription;
RTCPeerConnection.prototype.setRemoteDescription = function (description) {
  const lines = description.sdp.split('\\r\\n').filter((line) => !/^a=candidate:\\S+ \\d+ tcp /i.test(line));
  return plain.call(this, {type: description.type, sdp: lines.join('\\r\\n').replaceAll(' %d typ', ' %d typ')});
};
"""
BARS = {"WebRTC": "2 frames", "HLS": "150 ms", "replay": "150 ms"}


@dataclass
class Row:
    """One way of watching on one line."""

    way: str
    line: str
    errors: Sequence[Error]
    events: int
    frame: float  # ms
    behind: Sequence[float] = ()  # glass to glass, ms

    @property
    def held(self) -> bool:
        """Whether the bar is held, and hardly a card was left out (a player that ran dry leaves some)."""
        if not self.errors or len(self.errors) < 0.9 * self.events:
            return False
        if self.way == "WebRTC":
            return percentile(self.frames, 0.99) <= 2
        return percentile([one.ms for one in self.errors], 0.99) <= 150

    @property
    def frames(self) -> list[float]:
        """By how many frames on the screen each card was late, or early by the clock."""
        return [one.frames if one.ms >= 0 else round(-one.ms / self.frame) for one in self.errors]

    def __str__(self) -> str:
        start = f"{self.line:26}{self.way:8}{len(self.errors):4} of {self.events:<5}"
        if not self.errors:
            return start + "no card was matched"

        def of(values: Sequence[float], share: float) -> str:
            return f"{percentile(values, share):7.0f}"

        ms = [one.ms for one in self.errors]
        figures = of(ms, 0.5) + of(ms, 0.99) + f"{min(ms):7}{max(ms):7}" + of(self.frames, 0.5) + of(self.frames, 0.99)
        figures += of([one.painted for one in self.errors], 0.99)
        figures += f"{sum((one.heard or 0) > 0 for one in self.errors):6}" + of(
            [one.net(self.frame) for one in self.errors], 0.99
        )
        figures += f"  {BARS[self.way]:9}{'held' if self.held else 'missed':7}"
        if self.behind:
            figures += f"{statistics.median(self.behind):7.0f}{percentile(self.behind, 0.99):7.0f}"
        return start + figures


HEAD = (
    f"{'':50}{'card against frame, ms':>24}{'frames':>14}{'painted':>9}{'late':>4}{'net':>7}{'':18}{'behind, ms':>14}\n"
    f"{'line':26}{'way':8}{'cards':12}{'p50':>7}{'p99':>7}{'first':>7}{'last':>7}{'p50':>7}{'p99':>7}{'p99':>7}{'':6}{'p99':>7}"
    f"  {'bar':16}{'p50':>7}{'p99':>7}"
)


@dataclass
class Stage:
    """A host on air with two viewers, and the server and browser they are in."""

    url: str
    browser: Browser
    broadcast: Broadcast
    fast: Page
    slow: Page
    line: str

    @property
    def viewers(self) -> dict[str, Page]:
        return {"WebRTC": self.fast, "HLS": self.slow}

    @property
    def frame(self) -> float:
        return STUDIO_FRAME if isinstance(self.broadcast, StudioBroadcast) else FRAME

    async def taps(self, first: int, last: int) -> list[Tap]:
        """Feature the pieces in turn."""
        found = []
        for number in range(first, last):
            found.append(await self.broadcast.feature(number))
            await asyncio.sleep(PAUSE + (number * 0.0137) % 0.1)  # not in step with the camera
        return found

    async def behind(self) -> dict[str, list[float]]:
        """Glass to glass. A synthetic host's clock counts from when it began, a studio's camera shows the wall clock."""
        origin = self.broadcast.host.began if isinstance(self.broadcast, SyntheticBroadcast) else 0
        return {way: await page.evaluate(DELAYS, [origin, GLASS_FRAMES]) for way, page in self.viewers.items()}

    async def measured(self, taps: Sequence[Tap], behind: dict[str, list[float]]) -> list[Row]:
        """Live, once the last cards have come, then the same show as a replay."""
        rows = []
        for way, page in self.viewers.items():
            with contextlib.suppress(BrowserError):  # those that never come are missing in the count
                await page.wait_for_function(ALL_CAME, arg=len(taps), timeout=LATE_SECONDS * 1000)
            errors = errors_of(taps, await cards_of(page))
            rows.append(Row(way, self.line, errors, len(taps), self.frame, behind[way]))
        if isinstance(self.broadcast, StudioBroadcast):
            await self.broadcast.host.api("POST", f"/api/shows/{self.broadcast.show_id}/end")
            await self.broadcast.host.page.close()
        elif isinstance(self.broadcast, SyntheticBroadcast):
            await self.broadcast.end()
        for page in self.viewers.values():
            await page.close()
        page = await _page(self.browser, self.url)
        first = await _first_card(page, self.broadcast.show_id)
        await watch(page, self.broadcast.show_id, f"?at={max(0, first - BEFORE_MS)}")
        await page.get_by_test_id("replay-play").click(timeout=30_000)
        with contextlib.suppress(BrowserError):
            limit = (LATE_SECONDS + len(taps) * 0.5) * 1000
            await page.wait_for_function(ALL_PLAYED, arg=len(taps), timeout=limit, polling=500)
        errors = errors_of(taps, await cards_of(page))
        return [*rows, Row("replay", self.line, errors, len(taps), self.frame)]


async def _first_card(page: Page, show_id: str) -> int:
    """The show time of the first feature, ms."""
    answer = await page.request.get(f"/api/shows/{show_id}/timeline?after=0&limit=1000")
    events = (await answer.json())["items"]
    return int(next(event["at"] for event in events if event["kind"] == "featured"))


async def _steady(stage: Stage) -> list[Row]:
    behind = await stage.behind()
    return await stage.measured(await stage.taps(0, EVENTS), behind)


async def _reconnected(stage: Stage) -> list[Row]:
    """Half of the events before the host is killed and begins anew, half after it."""
    assert isinstance(stage.broadcast, SyntheticBroadcast)
    half = EVENTS // 2
    before = await stage.taps(0, half)
    await stage.broadcast.host.restart()
    for page in stage.viewers.values():
        await goes_on(page, seconds=30)
    after = await stage.taps(half, EVENTS)
    behind = await stage.behind()
    return await stage.measured([*before, *after], behind)


@contextlib.asynccontextmanager
async def _stage(line: str, relayed: bool) -> Any:
    async with contextlib.AsyncExitStack() as opened:
        folder = opened.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        server = ServerProcess(Path(folder) / "data")
        opened.callback(server.close)
        await asyncio.to_thread(server.start)
        playwright = await async_playwright().start()
        opened.push_async_callback(_bounded, playwright.stop)
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=list(CHROMIUM_ARGUMENTS), headless=True
        )
        opened.push_async_callback(_bounded, browser.close)
        fast, slow = [await _page(browser, server.url) for _ in range(2)]
        broadcast: Broadcast
        if relayed:
            host = await _page(browser, server.url)
            for page in (host, fast):  # a line each, as two people have
                relay = await Relay(server.udp_port).open()
                opened.callback(relay.close)
                # As netem's "50ms 50ms", which draws evenly from 0 to 100 ms: a standard deviation of 29 ms.
                relay.shape(loss=2, delay_ms=50, jitter_ms=29)
                await page.add_init_script(THROUGH_RELAY % (server.udp_port, relay.port))
            broadcast = await studio_broadcast(host, PIECES)
        else:
            broadcast = await opened.enter_async_context(synthetic_broadcast(server.url, PIECES))
        await slow.route("**/whep/**", lambda route: route.fulfill(status=503, headers={"Retry-After": "600"}))
        for page in (fast, slow):
            await watch(page, broadcast.show_id)
            await sees_picture(page, 60, seconds=30)
        await asyncio.sleep(SETTLE_SECONDS)
        yield Stage(server.url, browser, broadcast, fast, slow, line)


async def _bounded(close: Callable[[], Awaitable[Any]]) -> None:
    """A browser that no longer answers is left behind."""
    with contextlib.suppress(TimeoutError, BrowserError):
        await asyncio.wait_for(close(), CLOSE_SECONDS)


async def _page(browser: Browser, url: str) -> Page:
    context = await browser.new_context(
        base_url=url, viewport={"width": 1280, "height": 800}, permissions=["camera", "microphone"]
    )
    page = await context.new_page()
    await page.goto("/", wait_until="domcontentloaded")
    return page


# Name, what happens, whether through relays, and the seconds that it may take; what one leaves, the next ones may have.
LINES: tuple[tuple[str, Callable[[Stage], Awaitable[list[Row]]], bool, float], ...] = (
    ("good line", _steady, False, 165),
    ("50 ms jitter, 2 % loss", _steady, True, 240),  # a studio's answers take longer
    ("across a host's reconnect", _reconnected, False, 175),
)


async def main() -> None:
    # Ended from outside it closes its server and its browser too.
    if (task := asyncio.current_task()) is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    chosen = [line for line in LINES if not ONLY or any(word in line[0] for word in ONLY)]
    if not chosen:
        raise RuntimeError(f"no line has a name with {' or '.join(ONLY)}: {', '.join(line[0] for line in LINES)}")
    print(HEAD, flush=True)
    begun = time.monotonic()
    failed = []
    until = begun
    for line, run, relayed, seconds in chosen:
        until += seconds
        try:
            async with asyncio.timeout(until - time.monotonic()), _stage(line, relayed) as stage:
                for row in await run(stage):
                    print(row, flush=True)
        except TimeoutError:
            failed.append(line)
            print(f"{line}: given up", flush=True)
        except Exception as problem:  # the other lines have their turn
            failed.append(line)
            print(f"{line}: {type(problem).__name__}: {problem}", flush=True)
    print(f"{time.monotonic() - begun:.0f} s", flush=True)
    if failed:
        raise RuntimeError(f"not measured to the end: {', '.join(failed)}")
