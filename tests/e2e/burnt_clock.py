"""Clocks burnt into pictures, read in Chromium from the decoded frames themselves.

The synthetic host burns its clock (ms, 24 bits) as a row of black and white cells along the lower edge (``web/demo/picture.py``);
a studio's camera is replaced by a canvas that shows the wall clock in the same way. A frame is taken the moment it is asked for
(``new VideoFrame(video)``); its lowest rows are read afterwards, without a conversion of the picture, so that measuring costs a
busy page next to nothing.
"""

from __future__ import annotations

from playwright.async_api import Page, Route

BITS = 24
READ_CLOCK = """
window.__take = (video) => {
  try { return video && video.videoWidth ? new VideoFrame(video) : null; } catch { return null; }
};
// The clock (ms) in a frame that was taken; closes it. Null: there was no frame, or it shows no clock.
window.__clockIn = async (frame) => {
  if (frame === null) return null;
  try {
    const {x, y, width, height} = frame.visibleRect;
    const strip = Math.max(2, 2 * Math.floor(height / 160));  // the middle of what is burnt in: 16 of 960 rows
    const rect = {x, y: y + 2 * Math.floor((height * (1 - 8 / 960) - strip / 2) / 2), width: width - width % 2, height: strip};
    const pixel = /^(RGB|BGR)/.test(frame.format) ? 4 : 1;  // else the luma plane comes first
    const data = new Uint8Array(frame.allocationSize({rect}));
    const [plane] = await frame.copyTo(data, {rect});
    let clock = 0;
    for (let bit = 0; bit < 24; bit += 1) {
      const column = Math.floor((bit + 0.5) * rect.width / 24);
      if (data[plane.offset + Math.floor(strip / 2) * plane.stride + column * pixel] > 127) clock += 2 ** bit;
    }
    return clock;
  } catch { return null; } finally { frame.close(); }
};
"""
# A worker, since a camera goes on while its page is busy. Served by ``film_clock`` from the page's own origin.
CLOCK_FILM = """
const canvas = new OffscreenCanvas(640, 360);
const context = canvas.getContext('2d');
onmessage = ({data: writable}) => {
  const writer = writable.getWriter();
  let shown = 0;  // frames since the beginning: their times come evenly, whenever the timer does
  const begun = performance.now();
  const show = () => {
    const place = Math.floor((performance.now() - begun) / (1000 / 30));
    if (place > shown && writer.desiredSize > 0) {
      shown = place;
      const now = Math.floor(performance.timeOrigin + performance.now()) % 2 ** 24;
      for (let bit = 0; bit < 24; bit += 1) {
        context.fillStyle = Math.floor(now / 2 ** bit) % 2 ? '#fff' : '#000';
        context.fillRect(Math.floor(bit * 640 / 24), 0, Math.ceil(640 / 24), 360);
      }
      const frame = new VideoFrame(canvas, {timestamp: Math.round(performance.now() * 1000)});
      writer.write(frame).catch(() => close());  // the track was stopped
    }
    setTimeout(show, Math.max(1, begun + (shown + 1) * 1000 / 30 - performance.now()));
  };
  show();
};
"""
CLOCK_CAMERA = """
{
  const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  const clockTrack = () => {
    const generator = new MediaStreamTrackGenerator({kind: 'video'});
    const worker = new Worker('/clock_camera.js');
    worker.postMessage(generator.writable, [generator.writable]);
    generator.getSettings = () => ({width: 640, height: 360, frameRate: 30});  // as cameras have them
    return generator;
  };
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const stream = await real({ audio: wanted.audio || false, video: false }).catch(() => new MediaStream());
    if (wanted.video) stream.addTrack(clockTrack());
    return stream;
  };
  window.__taps = [];  // the clocks that the host saw at the keys that feature a piece
  document.addEventListener('keydown', (event) => {
    if (!/^[1-9]$/.test(event.key)) return;
    const place = window.__taps.push(null) - 1;
    const frame = window.__take(document.querySelector('.studio__frame video'));
    window.__clockIn(frame).then((clock) => { window.__taps[place] = clock; });
  }, { capture: true });
}
"""
WATCH_CARDS = """
{
  const video = () => document.querySelector('[data-testid=show-video]');
  const clockNow = () => window.__clockIn(window.__take(video()));
  window.__cards = [];  // each when all about it is known
  window.__frames = [];  // {clock, at}: what was on the screen, at: performance's clock
  const note = (at, watched) => {
    const entry = {clock: null, at};
    window.__frames.push(entry);
    clockNow().then((clock) => { entry.clock = clock; });
    if (window.__frames.length > 900) window.__frames.splice(0, 300);
    follow(watched);
  };
  const follow = (watched) => watched.requestVideoFrameCallback((at) => note(at, watched));
  let watched = null;
  setInterval(() => { if (video() !== null && video() !== watched) follow(watched = video()); }, 20);

  // When the page heard of a piece that is featured: what its picture showed then. Before the page's own listener.
  const heard = new Map();
  const text = new TextDecoder('latin1');
  const Plain = window.WebSocket;
  window.WebSocket = class extends Plain {
    constructor(...given) {
      super(...given);
      this.addEventListener('message', ({data}) => {
        if (typeof data === 'string') return;
        const words = text.decode(data);
        if (!words.includes('featured')) return;
        const clock = clockNow();
        for (const [, id] of words.matchAll(/listing_id.([\\w-]{8,40})/g)) heard.set(id, clock);
      });
    }
  };

  let card = null;
  const look = () => {
    const found = document.querySelector('[data-testid=featured-card]')?.dataset.listing ?? null;
    if (found === card) return;
    card = found;
    if (found === null) return;
    const noted = performance.now();
    const clock = clockNow();
    const painted = new Promise((done) => requestAnimationFrame(() => {
      const {port1, port2} = new MessageChannel();
      port2.onmessage = () => done(clockNow());
      port1.postMessage(null);
    }));
    const came = Promise.all([clock, painted, heard.get(found) ?? null]);
    came.then(([clock, painted, heard]) => window.__cards.push({
      listing: found, clock, painted, heard, noted,
      shown: window.__frames.filter((frame) => frame.at > noted - 3000 && frame.at <= noted)}));
  };
  const begin = () => new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
  if (document.documentElement) begin(); else document.addEventListener('readystatechange', begin, { once: true });
}
"""
# What the picture shows when words first stand in an element: asked for before they come, read with WORDS_CAME.
EXPECT_WORDS = """([selector, words]) => {
  window.__expected = null;
  const look = () => {
    if (![...document.querySelectorAll(selector)].some((one) => one.textContent.includes(words))) return;
    watcher.disconnect();
    const frame = window.__take(document.querySelector('[data-testid=show-video]'));
    window.__clockIn(frame).then((clock) => { window.__expected = [clock]; });
  };
  const watcher = new MutationObserver(look);
  watcher.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
  look();
}"""
WORDS_CAME = "() => window.__expected"
CLOCK_NOW = "() => window.__clockIn(window.__take(document.querySelector('[data-testid=show-video]')))"
DELAYS = """([origin, frames]) => new Promise((resolve) => {
  // How long ago the frames on the screen were taken, ms: `frames` of them, judged by the clock in each.
  const video = document.querySelector('[data-testid=show-video]');
  const delays = [];
  const next = () => video.requestVideoFrameCallback(async () => {
    const now = performance.timeOrigin + performance.now();
    const clock = await window.__clockIn(window.__take(video));
    if (clock !== null) delays.push(((now - origin - clock) % 2 ** 24 + 2 ** 24) % 2 ** 24);
    if (delays.length >= frames) resolve(delays); else next();
  });
  next();
})"""


async def film_clock(page: Page) -> None:
    """The camera of pages opened from now on films the wall clock; ``window.__taps``: its reading at each key of a piece."""
    await page.route("**/clock_camera.js", _film)
    await page.add_init_script(READ_CLOCK + CLOCK_CAMERA)


async def _film(route: Route) -> None:
    await route.fulfill(body=CLOCK_FILM, content_type="text/javascript")


def apart(later: int, earlier: int) -> int:
    """``later - earlier`` of two clocks of 24 bits, -2**23..2**23-1."""
    half = 1 << (BITS - 1)
    return (later - earlier + half) % (1 << BITS) - half
