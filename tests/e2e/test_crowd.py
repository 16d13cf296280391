"""A room that is too much for its server, seen in Chromium: what was left out is said where it would have been."""

from __future__ import annotations

import asyncio
import functools
import time
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.people import sign_up
from web import app as wiring
from web.live.hub import Hub
from web.live.pressure import Pace
from web.routing import SERVICES
from web.serve import running
from web.settings import Settings

expect.set_options(timeout=20_000)  # a busy machine draws late; what is waited for comes or does not


async def test_the_page_says_what_was_left_out(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One reader overwhelms this server, as ten thousand do others.
    pace = Pace(longest=0.06, load=1e-9, crowd=1)
    monkeypatch.setattr(wiring, "Hub", functools.partial(Hub, pace=pace))
    async with running(Settings(port=0, data=tmp_path / "data", limits=False)) as (app, port):
        url = f"http://127.0.0.1:{port}"
        contexts = [await browser.new_context(base_url=url) for _ in range(2)]
        pages = [await context.new_page() for context in contexts]
        for page in pages:
            await page.goto("/")
        host, vera = await sign_up(pages[0], "mara", "Mara"), await sign_up(pages[1], "vera", "Vera")
        body = {"title": "Coats", "description": "", "starts_at": int(time.time() * 1000) + 3_600_000}
        show = (await host.api("POST", "/api/shows", body))["show_id"]
        await vera.page.goto(f"/show/{show}")
        lines = vera.page.locator(".chat-line__text")
        await expect(vera.page.get_by_test_id("chat-input")).to_be_visible()

        chat, author = app[SERVICES].chat, vera.account["id"]
        crowd = [(await sign_up(pages[0], f"guest{number}", f"Guest {number}")).account["id"] for number in range(4)]
        for number in range(40):  # one after the other: frames of a few each, as in a show
            await chat.say(show, crowd[number % 4], f"crowd {number}", f"c{number}")
        await chat.say(show, author, "I am still here", "v")
        await expect(lines.filter(has_text="I am still here")).to_be_visible()
        await expect(vera.page.get_by_test_id("skipped").first).to_contain_text("left out")
        drawn = await lines.filter(has_text="crowd").count()
        notes = await vera.page.get_by_test_id("skipped").all_inner_texts()
        assert drawn + sum(int(note.split()[0]) for note in notes) == 40
        for context in contexts:
            await asyncio.wait_for(context.close(), 10)
