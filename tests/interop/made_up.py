"""A made-up picture and silence, encoded in real time into a container of PyAV's: what the encoders of these tests send."""

from __future__ import annotations

import fractions
import sys
import threading
import time
from typing import Any

import av

WIDTH, HEIGHT, RATE = 320, 240, 15


def stopped_with_input() -> threading.Event:
    """Set once whoever started this process closes its input."""
    stopped = threading.Event()

    def wait_for_the_end() -> None:
        sys.stdin.read()
        stopped.set()

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    return stopped


def send(
    container: Any, video: Any, audio: Any, stopped: threading.Event, *, block: int, sample_format: str, lightest: int
) -> None:
    """Until ``stopped``: pictures whose light rises from ``lightest``, and blocks of so many silent samples."""
    video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    rate = audio.rate
    begun = time.monotonic()
    frames = blocks = 0
    while not stopped.is_set():
        picture = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
        for plane, value in zip(picture.planes, (lightest + frames * 5 % 150, 90, 160), strict=True):
            plane.update(bytes([value]) * plane.buffer_size)
        picture.pts, picture.time_base = frames, fractions.Fraction(1, RATE)
        container.mux(video.encode(picture))
        frames += 1
        while blocks * block / rate < frames / RATE:
            sound = av.AudioFrame(format=sample_format, layout="stereo", samples=block)
            sound.sample_rate, sound.pts, sound.time_base = rate, blocks * block, fractions.Fraction(1, rate)
            for silence in sound.planes:
                silence.update(bytes(silence.buffer_size))
            container.mux(audio.encode(sound))
            blocks += 1
        stopped.wait(max(0.0, begun + frames / RATE - time.monotonic()))
