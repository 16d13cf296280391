"""A host with three layers that even a busy machine can be: ``python -m tests.network.host WHIP_URL`` until its input ends.

Real VP8 and Opus, encoded once before it goes live; a keyframe comes with the next picture after it was asked for. Between
keyframes each layer repeats its other pictures over and over: they tell changes to a picture that is not quite the one they were
made for, which looks like noise (so does the original) and decodes all the same. A process of its own, so that what it costs
never delays the engine under test.
"""

from __future__ import annotations

import asyncio
import random
import sys
import threading
import time
from dataclasses import dataclass, field
from fractions import Fraction

import av
from aiohttp import ClientSession

from livestream.engine import rtcp, rtp
from livestream.engine.clock import ntp_timestamp
from tests.livestream.engine.light_peer import AUDIO, LightPeer, make_offer

RATE = 15  # pictures a second
PICTURES = 90
LARGEST = 1100  # bytes of payload in a packet
MID, RID = 4, 5
VIDEO = f"""m=video 9 UDP/TLS/RTP/SAVPF 96
c=IN IP4 0.0.0.0
a=mid:1
{{transport}}a=extmap:{MID} {rtp.MID}
a=extmap:{RID} {rtp.RID}
a=rtpmap:96 VP8/90000
a=rtcp-fb:96 nack pli
a=rid:q send
a=rid:h send
a=rid:f send
a=simulcast:send q;h;f
"""


@dataclass
class Layer:
    rid: str
    ssrc: int
    size: tuple[int, int]
    block: int  # pixels; the smaller, the more there is to send
    pictures: list[bytes] = field(default_factory=list)
    next: int = 0
    sequence: int = 1000
    number: int = 0
    sent: int = 0
    octets: int = 0


