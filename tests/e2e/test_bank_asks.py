"""A bank that asks the buyer (3-D Secure), on a phone: over the show and from the bag, with the test provider and with
Stripe's script and API played by doubles (``stripe_script.js``, ``tests/cart/stripe_double``): not with Stripe itself."""

from __future__ import annotations

import os
import time
from pathlib import Path

from playwright.async_api import Browser, Page, expect

from tests.cart.stripe_double import StripeDouble
from tests.e2e.conftest import NewPage
from tests.e2e.people import ADDRESS, Someone, list_piece, sees_picture, sign_up
from tests.e2e.server import ServerProcess
from tests.e2e.test_first_show import go_live
from web.serve import running
from web.settings import Settings

PHONE = {"width": 390, "height": 844}
PICTURES = os.environ.get("CLOSETCAST_TEST_PICTURES")  # a folder: look at what the test has seen


async def keep(page: Page, name: str) -> None:
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / f"bank-{name}.png")


async def bought(someone: Someone) -> int:
    return len((await someone.api("GET", "/api/orders"))["items"])


async def test_over_the_show_a_tap_a_no_and_a_bid(new_page: NewPage, server: ServerProcess) -> None:
    host = await sign_up(await new_page("/"), "mara", "Mara")
    ben = await sign_up(await new_page("/", **PHONE), "ben", "Ben")
    coat, hat, bag = [await list_piece(host, title) for title in ("Camel coat", "Felt hat", "Tan bag")]
    body = {"title": "Sunday wardrobe", "description": "", "starts_at": int(time.time() * 1000)}
    show = (await host.api("POST", "/api/shows", body, status=201))["show_id"]
    for piece in (coat, hat, bag):
        await host.api("POST", f"/api/shows/{show}/lineup", {"listing_id": piece})
    await ben.api("PUT", "/api/me/address", ADDRESS)
    await go_live(host, show)
    await host.api("PUT", f"/api/shows/{show}/features/{coat}")
    page = ben.page
    await page.goto(f"/show/{show}", wait_until="domcontentloaded")
    await sees_picture(page)

    # A card typed in; it asks, and is kept once its payment is confirmed.
    await page.get_by_test_id("featured-card").get_by_test_id("buy-button").click()
    await page.get_by_test_id("checkout-card").fill("4000002760003184")
    await page.get_by_test_id("checkout-expiry").fill("12/39")
    await page.get_by_test_id("checkout-cvc").fill("123")
    await page.get_by_test_id("checkout-pay").click()
    await expect(page.get_by_test_id("confirm-step")).to_contain_text("Do you pay $53?")
    await keep(page, "asks")
    assert await bought(ben) == 0
    await page.get_by_test_id("bank-yes").click()
    await expect(page.get_by_test_id("checkout-done")).to_be_visible()
    await page.keyboard.press("Escape")

    # One tap from the card in the show with the kept card: first no, then yes.
    await host.api("DELETE", f"/api/shows/{show}/features/{coat}")
    await host.api("PUT", f"/api/shows/{show}/features/{hat}")
    await expect(page.get_by_test_id("featured-card")).to_contain_text("Felt hat")
    await page.get_by_test_id("featured-card").get_by_test_id("buy-button").click()
    await page.get_by_test_id("checkout-pay").click()
    await page.get_by_test_id("bank-no").click()
    await expect(page.get_by_text("Your bank did not confirm this payment").first).to_be_visible()
    assert [hold["listing"]["title"] for hold in (await ben.api("GET", "/api/cart"))["holds"]] == ["Felt hat"]
    await keep(page, "said-no")
    await page.get_by_test_id("checkout-pay").click()
    await page.get_by_test_id("bank-yes").click()
    await expect(page.get_by_test_id("checkout-done")).to_be_visible()
    await page.keyboard.press("Escape")
    assert await bought(ben) == 2

    # A bid counts once the bank has its answer.
    auction = {"listing_id": bag, "start_price": 1_000, "seconds": 120}
    await host.api("POST", f"/api/shows/{show}/auctions", auction, status=201)
    await page.get_by_test_id("bid").click()
    await expect(page.get_by_test_id("confirm-step")).to_contain_text("Do you pay $15?")
    await keep(page, "bid")
    await page.get_by_test_id("bank-yes").click()
    await expect(page.get_by_test_id("auction")).to_contain_text("You lead")
    assert server.complaints() == []


