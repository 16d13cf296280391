"""``closetcast demo`` on an empty folder and again on the same one: what a new user sees first."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.people import sees_picture
from tests.e2e.server import ServerProcess


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    process = ServerProcess(tmp_path / "data", command="demo")
    process.start()
    yield process
    process.close()


def get(server: ServerProcess, path: str) -> Any:
    with urllib.request.urlopen(server.url + path, timeout=30) as response:
        return json.load(response)


async def test_the_demo_is_on_air_by_itself_and_again_after_a_restart(browser: Browser, server: ServerProcess) -> None:
    context = await browser.new_context(base_url=server.url, viewport={"width": 390, "height": 844})
    page = await context.new_page()
    await page.goto("/", wait_until="domcontentloaded")
    await page.locator("a[href^='/show/']").first.click(timeout=90_000)  # twelve photographs are drawn first
    await sees_picture(page)
    await expect(page.get_by_test_id("featured-card")).to_be_visible(timeout=30_000)
    show = get(server, "/api/shows?state=live")["items"][0]
    listings = {item["listing_id"] for item in get(server, "/api/search?limit=100")["items"]}
    assert len(listings) == 12

    server.interrupt()
    assert server.complaints() == []
    server.start()
    await expect(page.get_by_test_id("connection-banner")).to_be_hidden(timeout=30_000)
    await sees_picture(page, least=20, seconds=30)
    assert get(server, "/api/shows?state=live")["items"][0]["show_id"] == show["show_id"]
    assert {item["listing_id"] for item in get(server, "/api/search?limit=100")["items"]} == listings
    await context.close()
    assert server.complaints() == []
