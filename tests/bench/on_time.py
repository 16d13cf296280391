"""Cards against frames: how far from the frame in which the host held a piece up its card comes, read from pixels.

A host in Chromium films a clock and features nine pieces in turn, several times a second; viewers by WebRTC and by HLS (the
engine refuses them, as when it is full) note which clock their picture shows when the card comes; afterwards the replay is
played. Over a good line, then with every packet of host and viewer going through a relay that loses 2 % and scatters by
50 ms, then across a reconnect of the host. The relay carries the media alone: HLS and the live channel go over TCP beside it.
Bars: p99 2 frames (67 ms) by WebRTC, 150 ms by HLS and in the replay; goals 1 frame, 50 ms.

``EVENTS`` in the environment: how many features over the good line (200); the other two runs have half as many. A run that
fails or takes too long says why, and the next begins.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, async_playwright
from playwright.async_api import Error as BrowserError

from tests.e2e.conftest import CHROMIUM, CHROMIUM_ARGUMENTS
from tests.e2e.on_time import Broadcast, Error, apart, error, go_on_air, percentile, watch
from tests.e2e.people import goes_on, sees_picture
from tests.e2e.server import ServerProcess
from tests.network.relay import Relay

EVENTS = int(os.environ.get("EVENTS", "200"))
PIECES = 9  # as many as have a key: a card that never came is told from the one that came after it
PAUSE = 0.1  # s between two features besides the answer's way
BEGIN_SECONDS = 60.0  # a server, a browser and three pages until both pictures are there
EVENT_SECONDS = 0.8  # the most that an event may take on the average
LATE_SECONDS = 15.0  # for the last card to come by HLS
QUIET_SECONDS = 6.0  # without a new card: twice what HLS is behind
CLOSE_SECONDS = 10.0
SETTLE_SECONDS = 5.0  # in which the encoder finds its bit rate

ALL_CAME = """([count, quiet]) => window.__cards.length >= count
  || performance.now() - (window.__cards.at(-1)?.noted ?? performance.now()) > quiet"""
ALL_PLAYED = """(count) => window.__cards.length >= count || document.querySelector('[data-testid=show-video]').ended"""
THROUGH_RELAY = """
const plain = RTCPeerConnection.prototype.setRemoteDescription;
RTCPeerConnection.prototype.setRemoteDescription = function (description) {
  const lines = description.sdp.split('\\r\\n').filter((line) => !/^a=candidate:\\S+ \\d+ tcp /i.test(line));
  return plain.call(this, {type: description.type, sdp: lines.join('\\r\\n').replaceAll(' %d typ', ' %d typ')});
};
"""


@dataclass
class Row:
    """One viewer of one run."""

    viewer: str
    line: str
    errors: Sequence[Error]
    events: int

    def __str__(self) -> str:
        start = f"{self.viewer:8}{self.line:28}{len(self.errors):4} of {self.events:<4}"
        if not self.errors:
            return start + " no card was matched"
        ms, frames = [one.ms for one in self.errors], [one.frames for one in self.errors]
        times = f"{percentile(ms, 0.5):8}{percentile(ms, 0.99):8}{min(ms):10}{max(ms):8}"
        return start + times + f"{percentile(frames, 0.5):12}{percentile(frames, 0.99):12}"


HEAD = (
    f"{'viewer':8}{'line':28}{'events':12}{'p50 ms':>8}{'p99 ms':>8}{'earliest':>10}{'latest':>8}"
    f"{'p50 frames':>12}{'p99 frames':>12}"
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
    events: int

    async def reconnected(self) -> list[Row]:
        """Half of the events before the host's page is loaded again, half after it."""
        half = self.events // 2
        before = await self.taps(0, half)
        await self.seen(half)
        host = self.broadcast.host.page
        await host.reload(wait_until="domcontentloaded")  # the studio goes on by itself
        await host.get_by_test_id("end-show").wait_for(timeout=20_000)
        for page in (self.fast, self.slow):
            await goes_on(page)
        return await self.rows(before + await self.taps(half, self.events))

    async def steady(self) -> list[Row]:
        return await self.rows(await self.taps(0, self.events))

    async def taps(self, first: int, last: int) -> list[tuple[str, int]]:
        """Feature the pieces in turn; of each the listing and the clock that the host saw."""
        page = self.broadcast.host.page
        for number in range(first, last):
            await page.keyboard.press(str(number % PIECES + 1))
            await page.wait_for_selector("[aria-busy=true]", state="detached", timeout=10_000)
            await asyncio.sleep(PAUSE + (number * 0.0137) % 0.1)  # not in step with the camera
        clocks = await page.evaluate("window.__taps")
        listings = [self.broadcast.pieces[number % PIECES] for number in range(first, last)]
        return list(zip(listings, clocks, strict=True))

    async def seen(self, count: int) -> None:
        """Wait until all cards are with both, or none has come for a while: one that never comes is missing in the count."""
        for page in (self.fast, self.slow):
            with contextlib.suppress(BrowserError):
                await page.wait_for_function(ALL_CAME, arg=[count, QUIET_SECONDS * 1000], timeout=LATE_SECONDS * 1000)

    async def rows(self, taps: Sequence[tuple[str, int]]) -> list[Row]:
        await self.seen(len(taps))
        viewers = {"WebRTC": self.fast, "HLS": self.slow}
        return [Row(name, self.line, await _errors(page, taps), len(taps)) for name, page in viewers.items()]

    async def with_replay(self) -> list[Row]:
        taps = await self.taps(0, self.events)
        rows = await self.rows(taps)
        for row in rows:
            print(row, flush=True)
        await self.broadcast.host.api("POST", f"/api/shows/{self.broadcast.show_id}/end")
        for page in (self.broadcast.host.page, self.fast, self.slow):
            await page.close()
        page = await _page(self.browser, self.url)
        await watch(page, self.broadcast.show_id)
        await page.get_by_test_id("replay-play").click(timeout=30_000)
        with contextlib.suppress(BrowserError):  # those that did not come are missing in the count
            await page.wait_for_function(
                ALL_PLAYED,
                arg=self.events,
                timeout=(LATE_SECONDS + self.events * EVENT_SECONDS) * 1000,
                polling=500,
            )
        return [Row("replay", self.line, await _errors(page, taps), self.events)]


