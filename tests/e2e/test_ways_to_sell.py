"""All ways to sell, on phones: an auction, a flash price, a line, a drop, a giveaway and an offer, begun in the studio."""

from __future__ import annotations

import os
import time
from pathlib import Path

from playwright.async_api import Page, expect

from tests.e2e.conftest import NewPage
from tests.e2e.people import Someone, list_piece, sees_picture, sign_up
from tests.e2e.server import ServerProcess
from tests.e2e.test_first_show import go_live

PHONE = {"width": 390, "height": 844}
PICTURES = os.environ.get("CLOSETCAST_TEST_PICTURES")  # a folder: look at what the test has seen


async def keep(page: Page, name: str) -> None:
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / f"{name}.png")


async def begin(host: Someone, way: str, piece: str | None = None) -> None:
    """Choose a way to sell and a piece in the studio."""
    panel = host.page.get_by_test_id("sell-panel")
    await panel.get_by_test_id("sell-way").select_option(way)
    if piece is not None:
        await panel.get_by_test_id("sell-piece").select_option(piece)


async def start(host: Someone) -> None:
    await host.page.get_by_test_id("sell-panel").get_by_test_id("start").click()


async def runs_for(host: Someone, label: str, seconds: int) -> None:
    await host.page.get_by_test_id("sell-panel").get_by_label(label, exact=True).select_option(str(seconds))


