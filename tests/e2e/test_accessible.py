"""Every page and its main states without serious findings of axe-core: in light and from the left on a phone, in dark and
from the right on a wide screen. Then what axe cannot see: the focus, the language, and motion that is unwelcome."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import NewPage
from tests.e2e.people import Someone, list_piece, sign_up
from tests.e2e.server import ServerProcess

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[2] / "web/client/node_modules/axe-core/axe.min.js"
ROUTES = AXE.parents[2] / "src/routes.ts"
RUN = """async () => {
  const seen = document.querySelector('dialog[open]') ?? document;  // what lies under a sheet is out of reach
  const found = await axe.run(seen, {resultTypes: ['violations']});
  const places = (each) => each.nodes.slice(0, 4).map((node) => node.target.join(' ')).join('; ');
  const bad = found.violations.filter((each) => ['serious', 'critical'].includes(each.impact));
  return bad.map((each) => `${each.id}: ${each.help}: ${places(each)}`);
}"""
# Nothing fades in while colours are measured.
STILL = "*, *::before, *::after { animation: none !important; transition: none !important }"


@dataclass
class Street:
    """People, closets and shows to look at."""

    host: Someone
    buyer: Someone
    show_id: str
    listing_id: str
    held_id: str
    cancelled_id: str


async def build(new_page: NewPage, **look: Any) -> Street:
    host = await sign_up(await new_page(bypass_csp=True, **look), "mara", "Mara Lind")
    buyer = await sign_up(await new_page(bypass_csp=True, **look), "ana", "Ana Reyes")
    starts = int(time.time() * 1000) + 3_600_000
    body = {"title": "Coats of three closets", "description": "Wool and friends.", "starts_at": starts}
    show_id = (await host.api("POST", "/api/shows", body, status=201))["show_id"]
    pieces = [await list_piece(host, title) for title in ("Camel coat", "Green trench", "Rain cape")]
    for listing_id in pieces:
        await host.api("POST", f"/api/shows/{show_id}/lineup", {"listing_id": listing_id})
        await buyer.api("PUT", f"/api/listings/{listing_id}/like")
    await buyer.api("PUT", "/api/closets/mara/follow")
    hold = {"listing_id": pieces[1], "show_id": None}
    await buyer.api("POST", "/api/holds", hold, status=201, **{"Idempotency-Key": "hold"})
    await host.api("PATCH", f"/api/listings/{pieces[0]}", {"price": 3900})
    cancelled = (await host.api("POST", "/api/shows", {**body, "title": "Hats"}, status=201))["show_id"]
    await host.api("POST", f"/api/shows/{cancelled}/cancel")
    return Street(host, buyer, show_id, pieces[0], pieces[1], cancelled)


async def judge(page: Page, where: str, problems: list[str]) -> None:
    await page.add_style_tag(content=STILL)
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    problems.extend(f"{where}: {found}" for found in await page.evaluate(RUN))
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if wide > 0:
        problems.append(f"{where}: {wide} px wider than the screen")


LOOKS = [
    {"width": 390, "height": 844, "color_scheme": "light", "locale": "en-US", "reduced_motion": "reduce"},
    {"width": 1280, "height": 900, "color_scheme": "dark", "locale": "ar", "reduced_motion": "reduce"},
]


@pytest.mark.timeout(180)
@pytest.mark.parametrize("look", LOOKS, ids=["phone light", "wide dark arabic"])
async def test_axe_finds_nothing_serious(new_page: NewPage, look: dict[str, Any]) -> None:
    street = await build(new_page, **look)
    problems: list[str] = []
    studio, audit = f"/studio/{street.show_id}", f"/moderate/{street.show_id}/audit"
    show, listing, held = f"/show/{street.show_id}", f"/listing/{street.listing_id}", f"/listing/{street.held_id}"
    stranger = await new_page(bypass_csp=True, **look)
    visits: list[tuple[Page, list[str]]] = [
        (stranger, ["/", "/search?q=coat", "/search?q=nothing-at-all", "/login", show, "/nowhere", "/settings"]),
        (stranger, [f"/show/{street.cancelled_id}"]),
        (street.buyer.page, [listing, held, "/closet/mara", "/cart", "/orders", show, "/notices", "/settings"]),
        (
            street.host.page,
            ["/closet/mara", listing, "/studio", studio, f"/moderate/{street.show_id}", audit, "/orders"],
        ),
        (street.host.page, ["/selling", "/selling?tab=features", "/selling?tab=terms", "/selling?tab=payouts"]),
    ]
    seen = {path.partition("?")[0] for _, paths in visits for path in paths}
    patterns = re.findall(r'\["(/[^"]*)", "\w+"\]', ROUTES.read_text(encoding="utf-8"))
    unseen = [each for each in patterns if not any(re.fullmatch(re.sub(r":\w+", "[^/]+", each), path) for path in seen)]
    assert patterns, ROUTES
    assert not unseen, "pages that axe does not see yet"
    for page, paths in visits:
        for path in paths:
            await page.goto(path)
            await page.wait_for_function(
                "!document.querySelector('[aria-busy=true]') && document.querySelector('h1, h2')"
            )
            await judge(page, path, problems)
    await sheets(street, look["width"] < 700, problems)
    assert not problems, "\n".join(problems)


async def sheets(street: Street, phone: bool, problems: list[str]) -> None:
    """What opens over a page."""
    page = street.host.page
    for path, button in (
        ("/closet/mara", "main .closet__acts button >> nth=0"),
        ("/closet/mara", "main .closet__acts button >> nth=1"),
        ("/studio", "main .button--strong"),
        ("/", "[data-testid=language]"),
    ):
        await page.goto(path)
        await page.click(button)
        await expect(page.locator("dialog[open]")).to_be_visible()
        await judge(page, f"{path} {button}", problems)
    page = street.buyer.page
    await page.goto("/cart")
    await page.click("[data-testid=checkout-open]")
    await expect(page.locator("dialog[open] form")).to_be_visible()
    await judge(page, "checkout", problems)
    if phone:
        await page.goto(f"/show/{street.show_id}")
        await page.click("[data-testid=open-lineup]")
        await expect(page.locator("dialog[open] .lineup")).to_be_visible()
        await judge(page, "lineup", problems)


async def test_the_language_is_the_browsers_until_one_is_chosen(new_page: NewPage, server: ServerProcess) -> None:
    page = await new_page(locale="de-AT")
    await expect(page.locator("h1").first).to_have_text("Jetzt live")
    assert await page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == ["de", "ltr"]
    await page.click("[data-testid=language]")
    await page.click("[data-testid=language-ar]")
    await expect(page.locator("h1").first).to_have_text("مباشر الآن")
    assert await page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == ["ar", "rtl"]
    # Focus goes back to the globe, and the choice outlives the visit.
    assert await page.evaluate("document.activeElement.dataset.testid") == "language"
    await page.reload()
    await expect(page.locator("h1").first).to_have_text("مباشر الآن")


async def test_the_bell_rings_while_somebody_looks(new_page: NewPage) -> None:
    seller = await sign_up(await new_page(), "lena", "Lena Fuchs")
    fan = await sign_up(await new_page(), "ana", "Ana Reyes")
    listing_id = await list_piece(seller, "Camel coat")
    await fan.api("PUT", f"/api/listings/{listing_id}/like")
    await fan.page.goto("/")
    bell = fan.page.get_by_test_id("bell")
    await expect(bell).to_have_accessible_name("Notices")
    await seller.api("PATCH", f"/api/listings/{listing_id}", {"price": 3900})
    await expect(bell).to_have_accessible_name("1 new notice")
    await bell.click()
    notice = fan.page.get_by_role("link", name="Camel coat is now $39")
    await expect(notice).to_be_visible()
    await expect(bell).to_have_accessible_name("Notices")
    await notice.click()
    await expect(fan.page.get_by_role("heading", name="Camel coat")).to_be_visible()
    await fan.page.goto("/settings")
    choice = fan.page.get_by_role("group", name="A piece I like gets cheaper").get_by_label("Push")
    await expect(choice).to_be_checked()
    await choice.uncheck()
    await fan.page.reload()
    await expect(choice).not_to_be_checked()


async def test_the_script_for_pushes_is_taken_by_the_browser(new_page: NewPage) -> None:
    page = await new_page()
    scope = await page.evaluate(
        "async () => { await navigator.serviceWorker.register('/sw.js'); return (await navigator.serviceWorker.ready).scope; }"
    )
    assert scope.endswith(":" + page.url.split(":")[2])


async def test_the_keyboard_reaches_everything_in_order(new_page: NewPage) -> None:
    page = await new_page("/login")
    await expect(page.locator("main form")).to_be_visible()
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip-link"
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "main"
    seen: list[str] = []
    for _ in range(30):
        await page.keyboard.press("Tab")
        seen.append(await page.evaluate(SEEN))
        if seen[-1].startswith("body:"):  # the end of the page
            seen.pop()
            break
    assert all("no outline" not in each for each in seen), seen
    assert [each.split(":")[1] for each in seen if "email" in each or "password" in each] == ["email", "password"]


SEEN = """() => {
  const element = document.activeElement;
  const style = getComputedStyle(element);
  const ring = style.outlineStyle !== 'none' || style.boxShadow !== 'none' ? '' : ' no outline';
  return element.tagName.toLowerCase() + ':' + (element.name || element.textContent || '').trim().slice(0, 40) + ring;
}"""


async def test_nothing_moves_for_those_who_ask_for_it(new_page: NewPage) -> None:
    page = await new_page("/", reduced_motion="reduce")
    await expect(page.locator("h1").first).to_be_visible()
    moving = await page.evaluate(
        """() => [...document.querySelectorAll('*')].filter((element) => {
             const style = getComputedStyle(element);
             const long = (times) => times.split(',').some((time) => parseFloat(time) > 0.01);
             return (style.animationName !== 'none' && long(style.animationDuration)) || long(style.transitionDuration);
           }).map((element) => element.className)"""
    )
    assert moving == []
