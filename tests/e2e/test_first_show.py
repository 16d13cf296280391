"""The whole story in real browsers: two sellers, a host, three viewers, a moderator, one coat, and a server that dies."""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Page, expect

from tests.e2e.conftest import NewPage
from tests.e2e.people import (
    ADDRESS,
    KEEP_CONNECTIONS,
    Someone,
    goes_on,
    list_piece,
    picture,
    sees_picture,
    sees_size_as_sent,
    sign_up,
)
from tests.e2e.server import ServerProcess

BACK_SECONDS = 10.0  # everybody is back after a server's death within this time, on a machine that has time for it


@dataclass
class Cast:
    host: Someone
    seller: Someone
    other_seller: Someone
    viewers: list[Someone]
    moderator: Someone
    show_id: str
    coat: str


async def gather_cast(new_page: NewPage) -> Cast:
    pages = [await new_page("/") for _ in range(7)]
    names = (
        ("mara", "Mara"),
        ("lena", "Lena"),
        ("joey", "Joey"),
        ("ana", "Ana"),
        ("noor", "Noor"),
        ("finn", "Finn"),
        ("sam", "Sam"),
    )
    people = [await sign_up(page, handle, name) for page, (handle, name) in zip(pages, names, strict=True)]
    host, seller, other_seller, *viewers, moderator = people
    coat = await list_piece(seller, "Camel wool coat")
    await list_piece(other_seller, "501 jeans")
    show = await host.api(
        "POST",
        "/api/shows",
        {"title": "Sunday wardrobe", "description": "Coats.", "starts_at": int(time.time() * 1000)},
        status=201,
    )
    await host.api("PUT", f"/api/shows/{show['show_id']}/moderators/sam")
    return Cast(host, seller, other_seller, viewers, moderator, show["show_id"], coat)


async def go_live(host: Someone, show_id: str) -> None:
    await host.page.add_init_script(KEEP_CONNECTIONS)
    await host.page.goto(f"/studio/{show_id}", wait_until="domcontentloaded")
    await host.page.get_by_test_id("go-live").click()
    await expect(host.page.get_by_test_id("end-show")).to_be_visible(timeout=45_000)


async def say(someone: Someone, text: str) -> None:
    await someone.page.get_by_test_id("chat-input").fill(text)
    await someone.page.get_by_test_id("chat-send").click()


async def reads(page: Page, text: str) -> None:
    await expect(page.get_by_text(text).first).to_be_visible(timeout=30_000)


async def tap_buy(page: Page) -> None:
    """A tap as a finger does it: the button is there and enabled at this instant or the tap does nothing."""
    await page.evaluate("document.querySelector('[data-testid=buy-button]').click()")


async def test_a_show_from_going_live_to_a_parcel(new_page: NewPage, server: ServerProcess) -> None:
    cast = await gather_cast(new_page)
    await go_live(cast.host, cast.show_id)

    watching = [*cast.viewers, cast.moderator]
    for someone in watching:
        await someone.page.goto(f"/show/{cast.show_id}", wait_until="domcontentloaded")
    for someone in watching:
        seen = await sees_picture(someone.page)
        assert seen["light"] > 10, "the picture is black"
        await sees_size_as_sent(someone.page, cast.host.page)
    before = await picture(cast.viewers[0].page)
    await goes_on(cast.viewers[0].page)
    after = await picture(cast.viewers[0].page)
    assert after["frames"] > before["frames"]

    # Chat reaches everybody.
    await say(cast.viewers[0], "is it true to size?")
    for someone in (*watching, cast.host):
        await reads(someone.page, "is it true to size?")

    # The host finds the other seller's coat and features it with one tap.
    page = cast.host.page
    await page.get_by_test_id("add-pieces").first.click()
    await page.get_by_test_id("finder-search").fill("camel")
    await page.get_by_test_id(f"add-{cast.coat}").click()
    await page.keyboard.press("Escape")
    await page.get_by_test_id(f"feature-{cast.coat}").first.click()
    for someone in watching:
        await expect(someone.page.get_by_test_id("featured-card")).to_contain_text("Camel wool coat", timeout=30_000)
        await expect(someone.page.get_by_test_id("featured-card")).to_contain_text("@lena")

    winner, loser = await claim_at_once(cast.viewers[0], cast.viewers[1], cast.coat)
    await expect(loser.page.get_by_test_id("featured-card")).to_contain_text("On hold", timeout=30_000)

    await pay(winner)
    await winner.page.keyboard.press("Escape")
    await expect(winner.page.get_by_test_id("featured-card")).to_contain_text("Sold to you", timeout=30_000)
    for someone in watching:
        if someone is not winner:
            await expect(someone.page.get_by_test_id("sold-out").first).to_be_visible(timeout=30_000)
    await check_the_books(cast, winner, loser)
    await mute_one(cast)
    await survive_a_kill(cast, server, watching)
    assert server.complaints() == []


