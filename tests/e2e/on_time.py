"""Cards against frames, read from pixels: a camera that films a clock, and what a viewer's screen shows when a card comes.

The host's camera is a canvas that shows the low 16 bits of the wall clock (ms) as black and white blocks. The host page notes
which clock its own preview shows at each key that features a piece; the viewer's page notes which clock its picture shows at
the moment at which the card appears in the document. Both run on one machine, so the difference is the error.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Page, expect

from tests.e2e.people import Someone, list_piece, sign_up

FRAME = 1000 / 30  # ms between two frames of the camera

READ_CLOCK = """
window.__readClock = (() => {
  const canvas = document.createElement('canvas');
  canvas.width = 64; canvas.height = 36;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  return (video) => {
    if (!video || !video.videoWidth) return null;
    context.drawImage(video, 0, 0, 64, 36);
    const pixels = context.getImageData(0, 0, 64, 36).data;
    let clock = 0;
    for (let bit = 0; bit < 16; bit += 1) {
      const x = (bit % 8) * 8 + 4, y = bit < 8 ? 9 : 27;
      if (pixels[(y * 64 + x) * 4] > 127) clock |= 1 << bit;
    }
    return clock;
  };
})();
"""
CLOCK_CAMERA = """
const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
const canvas = document.createElement('canvas');
canvas.width = 640; canvas.height = 360;
const context = canvas.getContext('2d');
const draw = () => {
  const now = Math.floor(performance.timeOrigin + performance.now()) & 0xffff;
  for (let bit = 0; bit < 16; bit += 1) {
    context.fillStyle = (now >> bit) & 1 ? '#fff' : '#000';
    context.fillRect((bit % 8) * 80, bit < 8 ? 0 : 180, 80, 180);
  }
};
setInterval(draw, 1000 / 60);
navigator.mediaDevices.getUserMedia = async (wanted) => {
  const stream = await real({ audio: wanted.audio || false, video: false }).catch(() => new MediaStream());
  if (wanted.video) for (const track of canvas.captureStream(30).getVideoTracks()) stream.addTrack(track);
  return stream;
};
window.__taps = [];
document.addEventListener('keydown', (event) => {
  if (!/^[1-9]$/.test(event.key)) return;
  window.__taps.push(window.__readClock(document.querySelector('.studio__frame video')));
}, { capture: true });
"""
WATCH_CARDS = """
window.__cards = [];
window.__frames = [];
const frames = () => {
  const video = document.querySelector('[data-testid=show-video]');
  if (!video) return void setTimeout(frames, 50);
  const note = () => {
    window.__frames.push(window.__readClock(video));
    if (window.__frames.length > 900) window.__frames.splice(0, 300);
    video.requestVideoFrameCallback(note);
  };
  video.requestVideoFrameCallback(note);
};
frames();
let card = null;
const look = () => {
  const found = document.querySelector('[data-testid=featured-card]')?.dataset.listing ?? null;
  if (found === card) return;
  card = found;
  if (found !== null) window.__cards.push({
    listing: found, clock: window.__readClock(document.querySelector('[data-testid=show-video]')),
    shown: window.__frames.slice(-90),  // the frames of the last 3 s
    noted: performance.now() });
};
const begin = () => new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
if (document.documentElement) begin(); else document.addEventListener('readystatechange', begin, { once: true });
"""


@dataclass
class Broadcast:
    """A show on air from a camera that films a clock, with pieces to feature by the keys 1, 2, ..."""

    host: Someone
    show_id: str
    pieces: Sequence[str]


async def go_on_air(page: Page, pieces: int = 2, handle: str = "mara") -> Broadcast:
    """The host of ``page`` goes on air from the studio and is left there."""
    host = await sign_up(page, handle, "Mara")
    listings = [await list_piece(host, f"Piece {number}") for number in range(1, pieces + 1)]
    body = {"title": "Clock", "description": "", "starts_at": int(time.time() * 1000)}
    show_id = str((await host.api("POST", "/api/shows", body, status=201))["show_id"])
    for listing in listings:
        await host.api("POST", f"/api/shows/{show_id}/lineup", {"listing_id": listing}, status=201)
    await page.add_init_script(READ_CLOCK + CLOCK_CAMERA)
    await page.goto(f"/studio/{show_id}", wait_until="domcontentloaded")
    await page.get_by_test_id("go-live").click()
    await expect(page.get_by_test_id("end-show")).to_be_visible(timeout=20_000)
    return Broadcast(host, show_id, listings)


async def watch(page: Page, show_id: str, query: str = "") -> None:
    """Open the show on a page that notes which frame each card comes with."""
    await page.add_init_script(READ_CLOCK + WATCH_CARDS)
    await page.goto(f"/show/{show_id}{query}", wait_until="domcontentloaded")


def apart(later: int, earlier: int) -> int:
    """``later - earlier`` of two clocks of 16 bits, -32768..32767."""
    return (later - earlier + 0x8000 & 0xFFFF) - 0x8000


@dataclass
class Error:
    """``ms``: the clock in the picture as the card came, minus the clock that the host saw at the key. ``frames``: how many
    frames of that moment or later were on the screen before the card was: what a busy machine does not change."""

    ms: int
    frames: int


def error(card: int, tap: int, shown: Sequence[int | None]) -> Error:
    """Of a card that came with the clock ``card``; ``shown``: the clocks of the frames that were on the screen."""
    late = {clock for clock in shown if clock is not None and 0 <= apart(clock, tap) < apart(card, tap)}
    return Error(apart(card, tap), len(late))


async def feature(broadcast: Broadcast, viewers: Sequence[Page], events: int, pause: float = 0.3) -> list[list[Error]]:
    """Feature pieces in turn, ``events`` times, each when everybody has seen the one before; the errors per viewer."""
    page = broadcast.host.page
    errors: list[list[Error]] = [[] for _ in viewers]
    for number in range(events):
        place = number % len(broadcast.pieces)
        listing = broadcast.pieces[place]
        known = [len(await viewer.evaluate("window.__cards")) for viewer in viewers]
        await page.keyboard.press(str(place + 1))
        tap = (await page.evaluate("window.__taps"))[-1]
        for viewer, seen, found in zip(viewers, known, errors, strict=True):
            await viewer.wait_for_function(
                "([listing, seen]) => window.__cards.slice(seen).some((card) => card.listing === listing)",
                arg=[listing, seen],
                timeout=30_000,
                polling=50,
            )
            cards: list[dict[str, Any]] = await viewer.evaluate("(seen) => window.__cards.slice(seen)", seen)
            card = next(card["clock"] for card in cards if card["listing"] == listing)
            found.append(error(card, tap, await viewer.evaluate("window.__frames")))
        # The host's buttons are free again once the answer is here; and not in step with the camera.
        await page.wait_for_selector("[aria-busy=true]", state="detached")
        await asyncio.sleep(pause + (number * 0.0137) % 0.1)
    return errors


def percentile(errors: Sequence[int], share: float) -> int:
    """Of the absolute errors."""
    ordered = sorted(abs(error) for error in errors)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
