"""The moderator's page in Chromium, worked by keyboard only; two browsers see what is done at once."""

from __future__ import annotations

import time

from playwright.async_api import Page, expect

from tests.e2e.conftest import NewPage
from tests.e2e.people import appeal, sign_up


async def feed_texts(page: Page) -> list[str]:
    return await page.locator(".feed-line__text").all_inner_texts()


async def test_triage_by_keyboard(new_page: NewPage) -> None:
    host = await sign_up(await new_page("/"), "mara", "Mara")
    mod = await sign_up(await new_page("/"), "milo", "Milo")
    ana = await sign_up(await new_page("/", width=390, height=844), "ana", "Ana")
    starts = int(time.time() * 1000) + 3_600_000
    show = (await host.api("POST", "/api/shows", {"title": "Coats", "description": "", "starts_at": starts}))["show_id"]
    await host.api("PUT", f"/api/shows/{show}/moderators/milo")

    await ana.page.goto(f"/show/{show}")
    desk = mod.page
    await desk.goto(f"/moderate/{show}")
    await expect(desk.get_by_test_id("filter-waiting")).to_be_visible()
    for text in ("first line", "second line", "look at example.com"):
        await ana.page.get_by_test_id("chat-input").fill(text)
        await ana.page.get_by_test_id("chat-send").click()
        await expect(desk.locator(".feed-line__text", has_text=text)).to_be_visible()
    await expect(ana.page.get_by_test_id("chat-held")).to_be_visible()

    # What waits is on top: approve it without a mouse.
    assert await feed_texts(desk) == ["look at example.com", "second line", "first line"]
    await desk.keyboard.press("j")
    await expect(desk.locator("[aria-selected=true] .feed-line__text")).to_have_text("look at example.com")
    await expect(desk.get_by_test_id("orders")).to_have_text("No")
    await desk.keyboard.press("a")
    await expect(ana.page.locator(".chat-line__text", has_text="example.com")).to_be_visible()

    # Delete, and take it back within ten seconds.
    await desk.keyboard.press("j")
    await desk.keyboard.press("j")
    await expect(desk.locator("[aria-selected=true] .feed-line__text")).to_have_text("first line")
    await desk.keyboard.press("d")
    await expect(ana.page.locator(".chat-line__text", has_text="first line")).to_have_count(0)
    await desk.keyboard.press("u")
    await expect(ana.page.locator(".chat-line__text", has_text="first line")).to_be_visible()

    # A time-out reaches the person at once; undo lets them talk again.
    await desk.keyboard.press("t")
    await expect(ana.page.get_by_test_id("chat-input")).to_have_count(0)
    await expect(desk.get_by_test_id("sanction")).to_have_text("In a time-out")
    await desk.keyboard.press("u")
    await expect(ana.page.get_by_test_id("chat-input")).to_be_visible()

    # Search takes the letters for itself; Escape gives the keys back.
    await desk.keyboard.press("/")
    await desk.keyboard.type("second")
    await expect(desk.locator(".feed-line__text")).to_have_count(1)
    await desk.keyboard.press("Escape")
    await expect(desk.locator(".feed-line__text")).to_have_count(3)
    await desk.keyboard.press("?")
    await expect(desk.get_by_test_id("keys")).to_be_visible()

    # A ban: the person may ask for another look, and somebody else decides.
    await desk.keyboard.press("b")
    await appeal(ana, "It was my sister.")
    await expect(desk.locator(".feed-line--appeal")).to_have_count(1)


async def test_who_does_not_moderate_sees_no_desk(new_page: NewPage) -> None:
    host = await sign_up(await new_page("/"), "mara", "Mara")
    starts = int(time.time() * 1000) + 3_600_000
    show = (await host.api("POST", "/api/shows", {"title": "Coats", "description": "", "starts_at": starts}))["show_id"]
    eve = await sign_up(await new_page("/", width=390, height=844), "eve", "Eve")
    await eve.page.goto(f"/moderate/{show}")
    await expect(eve.page.get_by_role("status").filter(has_text="do not moderate")).to_be_visible()
    assert await feed_texts(eve.page) == []
