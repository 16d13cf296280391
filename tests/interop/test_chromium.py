"""Chromium as host and as viewer. One browser for the module, two pages at most, everything under a time limit."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from tests.interop.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

ARGUMENTS = [
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
]
WAIT = 20_000  # milliseconds: no test waits longer for anything

SCRIPT = """
async function exchange(peer, url) {
  await peer.setLocalDescription();
  const headers = {'Content-Type': 'application/sdp'};
  const response = await fetch(url, {method: 'POST', body: peer.localDescription.sdp, headers});
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  window.session = {url: response.headers.get('Location'), etag: response.headers.get('ETag'), answer: await response.text()};
  await peer.setRemoteDescription({type: 'answer', sdp: window.session.answer});
}
// Noise that no encoder can make small: it sends whatever the congestion control allows.
function noise() {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [640, 360];
  const context = canvas.getContext('2d'), image = context.createImageData(640, 360);
  const words = new Uint32Array(image.data.buffer);
  let seed = 1;
  window.painter = setInterval(() => {
    for (let i = 0; i < words.length; i += 2) {
      seed = (seed * 1664525 + 1013904223) >>> 0;
      words[i] = words[i + 1] = seed | 0xff000000;
    }
    context.putImageData(image, 0, 0);
  }, 66);
  return canvas.captureStream(15).getVideoTracks()[0];
}
window.publish = async (show, {noisy = false, maxBitrate = 0, codec = ''} = {}) => {
  const stream = await navigator.mediaDevices.getUserMedia({audio: true, video: {width: 640, height: 360, frameRate: 15}});
  const peer = window.peer = new RTCPeerConnection({bundlePolicy: 'max-bundle'});
  peer.addTransceiver(stream.getAudioTracks()[0], {direction: 'sendonly'});
  const encodings = maxBitrate ? [{maxBitrate}] : [{}];
  const track = noisy ? noise() : stream.getVideoTracks()[0];
  const video = peer.addTransceiver(track, {direction: 'sendonly', sendEncodings: encodings});
  if (codec) {
    const known = RTCRtpSender.getCapabilities('video').codecs;
    const first = known.filter(one => one.mimeType === codec), rest = known.filter(one => one.mimeType === 'video/rtx');
    video.setCodecPreferences([...first, ...rest]);
  }
  await exchange(peer, `/whip/${show}`);
};
window.unpublish = () => { clearInterval(window.painter); window.peer.close(); };
window.watch = async (show) => {
  const peer = window.peer = new RTCPeerConnection({bundlePolicy: 'max-bundle'});
  const stream = new MediaStream();
  peer.addTransceiver('audio', {direction: 'recvonly'});
  peer.addTransceiver('video', {direction: 'recvonly'});
  peer.ontrack = event => stream.addTrack(event.track);
  const video = window.video = document.createElement('video');
  [video.muted, video.autoplay, video.playsInline, video.srcObject] = [true, true, true, stream];
  document.body.append(video);
  await exchange(peer, `/whep/${show}`);
};
// Statistics are asynchronous and wait_for_function takes a promise for true: a sampler keeps the latest ones at hand.
window.latest = {decoded: 0, codec: '', target: 0, available: 0, audio: 0};
setInterval(async () => {
  if (!window.peer) return;
  const all = await window.peer.getStats();
  const find = (type, kind) => [...all.values()].find(one => one.type === type && (!kind || one.kind === kind)) ?? {};
  const video = find('inbound-rtp', 'video');
  window.latest = {
    decoded: video.framesDecoded ?? 0,
    codec: all.get(video.codecId)?.mimeType ?? '',
    audio: find('inbound-rtp', 'audio').packetsReceived ?? 0,
    target: find('outbound-rtp', 'video').targetBitrate ?? 0,
    available: Math.max(0, ...[...all.values()].map(one => one.availableOutgoingBitrate ?? 0)),
  };
}, 100);
window.restart = async () => {
  const peer = window.peer;
  peer.restartIce();
  const offer = await peer.createOffer();
  await peer.setLocalDescription(offer);
  const lines = offer.sdp.split('\\r\\n');
  const pick = name => lines.find(line => line.startsWith(name));
  const body = [pick('a=group:BUNDLE'), pick('m='), pick('a=mid:'), pick('a=ice-ufrag:'), pick('a=ice-pwd:'), ''].join('\\r\\n');
  const response = await fetch(window.session.url, {
    method: 'PATCH', body, headers: {'Content-Type': 'application/trickle-ice-sdpfrag', 'If-Match': '*'},
  });
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
  const fragment = await response.text();
  const [ufrag, pwd] = ['ice-ufrag', 'ice-pwd'].map(name => fragment.match(new RegExp(`a=${name}:(\\\\S+)`))[1]);
  const answer = window.session.answer
    .replace(/a=ice-ufrag:\\S+/g, `a=ice-ufrag:${ufrag}`).replace(/a=ice-pwd:\\S+/g, `a=ice-pwd:${pwd}`);
  await peer.setRemoteDescription({type: 'answer', sdp: answer});
  return [window.session.etag, response.headers.get('ETag'), ufrag];
};
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium", headless=True, args=ARGUMENTS, timeout=WAIT
        )
        try:
            yield browser
        finally:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(browser.close(), 10)


