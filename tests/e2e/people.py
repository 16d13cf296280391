"""People of the browser tests, made through the API with the cookies of their own browser context."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Page, expect

PASSWORD = "a long password"
ADDRESS = {
    "name": "Vera Viewer",
    "line1": "1 Main Street",
    "line2": "",
    "city": "Springfield",
    "region": "IL",
    "postcode": "62701",
    "country": "US",
}


@dataclass
class Someone:
    """A page and the account that is signed in on it."""

    page: Page
    account: dict[str, Any]

    async def api(self, method: str, path: str, body: Any = None, status: int | None = None, **headers: str) -> Any:
        """Call the API as this person and return the JSON; ``status`` is asserted when given, else success."""
        url = self.page.url.split("/", 3)
        origin = "/".join(url[:3])
        options: dict[str, Any] = {"method": method, "headers": {"Origin": origin, **headers}}
        if body is not None:
            options["data"] = body
        response = await self.page.request.fetch(origin + path, **options)
        text = await response.text()
        if status is None:
            assert response.ok, f"{method} {path}: {response.status} {text}"
        else:
            assert response.status == status, f"{method} {path}: {response.status} {text}"
        return await response.json() if text else None


async def sign_up(page: Page, handle: str, name: str) -> Someone:
    """A new account; the page has its cookie afterwards (reload to see it)."""
    someone = Someone(page, {})
    body = {"email": f"{handle}@example.org", "password": PASSWORD, "handle": handle, "name": name}
    someone.account = await someone.api("POST", "/api/accounts", body, status=201)
    return someone


async def list_piece(seller: Someone, title: str, price: int = 4800) -> str:
    """A listing that others may feature; its id."""
    body = {
        "title": title,
        "story": "Worn twice.",
        "brand": "Arket",
        "size": "M",
        "category": "outerwear",
        "condition": "good",
        "price": price,
        "currency": "USD",
        "quantity": 1,
        "featuring_allowed": True,
    }
    return str((await seller.api("POST", "/api/listings", body, status=201))["listing_id"])


FRAMES = """() => {
  const video = document.querySelector('[data-testid=show-video]');
  if (!video || !video.videoWidth) return null;
  const canvas = document.createElement('canvas');
  canvas.width = 32; canvas.height = 32;
  const context = canvas.getContext('2d');
  context.drawImage(video, 0, 0, 32, 32);
  const pixels = context.getImageData(0, 0, 32, 32).data;
  let light = 0;
  for (let index = 0; index < pixels.length; index += 4) light += pixels[index] + pixels[index + 1] + pixels[index + 2];
  const quality = video.getVideoPlaybackQuality();
  return {frames: quality.totalVideoFrames, width: video.videoWidth, height: video.videoHeight, light: light / (32 * 32 * 3)};
}"""
NEW_FRAMES = """(least) => {
  const video = document.querySelector('[data-testid=show-video]');
  return Boolean(video && video.videoWidth && video.getVideoPlaybackQuality().totalVideoFrames >= least);
}"""


async def appeal(person: Someone, words: str) -> None:
    """Whoever is under a sanction asks on the show's page for another look."""
    await person.page.get_by_test_id("appeal").click()
    await person.page.get_by_test_id("appeal-text").fill(words)
    await person.page.get_by_test_id("appeal-send").click()
    await expect(person.page.get_by_test_id("appealed")).to_be_visible()


async def picture(page: Page) -> dict[str, Any]:
    """{frames, width, height, light (0..255)} of the show's video."""
    found = await page.evaluate(FRAMES)
    assert found is not None, "the video shows nothing"
    return dict(found)


async def sees_picture(page: Page, least: int = 10, seconds: float = 45) -> dict[str, Any]:
    """Wait until frames are really decoded, then describe the picture."""
    await page.wait_for_function(NEW_FRAMES, arg=least, timeout=seconds * 1000, polling=100)
    return await picture(page)


async def goes_on(page: Page, seconds: float = 45) -> None:
    """Wait until the picture has moved on by 15 frames from what it is now (also after the video was reconnected)."""
    await page.evaluate(
        """() => { const video = document.querySelector('[data-testid=show-video]');
           window.__seen = 0; const count = () => { window.__seen += 1; video.requestVideoFrameCallback(count); };
           video.requestVideoFrameCallback(count); }"""
    )
    await page.wait_for_function("() => window.__seen >= 15", timeout=seconds * 1000, polling=100)


# Remember the page's peer connections, so that a test can ask the browser what it really sends.
KEEP_CONNECTIONS = """
window.__connections = [];
const Original = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Original {
  constructor(...given) { super(...given); window.__connections.push(this); }
};
"""
SENT_SIZE = """async () => {
  const sizes = [];
  for (const connection of window.__connections) {
    if (connection.connectionState !== 'connected') continue;
    for (const report of (await connection.getStats()).values()) {
      if (report.type === 'outbound-rtp' && report.kind === 'video' && report.frameWidth) {
        sizes.push({ width: report.frameWidth, height: report.frameHeight });
      }
    }
  }
  return sizes;
}"""


async def sees_size_as_sent(viewer: Page, host: Page, seconds: float = 45) -> dict[str, int]:
    """Wait until the viewer's picture is as large as one that the host's browser encodes at that moment."""
    async with asyncio.timeout(seconds):
        while True:
            sent = await host.evaluate(SENT_SIZE)
            seen = await picture(viewer)
            for size in sent:
                if (seen["width"], seen["height"]) == (size["width"], size["height"]):
                    return dict(size)
            await asyncio.sleep(0.2)
