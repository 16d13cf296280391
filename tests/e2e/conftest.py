"""Chromium with a fake camera, and a server of its own for each test."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tests.e2e.server import ServerProcess

CHROMIUM = "/usr/bin/chromium"
CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required",
)
CLOSE_SECONDS = 10.0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    process = ServerProcess(tmp_path / "data")
    process.start()
    yield process
    process.close()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A browser for one test. It is closed in bounded time even when it no longer answers."""
    async with contextlib.AsyncExitStack() as opened:
        playwright = await opened.enter_async_context(async_playwright())
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, headless=True, args=list(CHROMIUM_ARGUMENTS)
        )
        yield browser
        try:
            await asyncio.wait_for(browser.close(), CLOSE_SECONDS)
        except TimeoutError:
            _kill_children("chromium")


def _kill_children(word: str) -> None:
    """End the Chromium processes that descend from this test's process."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
    ours = {os.getpid()}
    for _ in range(8):  # generations: driver, browser, zygote, renderer
        ours |= {child for child, parent in parents.items() if parent in ours}
    for child in ours - {os.getpid()}:
        with contextlib.suppress(OSError):
            if word in Path(f"/proc/{child}/cmdline").read_text():
                os.kill(child, signal.SIGKILL)


NewPage = Callable[..., Awaitable[Page]]


@pytest.fixture
async def new_page(browser: Browser, server: ServerProcess) -> AsyncIterator[NewPage]:
    """Open a page of a person of its own; console errors of all pages are collected and must be none at the end."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    async def open_page(path: str = "/", *, width: int = 1280, height: int = 800, **options: Any) -> Page:
        context = await browser.new_context(
            base_url=server.url,
            viewport={"width": width, "height": height},
            permissions=["camera", "microphone"],
            **options,
        )
        contexts.append(context)
        page = await context.new_page()
        page.set_default_timeout(45_000)
        page.on("pageerror", lambda error: complaints.append(f"{path}: {error}"))
        await page.goto(path, wait_until="domcontentloaded")
        return page

    yield open_page
    for context in contexts:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(context.close(), CLOSE_SECONDS)
    assert complaints == []