async def main() -> None:
    # Ended from outside it closes its server and its browser too.
    if (task := asyncio.current_task()) is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    print(HEAD, flush=True)
    failed = []
    half = (EVENTS + 1) // 2
    runs: tuple[tuple[str, Callable[[Stage], Awaitable[list[Row]]], bool, int], ...] = (
        ("good line", Stage.with_replay, False, EVENTS),
        ("50 ms jitter, 2 % loss", Stage.steady, True, half),
        ("across a host's reconnect", Stage.reconnected, False, half),
    )
    for line, run, relayed, events in runs:
        limit = BEGIN_SECONDS + 3 * LATE_SECONDS + events * EVENT_SECONDS
        if run is Stage.with_replay:
            limit += BEGIN_SECONDS + EVENTS * EVENT_SECONDS
        begun = time.monotonic()
        try:
            async with asyncio.timeout(limit), contextlib.AsyncExitStack() as opened:
                for row in await run(await _stage(opened, line, relayed, events)):
                    print(row, flush=True)
        except TimeoutError:
            failed.append(line)
            print(f"{line}: given up after {time.monotonic() - begun:.0f} s", flush=True)
        except Exception as problem:  # the other runs have their turn
            failed.append(line)
            print(f"{line}: {type(problem).__name__}: {problem}", flush=True)
    if failed:
        raise RuntimeError(f"not measured to the end: {', '.join(failed)}")


async def _stage(opened: contextlib.AsyncExitStack, line: str, relayed: bool, events: int) -> Stage:
    folder = opened.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
    server = ServerProcess(Path(folder) / "data")
    opened.callback(server.close)
    await asyncio.to_thread(server.start)
    starting = async_playwright()
    playwright = await starting.start()
    opened.push_async_callback(_bounded, playwright.stop)
    browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(CHROMIUM_ARGUMENTS), headless=True)
    opened.push_async_callback(_bounded, browser.close)
    host, fast, slow = [await _page(browser, server.url) for _ in range(3)]
    if relayed:
        for page in (host, fast):  # a line each, as two people have
            relay = await Relay(server.udp_port).open()
            opened.callback(relay.close)
            # As netem's "50ms 50ms", which draws evenly from 0 to 100 ms: a standard deviation of 29 ms.
            relay.shape(loss=2, delay_ms=50, jitter_ms=29)
            await page.add_init_script(THROUGH_RELAY % (server.udp_port, relay.port))
    broadcast = await go_on_air(host, PIECES)
    await slow.route("**/whep/**", lambda route: route.fulfill(status=503, headers={"Retry-After": "600"}))
    for page in (fast, slow):
        await watch(page, broadcast.show_id)
        await sees_picture(page, 60, seconds=30)
    await asyncio.sleep(SETTLE_SECONDS)
    return Stage(server.url, browser, broadcast, fast, slow, line, events)


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


async def _errors(page: Page, taps: Sequence[tuple[str, int]]) -> list[Error]:
    """Of the cards that came. One in whose picture no clock could be read is as one that never came."""
    cards = [card for card in await page.evaluate("window.__cards") if card["clock"] is not None]
    pairs = matched(taps, [(card["listing"], card["clock"]) for card in cards])
    return [error(cards[card]["clock"], taps[tap][1], cards[card]["shown"]) for tap, card in pairs]


def matched(taps: Sequence[tuple[str, int]], cards: Sequence[tuple[str, int]]) -> list[tuple[int, int]]:
    """Which card belongs to which tap, as places: in their order, as many as can be, and of such ways the one with the least
    error. A player that ran dry goes on with the present and leaves cards out."""
    # best[tap][card]: (pairs, error in ms below zero) of what begins there.
    best = [[(0, 0)] * (len(cards) + 1) for _ in range(len(taps) + 1)]
    for tap in reversed(range(len(taps))):
        for card in reversed(range(len(cards))):
            best[tap][card] = max(best[tap + 1][card], best[tap][card + 1])
            if taps[tap][0] == cards[card][0]:
                pairs, less = best[tap + 1][card + 1]
                off = abs(apart(cards[card][1], taps[tap][1]))
                best[tap][card] = max(best[tap][card], (pairs + 1, less - off))
    found = []
    tap = card = 0
    while tap < len(taps) and card < len(cards):
        if best[tap][card] == best[tap + 1][card]:
            tap += 1
        elif best[tap][card] == best[tap][card + 1]:
            card += 1
        else:
            found.append((tap, card))
            tap, card = tap + 1, card + 1
    return found
