"""Cards against frames, counted in the picture's own time: hosts whose picture shows a clock, and what a viewer's screen shows
when a card comes.

Of each act the clock is known in the frame that it belongs to (the synthetic host's first frame with the piece; a studio's
preview at the key), and of each card the clock in the frame that was on the screen as the card was put into the page. The
difference is the error. How busy the machine is changes what is on the screen, not which clock is in it.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from playwright.async_api import Page, expect

from tests.e2e.burnt_clock import READ_CLOCK, WATCH_CARDS, apart, film_clock
from tests.e2e.people import PASSWORD, Someone, list_piece, sign_up
from web.demo.client import DemoClient
from web.demo.publisher import SyntheticHost, shown_in

FRAME = 1000 / 24  # ms between two frames of the synthetic host; a studio's camera has 30 a second
LIVE_SECONDS = 30.0


@dataclass(frozen=True)
class Tap:
    """An act: which piece, and the clock in the frame that it belongs to."""

    listing: str
    clock: int


class Broadcast(Protocol):
    """A show on air whose picture shows a clock."""

    show_id: str
    pieces: Sequence[str]

    async def feature(self, number: int) -> Tap:
        """Feature the piece of this number (they go round) in place of the one before."""


class SyntheticBroadcast:
    """By the demo's own host, without a browser."""

    def __init__(self, client: DemoClient, show: dict[str, Any], pieces: Sequence[str]) -> None:
        self.client = client
        self.show_id = str(show["show_id"])
        self.pieces = pieces
        self.host = SyntheticHost(f"{client.url}/whip/{self.show_id}", str(show["stream_key"]))
        self._shown: str | None = None

    async def feature(self, number: int) -> Tap:
        listing = self.pieces[number % len(self.pieces)]
        held = await self.host.hold_up("")
        assert held is not None
        moment = shown_in(self.show_id, held)
        path = f"/api/shows/{self.show_id}/features/"
        await self.client.call("PUT", path + listing, headers=moment)
        if self._shown is not None and self._shown != listing:
            await self.client.call("DELETE", path + self._shown, headers=moment)
        self._shown = listing
        return Tap(listing, held.clock % (1 << 24))

    async def live(self) -> None:
        """Wait until the show is on air."""
        until = time.monotonic() + LIVE_SECONDS
        while (await self.client.call("GET", f"/api/shows/{self.show_id}"))["state"] != "live":
            assert time.monotonic() < until
            await asyncio.sleep(0.1)

    async def end(self) -> None:
        await self.client.call("POST", f"/api/shows/{self.show_id}/end")


@contextlib.asynccontextmanager
async def synthetic_broadcast(url: str, pieces: int = 2) -> AsyncIterator[SyntheticBroadcast]:
    """A show by the synthetic host, on air."""
    async with DemoClient(url) as client:
        await client.sign_in_or_up("mara@example.org", PASSWORD, "mara", "Mara", "")
        listings = []
        for number in range(1, pieces + 1):
            body = {"title": f"Piece {number}", "story": "Worn twice.", "brand": "Arket", "size": "M", "category": "outerwear",
                    "condition": "good", "price": 4800, "currency": "USD", "quantity": 1, "featuring_allowed": True}  # fmt: skip
            listings.append(str((await client.call("POST", "/api/listings", body))["listing_id"]))
        body = {"title": "Clock", "description": "", "starts_at": int(time.time() * 1000)}
        show = await client.call("POST", "/api/shows", body)
        for listing in listings:
            await client.call("POST", f"/api/shows/{show['show_id']}/lineup", {"listing_id": listing})
        broadcast = SyntheticBroadcast(client, show, listings)
        publishing = asyncio.create_task(broadcast.host.run())
        try:
            await broadcast.live()
            yield broadcast
        finally:
            publishing.cancel()
            await asyncio.gather(publishing, return_exceptions=True)


class StudioBroadcast:
    """From the studio in Chromium, whose camera films a clock; pieces are featured by the keys 1, 2, ..."""

    def __init__(self, host: Someone, show_id: str, pieces: Sequence[str]) -> None:
        self.host = host
        self.show_id = show_id
        self.pieces = pieces

    async def feature(self, number: int) -> Tap:
        page = self.host.page
        place = number % len(self.pieces)
        known = await page.evaluate("window.__taps.length")
        # The host's buttons are free once the answer to the one before is here.
        await page.wait_for_selector("[aria-busy=true]", state="detached")
        await page.keyboard.press(str(place + 1))
        found = await page.wait_for_function(
            "(known) => window.__taps[known] !== null && [window.__taps[known]]", arg=known
        )
        return Tap(self.pieces[place], (await found.json_value())[0])


