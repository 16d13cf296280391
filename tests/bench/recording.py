"""What recording costs: CPU seconds per second of show, copied (H264) and encoded again (VP8), at 720p30 with sound.

CPU time of the worker's own code in this process, so the figures hold on a busy machine too.
"""

from __future__ import annotations

import tempfile
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from aiortc.codecs.vpx import Vp8Encoder

from livestream.media import MediaPacket
from livestream.recording import worker
from livestream.recording.shelf import Shelf
from livestream.recording.worker import Recorder
from tests.livestream.recording.samples import opus, payloads

WIDTH, HEIGHT, RATE, SECONDS = 1280, 720, 30, 12


def _frames() -> list[Any]:
    """Moving gradients: something to encode, the same every time."""
    made = []
    for number in range(SECONDS * RATE):
        frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
        for place, plane in enumerate(frame.planes):
            row = bytes((x + number * (3 + place)) % 200 + 20 for x in range(plane.line_size))
            plane.update((row * (plane.buffer_size // plane.line_size + 1))[: plane.buffer_size])
        frame.pts, frame.time_base = number * 3_000, Fraction(1, 90_000)
        made.append(frame)
    return made


def _h264(frames: list[Any]) -> list[tuple[int, list[bytes]]]:
    encoder: Any = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    encoder.time_base, encoder.framerate, encoder.gop_size = Fraction(1, 90_000), Fraction(RATE, 1), 90
    encoder.bit_rate, encoder.max_b_frames = 2_500_000, 0
    encoder.options = {"preset": "ultrafast", "tune": "zerolatency", "profile": "baseline"}
    return [(packet.pts, payloads(bytes(packet))) for frame in frames for packet in encoder.encode(frame)]


def _vp8(frames: list[Any]) -> list[tuple[int, list[bytes]]]:
    encoder = Vp8Encoder()
    return [(frame.pts, encoder.encode(frame, number % 90 == 0)[0]) for number, frame in enumerate(frames)]


def _packets(codec: str, pictures: list[tuple[int, list[bytes]]]) -> list[MediaPacket]:
    made: list[tuple[float, MediaPacket]] = []
    index = 100
    for ticks, pieces in pictures:
        for number, payload in enumerate(pieces):
            packet = MediaPacket(1, "video", codec, index, ticks, number == len(pieces) - 1, payload)
            made.append((ticks / 90, packet))
            index += 1
    for number, (ticks, data) in enumerate(opus(SECONDS)):
        made.append((ticks / 48, MediaPacket(2, "audio", "opus", number, ticks, False, data)))
    return [packet for _, packet in sorted(made, key=lambda one: one[0])]


def _cost(packets: list[MediaPacket]) -> float:
    worker.say = lambda _: None  # type: ignore[assignment]
    with tempfile.TemporaryDirectory() as folder:
        shelf = Shelf(Path(folder))
        recorder = Recorder(shelf, may_encode=True)
        began = time.process_time()
        for packet in packets:
            recorder.packet(packet)
        recorder.flush()
        spent = time.process_time() - began
        shelf.close()
    return spent / SECONDS


def main() -> None:
    frames = _frames()
    for codec, pictures in (("H264", _h264(frames)), ("VP8", _vp8(frames))):
        packets = _packets(codec, pictures)
        bitrate = sum(len(one.payload) for one in packets) * 8 / SECONDS / 1e6
        how = "copied" if codec == "H264" else "encoded again"
        print(f"recording {codec} 720p30 {how}: {_cost(packets) * 100:.1f} % of a core ({bitrate:.1f} Mbit/s)")


if __name__ == "__main__":
    main()
