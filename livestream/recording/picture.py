"""Pictures as H264: copied where the host sends that, else decoded and encoded once.

Encoding 720p at 30 frames a second with ``superfast`` takes about a third of a core; it happens only in the worker process of
a show that is watched by HLS or recorded, and the server bounds how many such workers there are.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import av
from av.video.frame import PictureType

from livestream.recording.depayload import Parameters, Picture, split_units

KEYFRAME_TICKS = 3 * 90_000  # a transcoded picture can have them exactly where segments begin
_DECODERS = {"VP8": "vp8", "VP9": "vp9", "AV1": "libdav1d"}
_TALLEST = 720  # lines of the shorter side; more costs more than it shows on a phone
_BITS_PER_PIXEL = 0.09  # 2.5 Mbit/s at 720p30
_TIME_BASE = Fraction(1, 90_000)


class Transcoder:
    """Of one source. ``skip``: an encoder that is behind leaves out every second picture."""

    def __init__(self, codec: str) -> None:
        self._decoder: Any = av.CodecContext.create(_DECODERS[codec], "r")
        self._decoder.thread_count = 1
        self._encoder: Any = None
        self._size = (0, 0)
        self._parameters = Parameters()
        self._last_key: int | None = None
        self._odd = False
        self.skipped = 0
        self.undecodable = 0

    def push(self, picture: Picture, *, skip: bool = False) -> list[Picture]:
        packet = av.Packet(picture.data)
        packet.pts = packet.dts = picture.ticks
        packet.time_base = _TIME_BASE
        try:
            frames = self._decoder.decode(packet)
        except av.FFmpegError:
            self.undecodable += 1
            return []
        made = []
        for frame in frames:
            self._odd = not self._odd
            if skip and self._odd:
                self.skipped += 1
                continue
            made += self._encode(frame, picture.source, picture.ticks)
        return made

    def _encode(self, frame: Any, source: int, ticks: int) -> list[Picture]:
        if (frame.width, frame.height) != self._size:
            self._size = (frame.width, frame.height)
            self._encoder = self._new_encoder(*self._size)
            self._last_key = None
        encoder = self._encoder
        if (frame.width, frame.height, frame.format.name) != (encoder.width, encoder.height, "yuv420p"):
            frame = frame.reformat(width=encoder.width, height=encoder.height, format="yuv420p")
        frame.pts, frame.time_base = ticks, _TIME_BASE
        frame.pict_type = PictureType.NONE
        if self._last_key is None or ticks - self._last_key >= KEYFRAME_TICKS:
            frame.pict_type = PictureType.I
            self._last_key = ticks
        made = []
        for packet in encoder.encode(frame):
            picture = self._parameters.picture(source, packet.pts, split_units(bytes(packet)))
            if picture is not None:
                made.append(picture)
        return made

    @staticmethod
    def _new_encoder(width: int, height: int) -> Any:
        scale = min(1.0, _TALLEST / min(width, height))
        encoder: Any = av.CodecContext.create("libx264", "w")
        encoder.width, encoder.height = (max(16, int(side * scale) // 2 * 2) for side in (width, height))
        encoder.pix_fmt = "yuv420p"
        encoder.time_base, encoder.framerate = _TIME_BASE, Fraction(30, 1)
        encoder.bit_rate = int(max(200_000, encoder.width * encoder.height * 30 * _BITS_PER_PIXEL))
        encoder.max_b_frames = 0
        encoder.thread_count = 1
        encoder.gop_size = 600
        encoder.options = {
            "preset": "superfast",
            "tune": "zerolatency",
            "profile": "main",
            "sc_threshold": "0",
            "forced-idr": "1",
        }
        return encoder