async def studio_broadcast(page: Page, pieces: int = 2, handle: str = "mara") -> StudioBroadcast:
    """The host of ``page`` goes on air from the studio and is left there."""
    host = await sign_up(page, handle, "Mara")
    listings = [await list_piece(host, f"Piece {number}") for number in range(1, pieces + 1)]
    body = {"title": "Clock", "description": "", "starts_at": int(time.time() * 1000)}
    show_id = str((await host.api("POST", "/api/shows", body, status=201))["show_id"])
    for listing in listings:
        await host.api("POST", f"/api/shows/{show_id}/lineup", {"listing_id": listing}, status=201)
    await film_clock(page)
    await page.goto(f"/studio/{show_id}", wait_until="domcontentloaded")
    await page.get_by_test_id("go-live").click()
    await expect(page.get_by_test_id("end-show")).to_be_visible(timeout=LIVE_SECONDS * 1000)
    return StudioBroadcast(host, show_id, listings)


async def watch(page: Page, show_id: str, query: str = "") -> None:
    """Open the show on a page that notes which frame each card comes with."""
    await page.add_init_script(READ_CLOCK + WATCH_CARDS)
    await page.goto(f"/show/{show_id}{query}", wait_until="domcontentloaded")


@dataclass(frozen=True)
class Error:
    """Of one card, in the picture's time. ``ms``: the clock in the picture as the card came, minus the act's. ``painted``: the
    same at the end of the rendering that brought the card onto the screen. ``heard``: the same when the page heard of the act;
    above 0 the act came after its picture; None where it is not known, as in a replay. ``frames``: how many frames of the act's
    moment or later were announced to the page without the card, ``ignored``: those of them that were announced when the page
    knew of the act, which no machine's pace excuses. ``skipped``: ms between that frame and the one before it on the screen:
    by so much more than a frame the picture itself jumped. ``stalled``: ms that the picture had stood still for."""

    ms: int
    painted: int
    heard: int | None
    frames: int
    ignored: int
    skipped: int
    stalled: float

    def net(self, frame: float) -> float:
        """``ms`` without what the picture itself left out (frames that nobody saw); ``frame``: ms between two frames."""
        return max(0.0, self.ms - max(0.0, self.skipped - frame)) if self.ms > 0 else self.ms


def error(tap: Tap, card: dict[str, Any]) -> Error:
    shown = [frame for frame in card["shown"] if frame["clock"] is not None]
    off = apart(card["clock"], tap.clock)
    heard = None if card["heard"] is None else apart(card["heard"], tap.clock)
    known = 0 if heard is None else max(0, heard)
    late = {apart(frame["clock"], tap.clock) for frame in shown}
    before = max((one for one in late if one < 0), default=off)
    first = min((one for one in late if 0 <= one <= off), default=off)
    painted = off if card["painted"] is None else apart(card["painted"], tap.clock)
    stalled = card["noted"] - shown[-1]["at"] if shown else 0.0
    return Error(
        ms=off,
        painted=painted,
        heard=heard,
        frames=sum(0 <= one < off for one in late),
        ignored=sum(known <= one < off for one in late),
        skipped=max(0, first - before) if off > 0 else 0,
        stalled=stalled,
    )


async def cards_of(page: Page) -> list[dict[str, Any]]:
    """The cards that came, in their order. One in whose picture no clock could be read is as one that never came."""
    return [card for card in await page.evaluate("window.__cards") if card["clock"] is not None]


def errors_of(taps: Sequence[Tap], cards: Sequence[dict[str, Any]]) -> list[Error]:
    return [error(taps[tap], cards[card]) for tap, card in matched(taps, cards)]


def matched(taps: Sequence[Tap], cards: Sequence[dict[str, Any]]) -> list[tuple[int, int]]:
    """Which card belongs to which tap, as places: in their order, as many as can be, and of such ways the one with the least
    error. A player that ran dry goes on with the present and leaves cards out."""
    # best[tap][card]: (pairs, error in ms below zero) of what begins there.
    best = [[(0, 0)] * (len(cards) + 1) for _ in range(len(taps) + 1)]
    for tap in reversed(range(len(taps))):
        for card in reversed(range(len(cards))):
            best[tap][card] = max(best[tap + 1][card], best[tap][card + 1])
            if taps[tap].listing == cards[card]["listing"]:
                pairs, less = best[tap + 1][card + 1]
                off = abs(apart(cards[card]["clock"], taps[tap].clock))
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


def percentile(errors: Sequence[float], share: float) -> float:
    """Of the absolute values."""
    ordered = sorted(abs(error) for error in errors)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