def encode_layer(layer: Layer) -> None:
    """Blocks of random grey. Error resilient: no picture needs the tables of the last."""
    width, height = layer.size
    context = av.CodecContext.create("libvpx", "w")
    context.width, context.height, context.pix_fmt = width, height, "yuv420p"
    context.time_base, context.framerate = Fraction(1, RATE), Fraction(RATE, 1)
    context.bit_rate, context.gop_size, context.thread_count = 1_000_000, 100_000, 1
    context.options = {"deadline": "realtime", "cpu-used": "-8", "lag-in-frames": "0", "error-resilient": "1"}
    context.options |= {"auto-alt-ref": "0", "qmin": "40", "qmax": "40"}  # so that the rate is the same all the time
    chance = random.Random(1)
    block = layer.block
    for number in range(PICTURES):
        frame = av.VideoFrame(width, height, "yuv420p")
        grey, *colours = frame.planes
        row = [
            b"".join(bytes([chance.randrange(60, 200)]) * block for _ in range(-(-grey.line_size // block)))
            for _ in range(-(-height // block))
        ]
        grey.update(b"".join(row[line // block][: grey.line_size] for line in range(height)))
        for plane in colours:
            plane.update(bytes([128]) * plane.buffer_size)
        frame.pts = number
        layer.pictures += [bytes(packet) for packet in context.encode(frame)]
    assert [bool(picture[0] & 1) for picture in layer.pictures[:2]] == [False, True]  # a keyframe, then none


def encode_tone() -> list[bytes]:
    """A second of sound, 20 ms each."""
    context = av.CodecContext.create("libopus", "w")
    context.sample_rate, context.layout, context.format, context.bit_rate = 48000, "stereo", "s16", 48_000
    sounds: list[bytes] = []
    for number in range(50):
        frame = av.AudioFrame(format="s16", layout="stereo", samples=960)
        frame.sample_rate, frame.pts, frame.time_base = 48000, number * 960, Fraction(1, 48000)
        tone = b"".join(
            (4000 if sample // 60 % 2 else -4000).to_bytes(2, "little", signed=True) * 2 for sample in range(960)
        )
        frame.planes[0].update(tone)
        sounds += [bytes(packet) for packet in context.encode(frame)]
    return sounds


class Host:
    def __init__(self, peer: LightPeer, layers: list[Layer], sounds: list[bytes]) -> None:
        self._peer, self._layers, self._sounds = peer, layers, sounds
        self._sounded = self._read = 0
        self._begun = time.monotonic()

    async def run(self) -> None:
        pictures = reports = 0
        while True:
            now = time.monotonic() - self._begun
            while self._sounded <= now * 50:
                self._sound()
            if pictures <= now * RATE:
                pictures = int(now * RATE) + 1  # a machine that is late leaves pictures out, as an encoder would
                self._wishes()
                for layer in self._layers:
                    self._picture(layer, int(now * 90_000))
            if reports <= now:
                reports = int(now) + 1
                self._report(now)
            await asyncio.sleep(0.01)

    def _wishes(self) -> None:
        for compound in self._peer.rtcp[self._read :]:
            for message in rtcp.parse_compound(compound)[0]:
                for layer in self._layers:
                    if isinstance(message, rtcp.KeyframeRequest) and message.ssrc == layer.ssrc:
                        layer.next = 0
        self._read = len(self._peer.rtcp)

    def _picture(self, layer: Layer, timestamp: int) -> None:
        picture = layer.pictures[layer.next]
        layer.next = layer.next + 1 if layer.next + 1 < len(layer.pictures) else 1
        layer.number += 1
        block, _ = rtp.pack_extensions([(MID, b"1"), (RID, layer.rid.encode())])
        parts = [picture[at : at + LARGEST] for at in range(0, len(picture), LARGEST)]
        for place, part in enumerate(parts):
            # RFC 7741 section 4.2: extended, picture identifier and TL0PICIDX; S marks the first packet of the picture.
            descriptor = bytes((0x90 if place == 0 else 0x80, 0xE0))
            descriptor += (0x8000 | layer.number & 0x7FFF).to_bytes(2, "big") + bytes((layer.number & 0xFF, 0x20))
            marker = 0x80 if place == len(parts) - 1 else 0
            head = rtp.HEADER.pack(0x90, 96 | marker, layer.sequence & 0xFFFF, timestamp & 0xFFFFFFFF, layer.ssrc)
            self._peer.send_rtp(head + block + descriptor + part)
            layer.sequence += 1
            layer.sent += 1
            layer.octets += len(descriptor) + len(part)

    def _sound(self) -> None:
        sound = self._sounds[self._sounded % len(self._sounds)]
        head = rtp.HEADER.pack(0x80, 111, self._sounded & 0xFFFF, self._sounded * 960 & 0xFFFFFFFF, 9)
        self._peer.send_rtp(head + sound)
        self._sounded += 1

    def _report(self, now: float) -> None:
        ntp = ntp_timestamp(time.time())
        compound = rtcp.sender_report(9, ntp, int(now * 48_000), self._sounded, self._sounded * 100)
        for layer in self._layers:
            compound += rtcp.sender_report(layer.ssrc, ntp, int(now * 90_000), layer.sent, layer.octets)
        self._peer.send_rtcp(compound)


async def publish(url: str, ended: asyncio.Event) -> None:
    layers = [
        Layer("q", 101, (240, 136), 20),  # about 0.1 Mb/s
        Layer("h", 102, (480, 270), 24),  # 0.2
        Layer("f", 103, (960, 540), 20),  # 1.3
    ]
    for layer in layers:
        encode_layer(layer)
    sounds = encode_tone()
    peer = await LightPeer("sendonly").open()
    peer.offer = make_offer("sendonly", media=AUDIO + VIDEO)
    try:
        headers = {"Content-Type": "application/sdp"}
        async with ClientSession() as http, http.post(url, data=peer.offer, headers=headers) as response:
            response.raise_for_status()
            answer = await response.text()
        await peer.connect(answer)
        checks = asyncio.create_task(_keep_consent(peer))
        media = asyncio.create_task(Host(peer, layers, sounds).run())
        print("live", flush=True)
        await asyncio.wait([checks, media, asyncio.create_task(ended.wait())], return_when=asyncio.FIRST_COMPLETED)
        for task in (checks, media):
            task.cancel()
    finally:
        peer.close()


async def _keep_consent(peer: LightPeer) -> None:
    """RFC 7675: the engine ends a session that nobody checks."""
    while True:
        peer.send(bytes(peer.binding()))
        await asyncio.sleep(2)


async def main() -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()

    def listen() -> None:
        sys.stdin.read()
        loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=listen, daemon=True).start()
    await publish(sys.argv[1], ended)


if __name__ == "__main__":
    asyncio.run(main())
