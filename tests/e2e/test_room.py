"""What people do in a room on air, besides talking: answer, ask, vote, react, report; and what host and moderators make of it.
Each page is judged by axe-core as it is then: full."""

from __future__ import annotations

import time

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import NewPage
from tests.e2e.people import Someone, appeal, list_piece, sign_up
from tests.e2e.test_accessible import judge
from tests.e2e.test_first_show import go_live
from tests.e2e.test_ways_to_sell import keep

expect.set_options(timeout=20_000)  # a busy machine draws late; what is waited for comes or does not
PHONE = {"width": 390, "height": 844, "bypass_csp": True}


async def say(page: Page, text: str) -> None:
    await page.get_by_test_id("chat-input").fill(text)
    await page.get_by_test_id("chat-send").click()


async def act(page: Page, text: str, name: str) -> None:
    """By the menu of a line, as the keyboard opens it."""
    menu = page.locator(".chat-line", has=page.locator(".chat-line__text", has_text=text)).get_by_test_id("chat-menu")
    await menu.focus()
    await page.keyboard.press("Enter")
    await page.get_by_test_id(name).click()


@pytest.mark.timeout(240)
async def test_a_room_and_those_who_keep_it(new_page: NewPage) -> None:
    host = await sign_up(await new_page("/", width=1440, height=900, bypass_csp=True), "mara", "Mara")
    mod = await sign_up(await new_page("/", width=1440, height=900, bypass_csp=True), "milo", "Milo")
    ana = await sign_up(await new_page("/", **PHONE), "ana", "Ana")
    ben = await sign_up(await new_page("/", **PHONE, has_touch=True), "ben", "Ben")
    lena = await sign_up(await new_page("/", **PHONE), "lena", "Lena")
    coat = await list_piece(lena, "Camel coat", 9_000)
    body = {"title": "Sunday wardrobe", "description": "", "starts_at": int(time.time() * 1000)}
    show = (await host.api("POST", "/api/shows", body, status=201))["show_id"]
    await host.api("POST", f"/api/shows/{show}/lineup", {"listing_id": coat})
    problems: list[str] = []

    # The host names a moderator for an hour, in the studio.
    await host.page.goto(f"/studio/{show}")
    await host.page.get_by_test_id("moderator-handle").fill("@milo")
    await host.page.get_by_test_id("moderator-length").select_option("3600")
    await host.page.get_by_test_id("add-moderator").click()
    await expect(host.page.get_by_test_id("role-ends")).to_contain_text("until")

    await go_live(host, show)
    await host.api("PUT", f"/api/shows/{show}/features/{coat}")
    for person in (ana, ben, lena):
        await person.page.goto(f"/show/{show}", wait_until="domcontentloaded")
        await expect(person.page.get_by_test_id("react")).to_be_visible(timeout=60_000)  # on air, picture or not
    desk = mod.page
    await desk.goto(f"/moderate/{show}")

    # The seller of what is shown has a badge; a line is answered; a question stands in the host's queue.
    await say(lena.page, "I wore it twice")
    await expect(ana.page.locator(".chat-line__role--seller")).to_be_visible()
    await act(ana.page, "I wore it twice", "reply")
    await say(ana.page, "Is the lining silk?")
    await expect(ben.page.locator(".chat-line__reply")).to_contain_text("I wore it twice")
    await ben.page.get_by_test_id("chat-input").fill("What size is it?")
    await ben.page.get_by_test_id("as-question").click()
    await ben.page.get_by_test_id("chat-send").click()
    queue = host.page.get_by_test_id("questions")
    await expect(queue).to_contain_text("What size is it?")
    await keep(host.page, "room_studio")
    await queue.locator("[data-testid^=answered-]").click()
    await expect(queue).not_to_contain_text("What size is it?")

    # A poll, with everybody's votes.
    await queue.locator("summary").click()
    await host.page.get_by_test_id("ask-poll").click()
    await host.page.get_by_test_id("poll-question").fill("Which next?")
    for place, answer in enumerate(("Hat", "Scarf")):
        await host.page.get_by_test_id(f"poll-answer-{place}").fill(answer)
    await host.page.get_by_test_id("poll-send").click()
    await ana.page.get_by_test_id("vote-0").click()
    await ben.page.get_by_test_id("vote-0").click()
    await expect(ana.page.get_by_test_id("poll")).to_contain_text("2 votes")
    await ana.page.reload(wait_until="domcontentloaded")
    await expect(ana.page.get_by_test_id("vote-0")).to_have_attribute("aria-pressed", "true")
    await expect(ana.page.get_by_test_id("poll")).to_contain_text("2 votes")

    # Reactions: by the keyboard here, by a long press there; the others see them.
    # A reaction floats for two seconds: the page itself is asked to remember it.
    await ben.page.evaluate(
        """() => new MutationObserver(() => {
          if (document.querySelector('.floating__one--fire')) window.sawFire = true;
        }).observe(document.body, {childList: true, subtree: true})"""
    )
    await ana.page.get_by_test_id("react").focus()
    await ana.page.keyboard.press("ArrowUp")
    await expect(ana.page.locator("[data-testid=reaction-tray] button").first).to_be_focused()
    await ana.page.keyboard.press("ArrowRight")
    await expect(ana.page.get_by_test_id("react-fire")).to_be_focused()
    for _ in range(3):
        await ana.page.keyboard.press("Enter")
    await ben.page.wait_for_function("window.sawFire === true")
    await keep(ana.page, "room_tray")
    await judge(ana.page, "a show on air, the tray open", problems)
    await ana.page.keyboard.press("Escape")
    await expect(ana.page.get_by_test_id("reaction-tray")).to_have_count(0)

    # Reported by a viewer, pinned by a moderator, and pinned no longer.
    await say(ben.page, "buy it at my shop instead")
    await act(ana.page, "my shop instead", "report")
    await expect(desk.locator(".feed-line--reported")).to_contain_text("my shop instead")
    await desk.keyboard.press("j")
    await expect(desk.locator("[aria-selected=true] .feed-line__text")).to_have_text("buy it at my shop instead")
    await keep(desk, "room_desk")
    await judge(desk, "the moderator's page", problems)
    await desk.keyboard.press("d")
    await expect(ana.page.locator(".chat-line__text", has_text="my shop instead")).to_have_count(0)
    await desk.locator(".feed-line", has_text="I wore it twice").click()
    await desk.keyboard.press("p")
    await expect(ana.page.get_by_test_id("pinned")).to_contain_text("I wore it twice")
    await keep(ana.page, "room_show_phone")
    await judge(ana.page, "a show on air", problems)
    await desk.keyboard.press("u")
    await expect(ana.page.get_by_test_id("pinned")).to_have_count(0)

    # A time-out, an appeal that somebody else decides.
    await desk.locator(".feed-line", has_text="What size is it?").click()
    await desk.keyboard.press("t")
    await appeal(ben, "My cousin typed that.")
    await expect(desk.locator(".feed-line--appeal")).to_have_count(1)
    await keep(ben.page, "room_appeal_phone")

    await audit(host, mod, ben, show, problems)
    assert not problems, "\n".join(problems)


