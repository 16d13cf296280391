"""The card comes with the frame in which the host held the piece up, whichever way the picture comes, live and in the replay.

Everything is judged by the clock that is burnt into the picture (``burnt_clock.py``): how busy the machine is does not matter,
but for a picture that stands still, behind which the page holds nothing back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.e2e.burnt_clock import CLOCK_NOW, DELAYS, EXPECT_WORDS, WORDS_CAME, apart
from tests.e2e.conftest import NewPage
from tests.e2e.on_time import (
    FRAME,
    Broadcast,
    Error,
    Tap,
    cards_of,
    errors_of,
    studio_broadcast,
    synthetic_broadcast,
    watch,
)
from tests.e2e.people import PASSWORD, sees_picture
from tests.e2e.server import ServerProcess
from web.demo.client import DemoClient

EVENTS = 6
PIECES = EVENTS + 2  # one for a card that comes late, one for a hold
STALLED = 1_000  # ms: a picture that stands still for longer may be one that the page no longer waits for
GLASS_TO_GLASS = 3_000  # ms by HLS


async def featured_in_turn(broadcast: Broadcast, viewers: Sequence[Page], events: int) -> list[Tap]:
    """Feature piece after piece, each when all viewers have seen the one before: on a picture that stands still for long, two
    acts would come with one frame, and only the later one be seen."""
    taps = []
    for number in range(events):
        taps.append(await broadcast.feature(number))
        for viewer in viewers:
            await viewer.wait_for_function(
                "(listing) => window.__cards.at(-1)?.listing === listing", arg=taps[-1].listing, timeout=90_000
            )
        await asyncio.sleep(0.1 + number * 0.0137)  # not in step with the camera
    return taps


async def errors(page: Page, taps: Sequence[Tap]) -> list[Error]:
    """Of the cards that came: all of them, in the order of the acts, each once."""
    cards = await cards_of(page)
    assert [card["listing"] for card in cards] == [tap.listing for tap in taps]
    return errors_of(taps, cards)


def with_their_frames(found: Sequence[Error], early: float) -> None:
    """No card before its frame, and none that the page could have shown with an earlier one."""
    judged = [one for one in found if one.stalled < STALLED]
    assert len(judged) >= len(found) // 2, "the picture hardly ever moved"
    assert min(one.ms for one in judged) >= -early
    # The frame that the page is told of is the one on the screen or, where the browser is late, the one before it.
    assert max(one.ignored for one in judged) <= 2


async def clock(page: Page) -> int:
    found = await page.evaluate(CLOCK_NOW)
    assert found is not None
    return int(found)


@pytest.mark.timeout(150)
async def test_the_studios_cards_come_with_the_frames_of_its_preview(new_page: NewPage) -> None:
    host_page, viewer = await new_page("/"), await new_page("/")
    broadcast = await studio_broadcast(host_page, PIECES)
    await watch(viewer, broadcast.show_id)
    await sees_picture(viewer, 60, seconds=60)
    taps = await featured_in_turn(broadcast, [viewer], EVENTS)
    found = await errors(viewer, taps)
    print(f"studio, WebRTC: {found}")
    # The preview may show a frame more or less than the browser's captureTime says.
    with_their_frames(found, early=3 * FRAME)


@pytest.mark.timeout(300)
async def test_every_way_of_watching_shows_what_the_picture_shows(new_page: NewPage, server: ServerProcess) -> None:
    """One viewer by WebRTC, one for whom the engine has no place: by HLS, which is said. Later the replay."""
    fast, slow = await new_page("/"), await new_page("/")
    async with synthetic_broadcast(server.url, PIECES) as broadcast:
        show_id = broadcast.show_id
        await slow.route("**/whep/**", lambda route: route.fulfill(status=503, headers={"Retry-After": "60"}))
        for page in (fast, slow):
            await watch(page, show_id)
            await sees_picture(page, 30, seconds=60)
        await expect(slow.get_by_test_id("delayed")).to_contain_text("A few seconds behind")
        await slow.wait_for_function(
            f"async ([origin, most]) => Math.min(...await ({DELAYS})([origin, 12])) <= most",
            arg=[broadcast.host.began, GLASS_TO_GLASS],
            timeout=90_000,
        )

        taps = await featured_in_turn(broadcast, [fast, slow], EVENTS)
        for way, page in (("WebRTC", fast), ("HLS", slow)):
            found = await errors(page, taps)
            print(f"{way}: {found}")
            with_their_frames(found, early=FRAME / 2)

        await said_with_its_picture(server.url, show_id, fast, slow)
        await held_at_once(server.url, broadcast.client, show_id, broadcast.pieces, fast, slow)
        await broadcast.end()

    replay = await new_page("/")
    first = next(event["at"] for event in await timeline(replay, show_id) if event["kind"] == "featured")
    await watch(replay, show_id, f"?at={max(0, first - 1_500)}")
    await replay.get_by_test_id("replay-play").click(timeout=30_000)
    await replay.wait_for_function(
        "(listing) => window.__cards.at(-1)?.listing === listing", arg=broadcast.pieces[EVENTS], timeout=90_000
    )
    cards = await cards_of(replay)
    found = errors_of(taps, cards)
    assert len(found) == len(cards) - 1, "cards come in the order of the acts, each once"
    assert len(found) >= len(taps) // 2
    print(f"replay: {found}")
    with_their_frames(found, early=FRAME / 2)
    # What a moderator takes away afterwards is gone from replays that are open, and from those that are opened later.
    line = replay.locator(".chat-line__text", has_text="that collar")
    await expect(line).to_be_visible(timeout=90_000)
    (said,) = [event for event in await timeline(replay, show_id) if event["kind"] == "said"]
    async with DemoClient(server.url) as host:
        await host.sign_in_or_up("mara@example.org", PASSWORD, "mara", "Mara", "")
        await host.act(show_id, {"do": "delete", "message_id": said["data"]["message_id"]})
    await expect(line).to_have_count(0)
    assert "that collar" not in str(await timeline(replay, show_id))
    # The index goes to the moment of a piece.
    await replay.get_by_test_id("feature-jump").nth(2).click()
    await expect(replay.get_by_test_id("featured-card").first).to_have_attribute("data-listing", broadcast.pieces[2])


async def words_came(page: Page) -> int:
    """What the picture showed then."""
    found = await page.wait_for_function(WORDS_CAME, timeout=30_000)
    return int((await found.json_value())[0])


async def said_with_its_picture(url: str, show_id: str, fast: Page, slow: Page) -> None:
    """Nobody reads a line before the frame that its author saw."""
    for page in (fast, slow):
        await page.evaluate(EXPECT_WORDS, [".show__chat", "that collar"])
    async with DemoClient(url) as ana:
        await ana.sign_in_or_up("ana@example.org", PASSWORD, "ana", "Ana", "")
        seen = await clock(fast)
        await ana.say(show_id, "that collar", "1", at=seen)
    for page in (fast, slow):
        assert apart(await words_came(page), seen) >= -FRAME / 2


async def held_at_once(url: str, host: DemoClient, show_id: str, pieces: Sequence[str], fast: Page, slow: Page) -> None:
    """Somebody's hold is on the button long before the card of an act that was done earlier, but whose picture comes later."""
    await slow.evaluate(EXPECT_WORDS, [".show__lineup .buy--held", ""])
    before = len(await slow.evaluate("window.__cards"))
    ahead = await clock(fast) + 1_900  # an act may be up to two seconds faster than its picture
    moment = {"Show-Moment": f"{show_id}; captured=0; seen={ahead}"}
    await host.call("PUT", f"/api/shows/{show_id}/features/{pieces[EVENTS]}", headers=moment)
    await host.call("DELETE", f"/api/shows/{show_id}/features/{pieces[EVENTS - 1]}", headers=moment)
    async with DemoClient(url) as ben:
        await ben.sign_in_or_up("ben@example.org", PASSWORD, "ben", "Ben", "")
        await ben.call(
            "POST",
            "/api/holds",
            {"listing_id": pieces[EVENTS + 1], "show_id": show_id},
            headers={"Idempotency-Key": "ben-1"},
        )
    held = await words_came(slow)
    await slow.wait_for_function("(before) => window.__cards.length > before", arg=before, timeout=90_000)
    card = (await cards_of(slow))[before]
    assert card["listing"] == pieces[EVENTS]
    assert apart(held, card["clock"]) < 0


async def timeline(page: Page, show_id: str) -> list[dict[str, Any]]:
    answer = await page.request.get(f"/api/shows/{show_id}/timeline?after=0&limit=1000")
    return list((await answer.json())["items"])