async def claim_at_once(first: Someone, second: Someone, coat: str) -> tuple[Someone, Someone]:
    """Both tap in the same instant: (who holds it, who was refused)."""
    path = "**/api/holds"
    answers: dict[str, asyncio.Future[Any]] = {}

    def watch(someone: Someone) -> None:
        answer = answers[someone.account["handle"]] = asyncio.get_running_loop().create_future()

        def on_response(response: Any) -> None:
            if response.url.endswith("/api/holds") and response.request.method == "POST" and not answer.done():
                answer.set_result(response)

        someone.page.on("response", on_response)

    # Both requests are made before either is sent: neither page can learn of the other's hold first.
    arrived = asyncio.Semaphore(0)
    release = asyncio.Event()

    async def gate(route: Any) -> None:
        arrived.release()
        await release.wait()
        await route.continue_()

    for someone in (first, second):
        watch(someone)
        await someone.page.route(path, gate)
        await tap_buy(someone.page)
    for _ in range(2):
        await asyncio.wait_for(arrived.acquire(), 10)
    release.set()
    responses = {handle: await asyncio.wait_for(answer, 10) for handle, answer in answers.items()}
    statuses = {handle: response.status for handle, response in responses.items()}
    assert sorted(statuses.values()) == [201, 409], statuses
    winner, loser = (first, second) if statuses[first.account["handle"]] == 201 else (second, first)
    refusal = await responses[loser.account["handle"]].json()
    assert refusal["error"]["code"] == "held_by_other"
    await expect(loser.page.get_by_test_id("hold-refused").first).to_be_visible(timeout=30_000)
    for someone in (first, second):
        await someone.page.unroute(path)
    return winner, loser


async def pay(winner: Someone) -> None:
    """Checkout inside the show, with the address saved before and the test card."""
    await winner.api("PUT", "/api/me/address", ADDRESS)
    cart = await winner.api("GET", "/api/cart")
    assert [hold["listing"]["title"] for hold in cart["holds"]] == ["Camel wool coat"]
    await fill_checkout(winner.page)
    await winner.page.get_by_test_id("checkout-pay").click()
    await expect(winner.page.get_by_test_id("checkout-done").first).to_be_visible(timeout=30_000)


async def fill_checkout(page: Page) -> None:
    """Fill whatever step of the checkout asks for: address fields when none is shown as saved, then the card."""
    fields = {
        "address-name": ADDRESS["name"],
        "address-line1": ADDRESS["line1"],
        "address-city": ADDRESS["city"],
        "address-region": ADDRESS["region"],
        "address-postcode": ADDRESS["postcode"],
    }
    await page.locator("[data-testid=checkout-card], [data-testid=address-name]").first.wait_for()
    if await page.get_by_test_id("address-name").is_visible():
        for name, value in fields.items():
            await page.get_by_test_id(name).fill(value)
    if await page.get_by_test_id("checkout-next").is_visible():
        await page.get_by_test_id("checkout-next").click()
    await page.get_by_test_id("checkout-card").fill("4242 4242 4242 4242")
    await page.get_by_test_id("checkout-expiry").fill("12/40")
    await page.get_by_test_id("checkout-cvc").fill("123")


async def check_the_books(cast: Cast, winner: Someone, loser: Someone) -> None:
    orders = (await winner.api("GET", "/api/orders"))["items"]
    assert len(orders) == 1
    assert (await loser.api("GET", "/api/orders"))["items"] == []
    parcels = (await cast.seller.api("GET", "/api/parcels"))["items"]
    assert [item["title"] for item in parcels[0]["items"]] == ["Camel wool coat"]
    assert parcels[0]["items"][0]["curator"]["handle"] == "mara"
    assert parcels[0]["items"][0]["show_id"] == cast.show_id
    assert parcels[0]["items"][0]["at"] > 0
    assert (await cast.other_seller.api("GET", "/api/parcels"))["items"] == []
    listing = await loser.api("GET", f"/api/listings/{cast.coat}")
    assert (listing["state"], listing["left"]) == ("sold", 0)
    await loser.api(
        "POST", "/api/holds", {"listing_id": cast.coat, "show_id": None}, 409, **{"Idempotency-Key": "late"}
    )


async def mute_one(cast: Cast) -> None:
    """The moderator mutes a viewer; it takes effect at once, on that viewer's own page."""
    rude, other = cast.viewers[2], cast.viewers[0]
    await say(rude, "buy my spam")
    line = cast.moderator.page.locator("[data-testid^=chat-line-]").filter(has_text="buy my spam").first
    await expect(line).to_be_visible(timeout=30_000)
    await line.hover()
    await line.get_by_role("button").last.click()
    await cast.moderator.page.get_by_test_id("mute").first.click()
    await expect(rude.page.get_by_text("You cannot chat in this show").first).to_be_visible(timeout=30_000)
    assert await rude.page.get_by_test_id("chat-input").count() == 0, "nothing to type into any more"
    await say(other, "thank you Sam")
    await reads(cast.host.page, "thank you Sam")


async def survive_a_kill(cast: Cast, server: ServerProcess, watching: list[Someone]) -> None:
    """SIGKILL in mid-show: everybody is back within ten seconds and nothing that was acknowledged is lost."""
    await say(cast.viewers[0], "said just before")
    await reads(cast.viewers[1].page, "said just before")
    server.kill()
    server.start()
    started = time.monotonic()
    await asyncio.gather(*(goes_on(someone.page, 80) for someone in watching))
    took = time.monotonic() - started
    fresh = cast.viewers[1].page
    reloading = time.monotonic()
    await fresh.reload(wait_until="domcontentloaded")
    await reads(fresh, "said just before")
    # What one page takes to load, and what else wants the cores, says how busy the machine is that six browsers came back on.
    busy = max(1.0, time.monotonic() - reloading) * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    assert took < BACK_SECONDS * busy, f"the picture came back after {took:.1f} s, a machine {busy:.1f} times as busy"
    await say(cast.viewers[1], "and we are back")
    await reads(cast.host.page, "and we are back")
    show = await cast.host.api("GET", f"/api/shows/{cast.show_id}")
    assert show["state"] == "live"
    assert len((await cast.seller.api("GET", "/api/parcels"))["items"]) == 1