async def test_every_way_to_sell(new_page: NewPage, server: ServerProcess) -> None:
    host = await sign_up(await new_page("/"), "mara", "Mara")
    ana = await sign_up(await new_page("/", **PHONE), "ana", "Ana")
    ben = await sign_up(await new_page("/", **PHONE), "ben", "Ben")
    coat, hat, scarf, belt = [
        await list_piece(host, title, price)
        for title, price in (("Camel coat", 9_000), ("Felt hat", 4_000), ("Silk scarf", 2_000), ("Tan belt", 1_500))
    ]
    body = {"title": "Sunday wardrobe", "description": "", "starts_at": int(time.time() * 1000)}
    show = (await host.api("POST", "/api/shows", body, status=201))["show_id"]
    for piece in (coat, hat, scarf, belt):
        await host.api("POST", f"/api/shows/{show}/lineup", {"listing_id": piece})
    await go_live(host, show)
    for viewer in (ana, ben):
        await viewer.page.goto(f"/show/{show}", wait_until="domcontentloaded")
    await sees_picture(ana.page)

    # A giveaway runs meanwhile.
    await begin(host, "giveaway", belt)
    await runs_for(host, "Runs for", 30)
    await start(host)
    await expect(ana.page.get_by_test_id("giveaway")).to_contain_text("Tan belt")
    await ana.page.get_by_test_id("enter").click()
    await expect(ana.page.get_by_test_id("enter")).to_have_text("You are in. Stay!")

    # The auction: a tap, a maximum that answers, the log checked in the browser.
    await begin(host, "auction", coat)
    await host.page.get_by_test_id("start-price").fill("10")
    await runs_for(host, "Runs for", 30)
    await start(host)
    await expect(ana.page.get_by_test_id("auction")).to_contain_text("Camel coat")
    await ana.page.get_by_test_id("bid").click()
    await expect(ana.page.get_by_test_id("auction")).to_contain_text("You lead")
    await expect(ben.page.get_by_test_id("auction")).to_contain_text("Ana leads")
    await keep(ana.page, "auction-leading")
    await ben.page.get_by_test_id("bid-sheet").click()
    await ben.page.get_by_test_id("maximum").fill("30")
    await ben.page.get_by_test_id("bid-maximum").click()
    await expect(ben.page.get_by_test_id("bid-said")).to_contain_text("You lead at $12")
    await expect(ana.page.get_by_text("You were outbid on Camel coat").first).to_be_visible()
    await ben.page.get_by_test_id("check-log").click()
    await expect(ben.page.get_by_test_id("log-checked")).to_contain_text("all 2 bids fit together")
    await keep(ben.page, "bid-sheet")
    await ben.page.keyboard.press("Escape")
    await keep(host.page, "studio-selling")

    # The flash price, frozen at the hold; the next in line gets what comes free.
    await begin(host, "flash", hat)
    await host.page.get_by_test_id("percent").fill("25")
    await start(host)
    await host.api("PUT", f"/api/shows/{show}/features/{hat}")
    card = ana.page.get_by_test_id("featured-card")
    await expect(card.get_by_test_id("flash")).to_contain_text("$30")
    await keep(ana.page, "flash")
    await card.get_by_test_id("buy-button").click()
    await expect(ana.page.get_by_role("dialog")).to_be_visible()  # the checkout
    await ana.page.keyboard.press("Escape")
    await ben.page.get_by_test_id("featured-card").get_by_test_id("wait").click()
    await expect(ben.page.get_by_test_id("featured-card").get_by_test_id("wait")).to_have_text("In line: no. 1")
    hold = (await ana.api("GET", "/api/cart"))["holds"][0]
    assert hold["price"] == 3_000
    await ana.api("DELETE", f"/api/holds/{hold['hold_id']}", status=204)
    await expect(ben.page.get_by_text("Felt hat came free and is held for you.").first).to_be_visible()
    await expect(ben.page.get_by_test_id("featured-card").get_by_test_id("buy-button")).to_contain_text("Pay now")

    # The drop.
    await begin(host, "drop")
    await host.page.get_by_test_id("drop-title").fill("Silk week")
    await host.page.get_by_role("checkbox", name="Silk scarf").check()
    await runs_for(host, "Opens in", 0)
    await start(host)
    await ana.page.get_by_test_id("drop-sizes").click()
    await keep(ana.page, "drop")
    await ana.page.get_by_test_id("drop-sheet").get_by_role("button", name="Buy Silk scarf").click()
    await expect(ana.page.get_by_role("dialog").get_by_role("button", name="Continue to payment")).to_be_visible()
    await ana.page.keyboard.press("Escape")
    await ana.page.keyboard.press("Escape")

    # The hammer, and the draw that is done again in the browser.
    await expect(ben.page.get_by_test_id("auction")).to_contain_text("You won. Pay from your bag.", timeout=30_000)
    assert 1_200 in [one["price"] for one in (await ben.api("GET", "/api/cart"))["holds"]]
    await expect(ana.page.get_by_test_id("giveaway")).to_have_attribute("data-state", "drawn", timeout=40_000)
    await expect(ben.page.get_by_test_id("giveaway")).to_contain_text("Ana won")
    await ben.page.get_by_test_id("giveaway-proof").click()
    await ben.page.get_by_test_id("draw-again").click()
    await expect(ben.page.get_by_test_id("drawn-again")).to_contain_text("the same winner")
    await keep(ben.page, "giveaway-proof")
    await ben.page.keyboard.press("Escape")

    await _an_offer(host, ben, await list_piece(host, "Linen shirt", 4_000))
    assert server.complaints() == []


async def _an_offer(host: Someone, buyer: Someone, piece: str) -> None:
    await buyer.page.goto(f"/listing/{piece}", wait_until="domcontentloaded")
    await buyer.page.get_by_test_id("make-offer").click()
    await buyer.page.get_by_test_id("offer-amount").fill("25")
    await keep(buyer.page, "offer")
    await buyer.page.get_by_test_id("send-offer").click()
    await expect(buyer.page.get_by_text("Your offer of $25 is with the seller.").first).to_be_visible()
    offers = await host.page.context.new_page()
    await offers.goto("/orders?tab=offers", wait_until="domcontentloaded")
    await offers.get_by_test_id("counter").click()
    await offers.get_by_test_id("counter-amount").fill("30")
    await offers.get_by_test_id("send-counter").click()
    await expect(offers.get_by_test_id("offer")).to_contain_text("Waiting for an answer")
    await buyer.page.goto("/orders?tab=offers", wait_until="domcontentloaded")
    await buyer.page.get_by_test_id("accept").click()
    await expect(buyer.page.get_by_test_id("offer")).to_contain_text("Agreed")
    await keep(buyer.page, "offers")
    assert 3_000 in [one["price"] for one in (await buyer.api("GET", "/api/cart"))["holds"]]
    await offers.close()
