"""From the tap to the parcel on a phone: a saved card, shipping told before the tap, the note, the rating, the figures."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.async_api import Page, expect

from tests.e2e.conftest import NewPage
from tests.e2e.people import ADDRESS, list_piece, sign_up
from tests.e2e.server import ServerProcess

PHONE = {"width": 390, "height": 844}
PICTURES = os.environ.get("CLOSETCAST_TEST_PICTURES")  # a folder: look at what the test has seen


async def keep(page: Page, name: str) -> None:
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / f"after-sale-{name}.png", full_page=True)


async def test_from_the_tap_to_the_rating(new_page: NewPage, server: ServerProcess) -> None:
    lena = await sign_up(await new_page("/", **PHONE), "lena", "Lena")
    ben = await sign_up(await new_page("/", **PHONE), "ben", "Ben")
    coat, scarf = await list_piece(lena, "Camel coat", 9_000), await list_piece(lena, "Silk scarf", 2_000)
    rates = {"USD": [{"up_to": 1_500, "price": 600}, {"up_to": 5_000, "price": 720}]}
    await lena.api("PUT", "/api/me/terms", {"rates": rates, "bundle_pieces": 2, "bundle": 1_000})
    await ben.api("PUT", "/api/me/address", ADDRESS)
    card = {"card_number": "4242424242424242", "expiry": "12/39", "cvc": "123"}
    await ben.api("POST", "/api/me/payment-methods", card, status=201)

    for piece, note, total in ((coat, "+ $6 shipping", "Pay $96"), (scarf, "+ $1.20 with what", "Pay $19.20")):
        await ben.page.goto(f"/listing/{piece}", wait_until="domcontentloaded")
        await expect(ben.page.get_by_test_id("shipping-note")).to_contain_text(note)
        await keep(ben.page, f"listing-{piece == scarf}")
        await ben.page.get_by_test_id("buy-button").click()
        await ben.page.get_by_test_id("checkout-open").click()
        pay = ben.page.get_by_test_id("checkout-pay")
        await expect(pay).to_have_text(total)
        await keep(ben.page, f"pay-{piece == scarf}")
        await pay.click()  # one tap: address and card are saved
        await expect(ben.page.get_by_test_id("checkout-done")).to_be_visible()

    await lena.page.goto("/orders?tab=ship", wait_until="domcontentloaded")
    await lena.page.get_by_test_id("parcel-thanks").first.click()
    await lena.page.get_by_test_id("thanks-text").fill("Wear it well! 감사합니다")
    await lena.page.get_by_test_id("thanks-save").click()
    await expect(lena.page.get_by_test_id("thanks-save")).to_have_count(0)
    await keep(lena.page, "to-ship")
    (first, second) = (await lena.api("GET", "/api/parcels"))["items"]
    assert first["shipment_id"] == second["shipment_id"]
    slip = await lena.page.request.get(f"/api/parcels/{first['parcel_id']}/slip.pdf")
    assert (await slip.body()).startswith(b"%PDF-")
    await lena.api("PATCH", f"/api/parcels/{first['parcel_id']}", {"state": "shipped", "tracking": "T 1"})

    await ben.page.goto("/orders", wait_until="domcontentloaded")
    await expect(ben.page.get_by_text("감사합니다")).to_be_visible()
    await ben.page.get_by_test_id("parcel-received").first.click()
    await ben.page.get_by_test_id("parcel-rate").first.click()
    await ben.page.locator(".stars input").nth(4).check()
    await keep(ben.page, "rate")
    await ben.page.get_by_test_id("rate-send").click()
    await expect(ben.page.get_by_test_id("parcel-rate").first).to_contain_text("5 stars")
    await keep(ben.page, "orders")

    await lena.page.goto("/selling", wait_until="domcontentloaded")
    await expect(lena.page.get_by_test_id("dashboard")).to_contain_text("$108")
    await expect(lena.page.locator(".chart canvas")).to_be_visible()
    await keep(lena.page, "selling")
    await lena.page.goto("/selling?tab=terms", wait_until="domcontentloaded")
    await expect(lena.page.get_by_test_id("terms")).to_be_visible()
    await keep(lena.page, "terms")
    await lena.page.goto("/selling?tab=payouts", wait_until="domcontentloaded")
    await expect(lena.page.get_by_test_id("statements")).to_be_visible()
    await keep(lena.page, "payouts")
    await ben.page.goto("/closet/lena", wait_until="domcontentloaded")
    await expect(ben.page.get_by_test_id("standing")).to_contain_text("5 of 5")
    await keep(ben.page, "closet")