async def audit(host: Someone, mod: Someone, ben: Someone, show: str, problems: list[str]) -> None:
    """What was done is on a page of its own, and is undone there by keyboard; the person card bans from everywhere."""
    page = host.page
    page.on("dialog", lambda dialog: dialog.accept())
    await page.goto(f"/moderate/{show}/audit")
    await expect(page.get_by_test_id("audit-timeout")).to_contain_text("Milo")
    await expect(page.get_by_test_id("audit-delete")).to_contain_text("buy it at my shop instead")
    await keep(page, "room_audit")
    await judge(page, "the audit", problems)
    await page.get_by_test_id("audit-what").select_option("mute,timeout,ban,shadow,lift,appeal_kept")
    await expect(page.get_by_test_id("audit-delete")).to_have_count(0)
    await page.keyboard.press("Escape")
    await page.get_by_test_id("audit-timeout").focus()
    await page.keyboard.press("u")
    await expect(page.get_by_test_id("audit-timeout")).to_contain_text("undone by Mara")
    await expect(ben.page.get_by_test_id("chat-input")).to_be_visible()
    await page.set_viewport_size({"width": 390, "height": 844})
    await judge(page, "the audit on a phone", problems)
    await keep(page, "room_audit_phone")
    await page.set_viewport_size({"width": 1440, "height": 900})

    await mod.page.locator(".feed-line", has_text="What size is it?").click()
    await expect(mod.page.get_by_test_id("act-ban")).to_be_visible()
    await expect(mod.page.get_by_test_id("act-ban_everywhere")).to_have_count(0)
    await page.goto(f"/moderate/{show}")
    await page.locator(".feed-line", has_text="What size is it?").click()
    await page.get_by_test_id("act-ban_everywhere").click()
    await expect(page.locator(".desk__undo")).to_contain_text("Ben is out of all your shows.")
    await expect(ben.page.get_by_test_id("chat-input")).to_have_count(0)
    await page.keyboard.press("u")
    await expect(page.locator(".feed-line", has_text="What size is it?")).to_be_visible()
    await ben.page.reload()
    await expect(ben.page.get_by_test_id("chat-input")).to_be_visible()
