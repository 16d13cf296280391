"""How far a viewer is behind the host: the time is painted into the picture and read back from the viewer's pixels."""

from __future__ import annotations

import statistics
import time

from playwright.async_api import expect

from tests.e2e.conftest import NewPage
from tests.e2e.people import list_piece, sees_picture, sign_up

# The camera is a canvas that shows the low 16 bits of the clock as black and white blocks, two rows of eight.
CLOCK_CAMERA = """
const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
const canvas = document.createElement('canvas');
canvas.width = 640; canvas.height = 360;
const context = canvas.getContext('2d');
setInterval(() => {
  const now = Date.now() & 0xffff;
  for (let bit = 0; bit < 16; bit += 1) {
    context.fillStyle = (now >> bit) & 1 ? '#fff' : '#000';
    context.fillRect((bit % 8) * 80, bit < 8 ? 0 : 180, 80, 180);
  }
}, 15);
navigator.mediaDevices.getUserMedia = async (wanted) => {
  const stream = await real({ audio: wanted.audio || false, video: false }).catch(() => new MediaStream());
  if (wanted.video) for (const track of canvas.captureStream(30).getVideoTracks()) stream.addTrack(track);
  return stream;
};
"""
READ_DELAYS = """(count) => new Promise((resolve) => {
  const video = document.querySelector('[data-testid=show-video]');
  const canvas = document.createElement('canvas');
  canvas.width = 64; canvas.height = 36;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const delays = [];
  const read = () => {
    context.drawImage(video, 0, 0, 64, 36);
    let then = 0;
    for (let bit = 0; bit < 16; bit += 1) {
      const pixel = context.getImageData((bit % 8) * 8 + 4, bit < 8 ? 9 : 27, 1, 1).data;
      if (pixel[0] > 127) then |= 1 << bit;
    }
    delays.push(((Date.now() & 0xffff) - then + 0x10000) & 0xffff);
    if (delays.length >= count) resolve(delays); else video.requestVideoFrameCallback(read);
  };
  video.requestVideoFrameCallback(read);
})"""


async def test_a_viewer_is_less_than_half_a_second_behind(new_page: NewPage) -> None:
    host_page, viewer_page = await new_page("/"), await new_page("/")
    host = await sign_up(host_page, "mara", "Mara")
    await list_piece(host, "Coat")
    body = {"title": "Clock", "description": "", "starts_at": int(time.time() * 1000)}
    show = await host.api("POST", "/api/shows", body, status=201)
    await host_page.add_init_script(CLOCK_CAMERA)
    await host_page.goto(f"/studio/{show['show_id']}", wait_until="domcontentloaded")
    await host_page.get_by_test_id("go-live").click()
    await expect(host_page.get_by_test_id("end-show")).to_be_visible(timeout=45_000)
    await viewer_page.goto(f"/show/{show['show_id']}", wait_until="domcontentloaded")
    await sees_picture(viewer_page)

    delays = await viewer_page.evaluate(READ_DELAYS, 90)
    # A frame read while it changes gives a wrong clock: the median does not care.
    median = statistics.median(delays)
    print(f"glass to glass: median {median:.0f} ms over {len(delays)} frames")
    assert median < 500