async def test_stripes_form_a_decline_and_its_banks_window(browser: Browser, tmp_path: Path) -> None:
    double = StripeDouble()
    await double.start()
    settings = Settings(
        host="127.0.0.1",
        port=0,
        data=tmp_path / "data",
        record=False,
        stripe_api=double.url,
        stripe_secret_key="sk_test_double",
        stripe_webhook_secret="whsec_double",
        stripe_publishable_key="pk_test",
    )
    complaints: list[str] = []
    async with running(settings) as (_, port):
        context = await browser.new_context(base_url=f"http://127.0.0.1:{port}", viewport=PHONE)  # type: ignore[arg-type]
        page = await context.new_page()
        page.set_default_timeout(45_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        script = (Path(__file__).parent / "stripe_script.js").read_text()
        await page.route(
            "https://js.stripe.com/**", lambda route: route.fulfill(body=script, content_type="text/javascript")
        )

        def hears(what: str, secret: str, method: str) -> None:
            name = secret.removesuffix("_secret")
            if what == "setup":
                double.fill_in(name, method)
            else:
                double.answer(name, what == "yes")

        await page.expose_function("stripeHears", hears)
        await page.goto("/", wait_until="domcontentloaded")
        ben = await sign_up(page, "ben", "Ben")
        await ben.api("PUT", "/api/me/address", ADDRESS)
        seller_page = await (await browser.new_context(base_url=f"http://127.0.0.1:{port}")).new_page()
        await seller_page.goto("/", wait_until="domcontentloaded")
        seller = await sign_up(seller_page, "lena", "Lena")
        coat = await list_piece(seller, "Camel coat")
        pay = page.get_by_test_id("checkout-pay")

        await page.goto(f"/listing/{coat}", wait_until="domcontentloaded")
        await page.get_by_test_id("buy-button").click()
        await page.get_by_test_id("checkout-open").click()
        # The form is Stripe's, with the shop's key: what it refuses it says itself.
        number = page.get_by_label("Card, pk_test")
        await number.fill("incomplete")
        await page.get_by_test_id("stripe-save").click()
        await expect(page.get_by_text("Your card number is incomplete.")).to_be_visible()
        await keep(page, "stripe-form")
        # A card that is declined when it pays keeps the hold.
        await number.fill("pm_no_money")
        await page.get_by_test_id("stripe-save").click()
        await pay.click()
        await expect(page.get_by_text("there is not enough money on this card").first).to_be_visible()
        assert len((await ben.api("GET", "/api/cart"))["holds"]) == 1
        # Another one asks when it is saved and again when it pays: its window lies over the sheet and can be tapped.
        await page.get_by_role("radio", name="Another card").check()
        await number.fill("pm_asks")
        await page.get_by_test_id("stripe-save").click()
        await page.locator("#bank-yes").click()
        await expect(page.get_by_role("dialog")).to_be_visible()
        await pay.click()
        await expect(page.locator("#bank-window")).to_be_visible()
        await keep(page, "stripe-asks")
        await page.locator("#bank-no").click()
        await expect(page.get_by_text("Your bank did not confirm this payment").first).to_be_visible()
        await pay.click()
        await page.locator("#bank-yes").click()
        await expect(page.get_by_test_id("checkout-done")).to_be_visible()
        await keep(page, "stripe-done")
        statuses = [intent["status"] for intent in double.intents.values()]
        assert (statuses.count("succeeded"), await bought(ben)) == (1, 1)
        await context.close()
        await seller_page.context.close()
    await double.close()
    assert complaints == []
