"""Firefox as host and as viewer, with itself and with Chromium on the other side."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any, Protocol

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.interop.firefox import Firefox, FirefoxPage, firefox
from tests.interop.page_script import SCRIPT
from tests.interop.stage import Stage
from tests.interop.test_chromium import browser, opened, wait_for

__all__ = ["browser"]  # the fixture
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def fox() -> AsyncIterator[Firefox]:
    async with firefox() as started:
        yield started


class AnyPage(Protocol):
    async def evaluate(self, code: str) -> Any: ...

    async def until(self, condition: str) -> None: ...


class ChromiumPage:
    def __init__(self, page: Page) -> None:
        self._page = page

    async def evaluate(self, code: str) -> Any:
        return await self._page.evaluate(code)

    async def until(self, condition: str) -> None:
        await wait_for(self._page, f"() => {condition}")


@contextlib.asynccontextmanager
async def page_of(name: str, fox: Firefox, chromium: Browser, stage: Stage) -> AsyncIterator[AnyPage]:
    if name == "chromium":
        async with opened(chromium, stage) as page:
            yield ChromiumPage(page)
    else:
        page_of_fox: FirefoxPage = await fox.open(stage.url, SCRIPT)
        try:
            yield page_of_fox
        finally:
            await page_of_fox.close()


@pytest.mark.parametrize(
    ("host_name", "viewer_name"), [("firefox", "firefox"), ("firefox", "chromium"), ("chromium", "firefox")]
)
async def test_a_show_between_browsers(host_name: str, viewer_name: str, fox: Firefox, browser: Browser) -> None:
    async with (
        Stage() as stage,
        page_of(host_name, fox, browser, stage) as host,
        page_of(viewer_name, fox, browser, stage) as viewer,
    ):
        await host.evaluate("publish('show', {codec: 'video/VP8'})")
        await stage.on_air("show")
        await viewer.evaluate("watch('show')")
        await viewer.until("latest.decoded >= 20 && latest.audio > 20")
        assert await viewer.evaluate("latest.codec") == "video/VP8"
        width, height = await viewer.evaluate("[video.videoWidth, video.videoHeight]")
        assert width / height == pytest.approx(640 / 360, rel=0.02)
        # The page is told which moment of the show each frame is from: that is what ties a card to its frame.
        stamp = await viewer.evaluate(
            "new Promise(done => video.requestVideoFrameCallback((_, frame) => done(frame.rtpTimestamp ?? null)))"
        )
        assert stamp is not None
        # A host who comes back continues the same pictures.
        so_far = await viewer.evaluate("latest.decoded")
        await host.evaluate("unpublish()")
        await host.evaluate("publish('show', {codec: 'video/VP8'})")
        await stage.on_air("show", 2)
        await viewer.until(f"latest.decoded >= {so_far} + 20")


async def test_firefox_restarts_ice_and_media_goes_on(fox: Firefox, browser: Browser) -> None:
    async with Stage() as stage, opened(browser, stage) as host, page_of("firefox", fox, browser, stage) as viewer:
        await host.evaluate("publish('show', {codec: 'video/VP8'})")
        await stage.on_air("show")
        await viewer.evaluate("watch('show')")
        await viewer.until("latest.decoded >= 15")
        old, new, ufrag = await viewer.evaluate("restart()")
        assert old != new
        assert ufrag in await viewer.evaluate("peer.remoteDescription.sdp")
        so_far = await viewer.evaluate("latest.decoded")
        await viewer.until(f"latest.decoded >= {so_far} + 15")
