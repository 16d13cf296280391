"""Opus to AAC on the show's clock: each AAC frame says exactly which samples of the show it holds.

Holes are filled with silence, so picture and sound stay together to the sample; the encoder's delay is taken off.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av

RATE = 48_000
SAMPLES = 1024  # of one AAC frame
BITRATE = 128_000  # bit/s, stereo
LONGEST_HOLE = RATE  # samples filled with silence; after a longer one the sound begins anew


@dataclass(frozen=True, slots=True)
class Sound:
    samples: int  # show clock, 48 per millisecond
    data: bytes


class SoundTrack:
    """One show's sound, over all its sources."""

    def __init__(self) -> None:
        self._seed: Any = None  # gives every part its stream parameters
        self._decoder: Any = None
        self._resampler: Any = None
        self._fifo: Any = None
        self._encoder: Any = None
        self._source: int | None = None
        self._expected: int | None = None  # the next sample that the decoder should give
        self._written = 0  # the next sample to encode
        self._first = 0
        self.template: Any = None
        self.undecodable = 0

    def push(self, source: int, ticks: int, payload: bytes) -> list[Sound]:
        """One Opus packet at this moment of the show."""
        if source != self._source or self._decoder is None:
            self._source = source
            self._decoder = av.CodecContext.create("libopus", "r")
            self._decoder.sample_rate, self._decoder.layout = RATE, "stereo"
            self._resampler = av.AudioResampler(format="fltp", layout="stereo", rate=RATE)
        made: list[Sound] = []
        if self._expected is None or ticks - self._expected > LONGEST_HOLE or self._expected - ticks > LONGEST_HOLE:
            made += self._restart(ticks)
        assert self._expected is not None
        if not payload or ticks < self._expected - SAMPLES // 2:
            return made  # before what was already said
        if ticks > self._expected:
            self._silence(ticks - self._expected)
            self._expected = ticks
        try:
            for frame in self._decoder.decode(av.Packet(payload)):
                for sound in self._resampler.resample(frame):
                    sound.pts = None
                    self._expected += sound.samples
                    self._fifo.write(sound)
        except av.FFmpegError:
            self.undecodable += 1  # the hole is filled when the next one comes
        return made + self._encode()

    def finish(self, until: int) -> list[Sound]:
        """The run ends at this sample: what the encoder still holds, then silence up to there. What comes next begins anew.

        A player stalls where its sound is shorter than its picture, and before a discontinuity it would stall for good.
        """
        if self._expected is None:
            return []
        missing = until - self._written
        made: list[Sound] = []
        if 0 <= missing <= LONGEST_HOLE:
            self._silence(missing + 3 * SAMPLES)  # the encoder is two frames behind
            made = [sound for sound in self._encode() if sound.samples < until]
        self._expected = None
        return made

    def _restart(self, ticks: int) -> list[Sound]:
        self._seed = av.open(io.BytesIO(), "w", format="mp4")
        self.template = self._seed.add_stream("aac", rate=RATE, layout="stereo")
        self.template.bit_rate = BITRATE
        self._seed.start_encoding()
        self._encoder = self.template.codec_context
        self._fifo = av.AudioFifo()
        self._expected = self._written = self._first = ticks
        return []

    def _silence(self, samples: int) -> None:
        frame = av.AudioFrame(format="fltp", layout="stereo", samples=samples)
        frame.sample_rate = RATE
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.pts = None
        self._fifo.write(frame)

    def _encode(self) -> list[Sound]:
        made = []
        while (frame := self._fifo.read(SAMPLES)) is not None:
            frame.pts, frame.time_base = self._written, Fraction(1, RATE)
            self._written += SAMPLES
            # The first packet only primes the decoder.
            packets = [one for one in self._encoder.encode(frame) if one.pts is not None and one.pts >= self._first]
            made += [Sound(packet.pts, bytes(packet)) for packet in packets]
        return made
