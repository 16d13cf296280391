"""What a viewer sees on a bad network, by Chromium's own statistics: loss, jitter, and a line that becomes narrow and wide again.

One host with three layers, one viewer behind ``tc netem``, or behind a relay in user space where this machine's kernel has no
netem; the tests follow each other in one session, as an evening would.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Page, async_playwright

from livestream.engine.engine import PythonEngine
from tests.interop.page_script import SCRIPT
from tests.interop.test_chromium import ARGUMENTS
from tests.interop.whip_app import whip_app
from tests.livestream.engine.recorder import Recorder
from tests.network.bad_network import SERVER, BadNetwork, why_not
from tests.network.relay import Relay

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]

# Pictures that cannot be made small: each layer sends what it may, 1.5 Mb/s in all but the lowest two.
HOST = """
window.publishLayers = async () => {
  const peer = window.peer = new RTCPeerConnection({bundlePolicy: 'max-bundle'});
  const audio = new AudioContext(), tone = audio.createOscillator(), out = audio.createMediaStreamDestination();
  tone.connect(out); tone.start();
  peer.addTransceiver(out.stream.getAudioTracks()[0], {direction: 'sendonly'});
  // Browsers send three layers from 960 by 540 on.
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [960, 540];
  const context = canvas.getContext('2d'), image = context.createImageData(960, 540);
  const words = new Uint32Array(image.data.buffer);
  let seed = 1;
  setInterval(() => {  // blocks of 12 by 12: much to send, little to encode
    for (let row = 0; row < 540; row += 1) {
      if (row % 12 === 0) for (let block = 0; block < 80; block += 1) {
        seed = (seed * 1664525 + 1013904223) >>> 0;
        words.fill(seed | 0xff000000, row * 960 + block * 12, row * 960 + block * 12 + 12);
      } else words.copyWithin(row * 960, (row - 1) * 960, row * 960);
    }
    context.putImageData(image, 0, 0);
  }, 100);
  const video = peer.addTransceiver(canvas.captureStream(10).getVideoTracks()[0], {direction: 'sendonly', sendEncodings: [
    {rid: 'q', scaleResolutionDownBy: 4, maxBitrate: 120000},
    {rid: 'h', scaleResolutionDownBy: 2, maxBitrate: 300000},
    {rid: 'f', scaleResolutionDownBy: 1, maxBitrate: 1500000},
  ]});
  const known = RTCRtpSender.getCapabilities('video').codecs;
  video.setCodecPreferences(known.filter(one => one.mimeType === 'video/VP8' || one.mimeType === 'video/rtx'));
  const plain = peer.setRemoteDescription.bind(peer);  // as the studio does: else the third layer takes half a minute
  peer.setRemoteDescription = description => plain({type: description.type, sdp: description.sdp.replace(
    /(a=rtpmap:(\\d+) VP8\\/90000\\r\\n)/, '$1a=fmtp:$2 x-google-start-bitrate=2500\\r\\n')});
  await exchange(peer, '/whip/show');
};
"""
VIEWER = """
window.through = (from, to) => {
  const plain = RTCPeerConnection.prototype.setRemoteDescription;
  RTCPeerConnection.prototype.setRemoteDescription = function (description) {
    return plain.call(this, {type: description.type, sdp: description.sdp.replaceAll(` ${from} typ`, ` ${to} typ`)});
  };
};
window.figures = {};
setInterval(async () => {
  const peer = window.peer;
  if (!peer) return;
  const all = [...(await peer.getStats()).values()];
  if (peer !== window.peer) return;
  const find = kind => all.find(one => one.type === 'inbound-rtp' && one.kind === kind) ?? {};
  const video = find('video'), audio = find('audio');
  window.figures = {
    decoded: video.framesDecoded ?? 0, width: video.frameWidth ?? 0, freezes: video.freezeCount ?? 0,
    frozen: video.totalFreezesDuration ?? 0, plis: video.pliCount ?? 0, nacks: video.nackCount ?? 0,
    repaired: video.retransmittedPacketsReceived ?? 0,
    sound: audio.packetsReceived ?? 0, lost: audio.packetsLost ?? 0,
    concealed: audio.concealedSamples ?? 0, silent: audio.silentConcealedSamples ?? 0, samples: audio.totalSamplesReceived ?? 0,
  };
}, 100);
"""


@dataclass
class Evening:
    network: BadNetwork | Relay
    engine: PythonEngine
    viewer: Page
    rate: float = 10.0  # pictures per second on a calm network: a busy machine paints fewer

    async def figures(self) -> dict[str, float]:
        return dict(await self.viewer.evaluate("figures"))

    async def over(self, seconds: float) -> dict[str, float]:
        """How the figures change in so many seconds; ``width`` is as at the end."""
        before = await self.figures()
        await asyncio.sleep(seconds)
        after = await self.figures()
        change = {name: after[name] - before[name] for name in after}
        print(f"  {seconds:.0f} s:", {name: round(value, 2) for name, value in change.items()}, "width", after["width"])
        return {**change, "width": after["width"]}

    async def until(self, condition: str, seconds: float) -> float:
        """How long it takes until ``condition`` over the figures holds."""
        begun = time.monotonic()
        holds = f"() => {{ const f = figures; return {condition}; }}"
        await self.viewer.wait_for_function(holds, timeout=seconds * 1000, polling=50)
        return time.monotonic() - begun

    async def fresh(self) -> None:
        """A new session on a calm network: a newcomer gets the best."""
        self.network.shape()
        await self.viewer.evaluate(
            """async () => {
              const before = window.peer;
              [window.peer, window.figures] = [null, {}];
              if (before) { before.close(); await fetch(session.url, {method: 'DELETE'}); }
              await watch('show');
            }"""
        )
        await self.until("f.width === 960 && f.decoded > 5", 30)

    def enough(self, seen: dict[str, float], seconds: float, share: float) -> bool:
        """Whether so large a share of the calm network's pictures was shown and none stood still for long; a machine that is
        too busy to paint is not judged."""
        return self.rate < 6 or (seen["decoded"] > seconds * self.rate * share and seen["frozen"] < 0.4 * seconds)

    def may_judge_time(self) -> None:
        """How soon a picture is back says nothing about the server where the machine cannot even paint it."""
        if self.rate < 6:
            pytest.skip(
                f"this machine paints {self.rate:.1f} of 10 pictures a second: too busy to judge how soon one is back"
            )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def evening(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Evening]:
    folder: Path = tmp_path_factory.mktemp("network")
    async with contextlib.AsyncExitStack() as opened:
        reason = why_not()
        network = opened.enter_context(BadNetwork()) if reason is None else None
        engine = PythonEngine(public_ips=("127.0.0.1",) if network is None else (SERVER, "127.0.0.1"))
        recorder = Recorder()
        await engine.start(recorder)
        opened.push_async_callback(engine.stop)
        runner = web.AppRunner(whip_app(engine), shutdown_timeout=1)
        await runner.setup()
        opened.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "0.0.0.0", 0).start()
        port = runner.addresses[0][1]
        playwright = await opened.enter_async_context(async_playwright())

        async def page(program: str, host: str) -> Page:
            browser = await playwright.chromium.launch(
                executable_path=program, headless=True, args=ARGUMENTS, timeout=20_000
            )
            opened.push_async_callback(browser.close)
            found = await browser.new_page()
            found.set_default_timeout(20_000)
            await found.goto(f"http://{host}:{port}/")
            await found.add_script_tag(content=SCRIPT + HOST + VIEWER)
            return found

        host = await page("/usr/bin/chromium", "127.0.0.1")
        await host.evaluate("publishLayers()")
        await recorder.until_true(lambda: any(notice[:2] == ("started", "show") for notice in recorder.notices), 15)
        if network is not None:
            between: BadNetwork | Relay = network
            viewer = await page(str(network.program(folder, "/usr/bin/chromium")), SERVER)
        else:
            print(f"  no netem ({reason}): by a relay in user space")
            between = relay = await Relay(engine.port).open()
            opened.callback(relay.close)
            viewer = await page("/usr/bin/chromium", "127.0.0.1")
            await viewer.evaluate("ports => through(...ports)", [engine.port, relay.port])
        between.shape()
        found = Evening(between, engine, viewer)
        await found.fresh()
        found.rate = (await found.over(4))["decoded"] / 4
        yield found


@pytest.mark.parametrize("loss", [5, 10])
async def test_loss_is_repaired(evening: Evening, loss: int) -> None:
    await evening.fresh()
    evening.network.shape(loss=loss)
    seen = await evening.over(8)
    assert seen["nacks"] > 0
    assert seen["repaired"] > 0
    assert evening.enough(seen, 8, 0.6)
    assert seen["plis"] <= 5


async def test_jitter_of_100_ms_costs_delay_and_no_pictures(evening: Evening) -> None:
    await evening.fresh()
    evening.network.shape(delay_ms=100, jitter_ms=50)
    seen = await evening.over(8)
    assert evening.enough(seen, 8, 0.5)
    assert seen["plis"] <= 5


async def test_a_fifth_lost_lowers_the_layer_without_a_storm_and_quiet_brings_it_back(evening: Evening) -> None:
    await evening.fresh()
    evening.network.shape(loss=20)
    down = await evening.until("f.width < 960", 12)
    seen = await evening.over(6)
    evening.network.shape()
    assert evening.enough(seen, 6, 0.3)
    assert seen["plis"] <= 10
    evening.may_judge_time()
    up = await evening.until("f.width === 960", 40)
    print(f"  20 % loss: down after {down:.1f} s, back {up:.1f} s after its end")


async def test_a_narrow_line_gets_a_smaller_picture_and_all_the_sound(evening: Evening) -> None:
    await evening.fresh()
    evening.network.shape(down_kbps=4000)
    await evening.over(3)
    evening.network.shape(down_kbps=500)
    down = await evening.until("f.width < 960", 10)
    await asyncio.sleep(2)  # what stood in the queue has gone
    seen = await evening.over(6)
    evening.network.shape(down_kbps=4000)
    assert evening.enough(seen, 6, 0.4)
    assert seen["sound"] > 6 * 50 * 0.9
    assert seen["lost"] < 6 * 50 * 0.05
    evening.may_judge_time()
    up = await evening.until("f.width === 960", 40)
    print(f"  4 Mb/s -> 500 kb/s: down after {down:.1f} s; back to 4 Mb/s: up after {up:.1f} s")
    counters = (await evening.engine.statistics()).counters
    assert not counters.get("datagram_errors", 0) + counters.get("tick_errors", 0) + counters.get("show_tick_errors", 0)
