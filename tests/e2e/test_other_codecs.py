"""A host whose browser sends VP9 or AV1: everybody who watches by HLS gets H264, encoded once, and so does the replay."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.e2e.burnt_clock import CLOCK_NOW, DELAYS
from tests.e2e.conftest import NewPage
from tests.e2e.on_time import studio_broadcast, watch
from tests.e2e.people import sees_picture

# The studio offers what the browser can; a browser that prefers another codec lists it first, and here offers nothing else.
PREFER = """
const plain = RTCPeerConnection.prototype.createOffer;
RTCPeerConnection.prototype.createOffer = function (...given) {
  const known = RTCRtpSender.getCapabilities('video').codecs;
  const wanted = known.filter(({mimeType}) => ['video/%s', 'video/rtx'].includes(mimeType));
  for (const transceiver of this.getTransceivers())
    if (transceiver.sender.track?.kind === 'video') transceiver.setCodecPreferences(wanted);
  return plain.apply(this, given);
};
"""
PLAYED = """() => {
  const video = document.querySelector('[data-testid=show-video]');
  const {played} = video;
  return played.length > 0 && played.end(played.length - 1) - played.start(0) > 0.5
    && video.getVideoPlaybackQuality().totalVideoFrames >= 10;
}"""
LATEST = 20_000  # ms: an encoder on a busy machine is late, but it does not lose the show


@pytest.mark.timeout(240)
@pytest.mark.parametrize("codec", ["VP9", "AV1"])
async def test_hls_of_a_host_who_sends(codec: str, new_page: NewPage) -> None:
    host, viewer = await new_page("/"), await new_page("/")
    sends = await host.evaluate(
        "(codec) => RTCRtpSender.getCapabilities('video').codecs.some((one) => one.mimeType === codec)",
        f"video/{codec}",
    )
    if not sends:
        pytest.skip(f"this browser does not encode {codec}")
    await host.add_init_script(PREFER % codec)
    broadcast = await studio_broadcast(host, 1)
    await viewer.route("**/whep/**", lambda route: route.fulfill(status=503, headers={"Retry-After": "60"}))
    await watch(viewer, broadcast.show_id)
    await sees_picture(viewer, 30, seconds=90)
    media = await broadcast.host.api("GET", f"/api/shows/{broadcast.show_id}/media")
    assert media["publication"]["video_codec"] == codec
    await expect(viewer.get_by_test_id("delayed")).to_be_visible()
    playlist = await (await viewer.request.get(f"/hls/{broadcast.show_id}/index.m3u8")).text()
    assert 'CODECS="avc1.' in playlist
    # It is the host's picture, and it moves: the clock in it can be read and is that of the last seconds.
    await viewer.wait_for_function(f"async () => await ({CLOCK_NOW})() !== null", timeout=30_000)
    delays = await viewer.evaluate(DELAYS, [0, 12])
    assert min(delays) < LATEST

    await broadcast.host.api("POST", f"/api/shows/{broadcast.show_id}/end")
    replay = await new_page("/")
    await watch(replay, broadcast.show_id)
    await replay.get_by_test_id("replay-play").click(timeout=60_000)
    # What has been played is looked at: a show of a few seconds may be over before anything can count its pictures.
    await replay.wait_for_function(PLAYED, timeout=60_000)
