"""Real H264 and Opus for the tests of recording, made by PyAV's encoders and cut into RTP payloads by aiortc's."""

from __future__ import annotations

import functools
from fractions import Fraction
from typing import Any

import av
from aiortc.codecs.h264 import H264Encoder

from livestream.media import MediaPacket

WIDTH, HEIGHT = 192, 128
FRAME = 3_000  # ticks: 30 pictures a second
SOUND = 960  # ticks of one Opus packet


@functools.lru_cache(maxsize=8)
def h264(seconds: int, width: int = WIDTH, every: int = 60) -> list[tuple[int, bytes]]:
    """(ticks, access unit behind start codes), a keyframe each ``every`` pictures."""
    encoder: Any = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, HEIGHT, "yuv420p"
    encoder.time_base, encoder.framerate, encoder.gop_size = Fraction(1, 90_000), Fraction(30, 1), every
    encoder.max_b_frames = 0
    encoder.options = {"preset": "ultrafast", "tune": "zerolatency", "profile": "baseline", "sc_threshold": "0"}
    made = []
    for number in range(seconds * 30):
        frame = av.VideoFrame(width, HEIGHT, "yuv420p")
        for plane, value in zip(frame.planes, (30 + number % 180, 90, 160), strict=True):
            plane.update(bytes([value]) * plane.buffer_size)
        frame.pts, frame.time_base = number * FRAME, Fraction(1, 90_000)
        made += [(packet.pts, bytes(packet)) for packet in encoder.encode(frame)]
    return made


@functools.lru_cache(maxsize=2)
def opus(seconds: int) -> list[tuple[int, bytes]]:
    """(ticks of 48 kHz, packet), 20 ms each."""
    encoder: Any = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = 48_000, "stereo", "s16"
    encoder.time_base = Fraction(1, 48_000)
    made = []
    for number in range(seconds * 50):
        frame = av.AudioFrame(format="s16", layout="stereo", samples=SOUND)
        frame.sample_rate, frame.pts, frame.time_base = 48_000, number * SOUND, Fraction(1, 48_000)
        frame.planes[0].update(bytes(frame.planes[0].buffer_size))
        made += [bytes(packet) for packet in encoder.encode(frame)]
    return [(number * SOUND, data) for number, data in enumerate(made)]


def payloads(unit: bytes) -> list[bytes]:
    """One access unit as RTP payloads (RFC 6184): FU-A, STAP-A, single units."""
    return list(H264Encoder._packetize(H264Encoder._split_bitstream(unit)))


def packets(
    seconds: int, *, at_ms: int = 1_000, source: int = 1, width: int = WIDTH, first: int = 100, every: int = 60
) -> list[MediaPacket]:
    """A host's packets in the order of their time: picture (source ``source``) and sound (``source + 1``)."""
    made: list[tuple[float, MediaPacket]] = []
    index = first
    for ticks, unit in h264(seconds, width, every):
        pieces = payloads(unit)
        for number, payload in enumerate(pieces):
            at = at_ms * 90 + ticks
            packet = MediaPacket(source, "video", "H264", index, at, number == len(pieces) - 1, payload)
            made.append((at / 90, packet))
            index += 1
    for number, (ticks, data) in enumerate(opus(seconds)):
        at = at_ms * 48 + ticks
        made.append((at / 48, MediaPacket(source + 1, "audio", "opus", first + number, at, False, data)))
    return [packet for _, packet in sorted(made, key=lambda one: one[0])]