@contextlib.asynccontextmanager
async def opened(browser: Browser, stage: Stage) -> AsyncIterator[Page]:
    page = await browser.new_page()
    try:
        page.set_default_timeout(WAIT)
        await page.goto(stage.url)
        await page.add_script_tag(content=SCRIPT)
        yield page
    finally:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(page.close(), 5)


async def wait_for(page: Page, condition: str, argument: Any = None, limit: float = WAIT) -> None:
    await page.wait_for_function(condition, arg=argument, timeout=limit, polling=100)


async def decodes_more(page: Page, more: int = 15) -> None:
    so_far = await page.evaluate("latest.decoded")
    await wait_for(page, "least => latest.decoded >= least", so_far + more)


async def test_a_viewer_keeps_watching_while_the_host_reloads_and_changes_codec(browser: Browser) -> None:
    async with Stage() as stage, opened(browser, stage) as host, opened(browser, stage) as viewer:
        await host.evaluate("publish('show', {codec: 'video/VP8'})")
        await stage.on_air("show")
        await viewer.evaluate("watch('show')")
        await decodes_more(viewer)
        size = await viewer.evaluate("[video.videoWidth, video.videoHeight]")
        assert size[0] / size[1] == pytest.approx(640 / 360, rel=0.02)
        before = await viewer.evaluate("session.url")
        for times, codec in ((2, "video/VP8"), (3, "video/H264")):
            await host.evaluate("unpublish()")
            await host.evaluate("codec => publish('show', {codec})", codec)
            await stage.on_air("show", times)
            await wait_for(viewer, "codec => latest.codec === codec", codec)
            await decodes_more(viewer)
        assert len([one for one in stage.recorder.notices if one[0] == "started"]) == 3
        assert await viewer.evaluate("session.url") == before
        assert await viewer.evaluate("peer.connectionState") == "connected"
        await wait_for(viewer, "() => latest.audio > 100")


async def test_the_hosts_bitrate_reaches_its_target(browser: Browser) -> None:
    """Chromium starts at 300 kb/s and without transport-wide feedback adds a few percent each second: 0.5 Mb/s after 8 s."""
    target = 1_500_000
    async with Stage() as stage, opened(browser, stage) as host:
        await host.evaluate("target => publish('show', {noisy: true, maxBitrate: target, codec: 'video/VP8'})", target)
        await stage.on_air("show")
        answer = await host.evaluate("session.answer")
        assert re.search(r"a=rtcp-fb:\d+ transport-cc", answer)
        await wait_for(host, "target => latest.available >= target", target, limit=8_000)
        # Not only allowed but sent, and seen by the engine.
        async with asyncio.timeout(20):
            while True:
                publication = (await stage.engine.show_media("show")).publication
                if publication is not None and publication.video_bitrate > 0.6 * target:
                    break
                await asyncio.sleep(0.2)
        assert publication.packet_loss < 0.05
        assert publication.round_trip_ms is not None  # the browser answers our own STUN requests
        assert publication.round_trip_ms < 1000
        await host.evaluate("unpublish()")


async def test_a_browser_restarts_ice_and_media_goes_on(browser: Browser) -> None:
    async with Stage() as stage, opened(browser, stage) as host, opened(browser, stage) as viewer:
        await host.evaluate("publish('show')")
        await stage.on_air("show")
        await viewer.evaluate("watch('show')")
        await decodes_more(viewer)
        old, new, ufrag = await viewer.evaluate("restart()")
        assert old != new
        assert ufrag in await viewer.evaluate("peer.remoteDescription.sdp")
        await decodes_more(viewer)
        assert await viewer.evaluate("peer.connectionState") == "connected"
        await viewer.evaluate("fetch(session.url, {method: 'DELETE'})")
        await wait_for(viewer, "() => peer.connectionState !== 'connected'")  # the server's close_notify
