"""Somebody else's pieces in a show, on phones: shared and asked for, shown, bought without leaving the video, what that brought,
thanks in public; and the recording afterwards, opened where something was sold, with what is left in it bought."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import NewPage
from tests.e2e.people import ADDRESS, Someone, goes_on, list_piece, sees_picture, sign_up
from tests.e2e.server import ServerProcess
from tests.e2e.test_accessible import judge
from tests.e2e.test_first_show import go_live
from tests.e2e.test_ways_to_sell import keep

expect.set_options(timeout=30_000)  # a busy machine draws late; what is waited for comes or does not
PHONE = {"width": 390, "height": 844, "bypass_csp": True}
CARD = {"card_number": "4242424242424242", "expiry": "12/39", "cvc": "123"}
INTO_THE_SHOW_MS = 4_000  # a sale so far from the beginning that a replay which begins there is seen to


@pytest.mark.timeout(240)
async def test_a_host_sells_what_others_own(new_page: NewPage, server: ServerProcess, tmp_path: Path) -> None:
    lena = await sign_up(await new_page("/", **PHONE), "lena", "Lena")
    mara = await sign_up(await new_page("/", **PHONE), "mara", "Mara")
    ben = await sign_up(await new_page("/", **PHONE), "ben", "Ben")
    coat, scarf = await list_piece(lena, "Camel coat", 9_000), await list_piece(lena, "Silk scarf", 2_000)
    await lena.api("PATCH", f"/api/listings/{scarf}", {"featuring_allowed": False})
    await lena.api("PUT", "/api/me/terms", {"curator": 1_000, "rates": {}, "bundle_pieces": 0, "bundle": 0})
    await ben.api("PUT", "/api/me/address", ADDRESS)
    await ben.api("POST", "/api/me/payment-methods", CARD, status=201)
    body = {"title": "Sunday wardrobe", "description": "", "starts_at": int(time.time() * 1000)}
    show = str((await mara.api("POST", "/api/shows", body, status=201))["show_id"])

    await _shared_and_asked_for(lena, mara, coat, scarf, show)
    await go_live(mara, show)
    await mara.page.wait_for_function(  # the studio sends before the show is on air
        "async (show) => (await (await fetch(`/api/shows/${show}`)).json()).state === 'live'",
        arg=show,
        timeout=60_000,
        polling=200,
    )
    await lena.page.goto("/selling", wait_until="domcontentloaded")
    await expect(lena.page.get_by_test_id("dashboard")).to_contain_text("0 of 2 sold")
    await mara.page.get_by_role("tab", name="Lineup").click()
    await mara.page.get_by_test_id(f"feature-{coat}").click()
    await _bought_without_leaving_the_video(mara, ben, scarf, show)
    # The seller's figures follow by themselves, on a page that was opened before.
    figures = lena.page.get_by_test_id("dashboard")
    await expect(figures).to_contain_text("1 of 2 sold")
    await expect(figures.locator(".figure").first).to_contain_text("$20")
    await expect(figures.locator(".chart figcaption")).to_contain_text("$20")
    await keep(lena.page, "curation-figures")
    problems: list[str] = []
    await judge(lena.page, "the figures", problems)
    await _what_it_brought_and_thanks(lena, ben, problems)
    await mara.api("POST", f"/api/shows/{show}/end")

    (sale,) = (await lena.api("GET", "/api/me/dashboard"))["moments"]
    assert sale["at"] > INTO_THE_SHOW_MS / 2  # of the picture that the buyer saw, which is a little behind
    await lena.page.goto("/selling", wait_until="domcontentloaded")
    await lena.page.get_by_test_id("best-moment").click()
    await _opens_where_it_was_sold(lena, show, scarf, sale["at"])
    await _clip_kept(lena, tmp_path)
    # The buyer's order leads to the same moment, and what was not sold there can still be bought from there.
    await ben.page.goto("/orders", wait_until="domcontentloaded")
    await ben.page.get_by_role("link", name="See the moment").click()
    await _opens_where_it_was_sold(ben, show, scarf, sale["at"])
    await _bought_from_the_recording(ben, problems)
    (brought,) = (await lena.api("GET", "/api/me/features"))["items"]
    assert [(part["sold"], part["revenue"], part["credit"]) for part in brought["brought"]] == [(2, 11_000, 1_100)]
    assert problems == []
    assert server.complaints() == []


async def _shared_and_asked_for(lena: Someone, mara: Someone, coat: str, scarf: str, show: str) -> None:
    """The seller offers the coat, the host asks for the scarf, which nobody may show otherwise; each accepts."""
    await lena.page.goto(f"/listing/{coat}", wait_until="domcontentloaded")
    await lena.page.get_by_test_id("curation-open").click()
    await lena.page.get_by_role("button", name="@mara").click()
    await lena.page.get_by_label("A word to the host").fill("For the finale?")
    await keep(lena.page, "curation-share")
    await lena.page.get_by_test_id("share-send").click()
    await expect(lena.page.get_by_text("@mara has your piece now and will answer.").first).to_be_visible()

    await mara.page.goto("/selling?tab=features", wait_until="domcontentloaded")
    request = mara.page.get_by_test_id("request")
    await expect(request).to_contain_text("Lena offers it for your show.")
    await expect(request).to_contain_text("For the finale?")
    await request.get_by_test_id("show-choice").select_option(show)
    await keep(mara.page, "curation-offered")
    await request.get_by_test_id("request-accept").click()
    await expect(request).to_contain_text("Accepted")
    await expect(request.locator("p", has_text="Sunday wardrobe")).to_be_visible()

    await mara.api("POST", f"/api/shows/{show}/lineup", {"listing_id": scarf}, status=409)
    await mara.page.goto(f"/listing/{scarf}", wait_until="domcontentloaded")
    await mara.page.get_by_test_id("curation-open").click()
    await mara.page.get_by_test_id("show-choice").select_option(show)
    await mara.page.get_by_test_id("ask-send").click()
    await expect(mara.page.get_by_text("Lena is asked.").first).to_be_visible()
    await lena.page.goto("/selling?tab=features", wait_until="domcontentloaded")
    asked = lena.page.get_by_test_id("request").filter(has_text="Silk scarf")
    await expect(asked).to_contain_text("Mara would like to feature it.")
    await asked.get_by_test_id("request-accept").click()
    await expect(asked).to_contain_text("Accepted")


async def _bought_without_leaving_the_video(mara: Someone, ben: Someone, scarf: str, show: str) -> None:
    await ben.page.goto(f"/show/{show}", wait_until="domcontentloaded")
    await sees_picture(ben.page)
    await mara.page.get_by_test_id(f"feature-{scarf}").click()
    card = ben.page.get_by_test_id("featured-card")
    await expect(card).to_contain_text("Silk scarf")
    await expect(card).to_contain_text("from @lena")
    await ben.page.evaluate("window.__video = document.querySelector('[data-testid=show-video]')")
    media = f"/api/shows/{show}/media"
    while (await mara.api("GET", media))["show_ms"] < INTO_THE_SHOW_MS:
        await goes_on(ben.page)
    await card.get_by_test_id("buy-button").click()
    await ben.page.get_by_test_id("checkout-pay").click()
    await expect(ben.page.get_by_test_id("checkout-done")).to_be_visible()
    await goes_on(ben.page)
    await keep(ben.page, "curation-bought")
    await ben.page.keyboard.press("Escape")
    await expect(card).to_contain_text("Sold to you")
    # It is the same picture as before, on the same page, and it moves.
    assert await ben.page.evaluate("window.__video === document.querySelector('[data-testid=show-video]')")
    await goes_on(ben.page)


async def _what_it_brought_and_thanks(lena: Someone, ben: Someone, problems: list[str]) -> None:
    await lena.page.goto("/selling?tab=features", wait_until="domcontentloaded")
    brought = lena.page.get_by_test_id("featured-in")
    await expect(brought).to_contain_text("Sunday wardrobe")
    await expect(brought).to_contain_text("Mara had 2 pieces of yours; 1 was put on hold.")
    await expect(brought).to_contain_text("1 sold for $20, of that $2 for the host")
    for piece, what in (("Silk scarf", "Sold at 0:0"), ("Camel coat", "Shown at 0:0")):
        await expect(brought.locator("li", has_text=piece)).to_contain_text(what)
    await brought.get_by_test_id("thank-host").click()
    await lena.page.get_by_label("Your words").fill("Nobody holds up silk like you")
    await lena.page.get_by_test_id("thank-send").click()
    await expect(brought.get_by_test_id("thank-host")).to_have_text("You thanked Mara")
    await keep(lena.page, "curation-brought")
    await judge(lena.page, "what features brought", problems)
    visitor = await ben.page.context.new_page()
    await visitor.goto("/closet/mara", wait_until="domcontentloaded")
    standing = visitor.get_by_test_id("standing")
    await expect(standing).to_contain_text("Sold 1 piece for 1 other closet in 1 show.")
    await standing.get_by_text("Thanked once").click()
    await expect(standing.get_by_text("Nobody holds up silk like you")).to_be_visible()
    await keep(visitor, "curation-standing")
    await judge(visitor, "a curator's closet", problems)
    await visitor.close()


async def _opens_where_it_was_sold(someone: Someone, show: str, piece: str, at: int) -> None:
    """The recording stands at the moment with what was on the screen then, and plays on from there."""
    page = someone.page
    await expect(page).to_have_url(f"{page.url.split('/show/')[0]}/show/{show}?at={at}")
    replay = page.get_by_test_id("replay")
    await expect(replay).to_have_attribute("data-moment", str(at), timeout=60_000)
    await expect(replay.get_by_test_id("featured-card")).to_have_attribute("data-listing", piece)
    starts = (await someone.api("GET", f"/api/shows/{show}/replay"))["starts_ms"]
    wanted = (at - starts) / 1_000
    await page.wait_for_function(
        """(wanted) => {
          const video = document.querySelector('[data-testid=show-video]');
          return !video.seeking && video.readyState >= 2 && Math.abs(video.currentTime - wanted) < 0.25;
        }""",
        arg=wanted,
        timeout=30_000,
    )
    # The first frames that are presented are those of the moment, whatever was on the screen before.
    await page.evaluate(
        """() => { const video = document.querySelector('[data-testid=show-video]'); window.__times = [];
           const note = (_, frame) => { window.__times.push(frame.mediaTime); video.requestVideoFrameCallback(note); };
           video.addEventListener('play', () => video.requestVideoFrameCallback(note), {once: true}); }"""
    )
    await page.get_by_test_id("replay-play").click()
    await page.wait_for_function("() => window.__times.length >= 10", timeout=45_000)
    times = await page.evaluate("window.__times")
    assert wanted - 0.3 < times[0] < wanted + 1, (wanted, times)
    assert times == sorted(times)
    await expect(replay.get_by_test_id("featured-card")).to_have_attribute("data-listing", piece)


async def _clip_kept(lena: Someone, folder: Path) -> None:
    """The seller cuts the moment out and keeps the file."""
    page: Page = lena.page
    await page.get_by_test_id("cut-clip").click()
    await page.get_by_test_id("make-clip").click()
    link = page.get_by_test_id("clips").get_by_role("link", name="Download")
    await expect(link).to_be_visible(timeout=60_000)
    await keep(page, "curation-clip")
    async with page.expect_download() as kept:
        await link.click()
    await (await kept.value).save_as(folder / "clip.mp4")
    assert (folder / "clip.mp4").read_bytes()[4:8] == b"ftyp"
    await page.keyboard.press("Escape")


async def _bought_from_the_recording(ben: Someone, problems: list[str]) -> None:
    page = ben.page
    await judge(page, "a recording", problems)
    await page.get_by_test_id("open-index").click()
    left = page.locator(".lineup__item", has_text="Camel coat")
    await keep(page, "curation-index")
    await judge(page, "what a recording showed", problems)
    await left.get_by_role("button", name="Buy Camel coat").click()
    await page.get_by_test_id("checkout-pay").click()
    await expect(page.get_by_test_id("checkout-done")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator(".lineup__item--sold", has_text="Camel coat")).to_be_visible()
