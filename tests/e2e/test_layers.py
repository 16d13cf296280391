"""Three sizes from the studio: a large and a small screen, the viewer's own choice, what nobody watches, the studio's words."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import NewPage
from tests.e2e.people import KEEP_CONNECTIONS, goes_on, list_piece, picture, sees_picture, sign_up

ENCODINGS = """() => window.__connections.filter((one) => one.connectionState === 'connected')
  .flatMap((one) => one.getSenders()).filter((one) => one.track && one.track.kind === 'video')
  .flatMap((one) => one.getParameters().encodings.map((each) => [each.rid, each.active]))"""


@pytest.mark.timeout(170)
async def test_each_viewer_gets_the_size_that_fits(new_page: NewPage) -> None:
    host_page = await new_page("/", width=390, height=844)
    host = await sign_up(host_page, "mara", "Mara")
    await list_piece(host, "Coat")
    body = {"title": "Layers", "description": "", "starts_at": int(time.time() * 1000)}
    show = await host.api("POST", "/api/shows", body, status=201)
    await host_page.add_init_script(KEEP_CONNECTIONS)
    await host_page.goto(f"/studio/{show['show_id']}", wait_until="domcontentloaded")
    await host_page.get_by_test_id("go-live").click()
    await expect(host_page.get_by_test_id("end-show")).to_be_visible(timeout=45_000)

    async def layers() -> dict[str, Any]:
        media = await host.api("GET", f"/api/shows/{show['show_id']}/media")
        publication = media["publication"]
        return {one["rid"]: one for one in publication["layers"]} if publication else {}

    large = await new_page(f"/show/{show['show_id']}", width=1920, height=1000)
    await sees_picture(large)
    async with asyncio.timeout(45):
        while True:
            found = await layers()
            if len(found) == 3 and all(one["width"] for one in found.values()):
                break
            await asyncio.sleep(0.2)
    assert found["f"]["width"] > found["h"]["width"] > found["q"]["width"]

    async def gets(rid: str, seconds: float = 30) -> None:
        """The page shows this layer, whatever its size is now: a busy machine's encoder makes all of them smaller."""
        async with asyncio.timeout(seconds):
            while True:
                layer, seen = (await layers())[rid], await picture(large)
                if layer["viewers"] == 1 and layer["width"] == seen["width"]:
                    return
                await asyncio.sleep(0.2)

    await gets("f")

    # The viewer's own choice, by the button and by a right click (a long press on a phone), and back.
    await large.get_by_test_id("quality").click()
    await large.get_by_role("radio", name="Saves data").click()
    await gets("q")
    await large.get_by_test_id("show-video").click(button="right")
    await expect(large.get_by_role("radio", name="Saves data")).to_be_checked()
    await large.get_by_role("radio", name="In between").click()
    await gets("h")
    await goes_on(large)
    await large.get_by_test_id("show-video").click(button="right")
    await large.get_by_role("radio", name="Automatic").click()
    await gets("f")

    await expect(host_page.get_by_test_id("audience")).to_contain_text("the sharpest picture")

    # A small window needs a small picture; what nobody watches any more is not sent any more, until somebody does. (The
    # largest goes on where the show is recorded.)
    await large.set_viewport_size({"width": 320, "height": 180})
    await gets("q")
    await host_page.wait_for_function(
        f"""() => {{
          const active = Object.fromEntries(({ENCODINGS})());
          return active.q === true && active.h === false;
        }}""",
        timeout=40_000,
        polling=200,
    )
    await expect(host_page.get_by_test_id("audience")).to_contain_text("until somebody needs it")
    await large.set_viewport_size({"width": 1920, "height": 1000})
    await gets("f")
    await goes_on(large)


async def test_a_host_mutes_hides_and_shares_the_screen(new_page: NewPage) -> None:
    host_page, viewer = await new_page("/"), await new_page("/")
    host = await sign_up(host_page, "mara", "Mara")
    await list_piece(host, "Coat")
    body = {"title": "Switches", "description": "", "starts_at": int(time.time() * 1000)}
    show = await host.api("POST", "/api/shows", body, status=201)
    # The screen is a white canvas of another shape: no window manager is asked in a test.
    await host_page.add_init_script(
        """navigator.mediaDevices.getDisplayMedia = async () => {
          const canvas = window.__screen = document.createElement('canvas');
          [canvas.width, canvas.height] = [800, 1000];
          const context = canvas.getContext('2d');
          setInterval(() => { context.fillStyle = '#fff'; context.fillRect(0, 0, canvas.width, canvas.height); }, 50);
          return canvas.captureStream(15);
        };"""
    )
    await host_page.goto(f"/studio/{show['show_id']}", wait_until="domcontentloaded")
    await host_page.get_by_test_id("go-live").click()
    await expect(host_page.get_by_test_id("end-show")).to_be_visible(timeout=45_000)
    await viewer.goto(f"/show/{show['show_id']}", wait_until="domcontentloaded")
    before = await sees_picture(viewer)
    assert before["width"] > before["height"]

    await host_page.get_by_test_id("mute").click()
    await expect(host_page.get_by_text("Viewers do not hear you.")).to_be_visible()
    await host_page.get_by_test_id("hide").click()
    await light_is(viewer, "<", 25)
    await host_page.get_by_test_id("hide").click()
    await light_is(viewer, ">", 30)
    await host_page.get_by_test_id("share-screen").click()
    await light_is(viewer, ">", 240)
    await viewer.wait_for_function(  # and of another shape, in mid-show
        """() => {
          const video = document.querySelector('[data-testid=show-video]');
          return video.videoHeight > video.videoWidth;
        }""",
        timeout=45_000,
        polling=100,
    )
    # The same picture turns while it is sent, as a phone's camera does.
    await host_page.evaluate("() => { [window.__screen.width, window.__screen.height] = [1000, 800]; }")
    await viewer.wait_for_function(
        """() => {
          const video = document.querySelector('[data-testid=show-video]');
          return video.videoWidth > video.videoHeight;
        }""",
        timeout=20_000,
        polling=100,
    )
    await light_is(viewer, ">", 240)
    await host_page.get_by_test_id("share-screen").click()
    await light_is(viewer, "<", 200)
    await host_page.get_by_test_id("mute").click()
    await goes_on(viewer)
    # And all of it is in the recording: camera, black, screen in two shapes, camera.
    clock = (await host.api("GET", f"/api/shows/{show['show_id']}/media"))["show_ms"]
    await host.api("POST", f"/api/shows/{show['show_id']}/end")
    replay: dict[str, Any] = {}
    async with asyncio.timeout(60):
        while replay.get("state") != "ready":
            await asyncio.sleep(0.3)
            replay = await host.api("GET", f"/api/shows/{show['show_id']}/replay")
    assert replay["media_ms"] > 0.5 * clock  # a worker on a busy machine may begin late


async def light_is(page: Page, how: str, limit: int) -> None:
    await page.wait_for_function(
        f"""() => {{
          const video = document.querySelector('[data-testid=show-video]');
          const canvas = document.createElement('canvas');
          canvas.width = canvas.height = 32;
          const context = canvas.getContext('2d');
          context.drawImage(video, 0, 0, 32, 32);
          const pixels = context.getImageData(0, 0, 32, 32).data;
          let sum = 0;
          for (let at = 0; at < pixels.length; at += 4) sum += pixels[at] + pixels[at + 1] + pixels[at + 2];
          return sum / (32 * 32 * 3) {how} {limit};
        }}""",
        timeout=45_000,
        polling=100,
    )
