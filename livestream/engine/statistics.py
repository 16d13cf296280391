"""Rates over the last second, and the studio's word for how well the host's upload does."""

from __future__ import annotations

from typing import Literal

# Loss that repairs hide is not counted here; 2 % of what remains shows as freezes now and then, 8 % as a broken picture.
_WEAK_LOSS, _BAD_LOSS = 0.02, 0.08
# Clothes need some detail: 360p takes about 400 kb/s, and under 120 kb/s nothing can be recognised.
_WEAK_BITRATE, _BAD_BITRATE = 400_000, 120_000
_WARM_UP = 5.0  # s; a browser starts at 300 kb/s and needs a few seconds


class StreamRates:
    """Bytes and frames of one stream; ``tick`` closes an interval of at least a second."""

    def __init__(self, now: float) -> None:
        self._since = now
        self._bytes = 0
        self._frames = 0
        self._timestamp: int | None = None
        self.bitrate = 0  # bit/s of payload
        self.usual = (
            0  # bit/s while there was anything: what a stream that is switched off will need when it comes back
        )
        self.frames_per_second = 0.0

    def received(self, size: int, timestamp: int, in_order: bool) -> None:
        self._bytes += size
        if in_order and timestamp != self._timestamp:
            self._timestamp = timestamp
            self._frames += 1

    def tick(self, now: float) -> None:
        elapsed = now - self._since
        if elapsed >= 1.0:
            self.bitrate = int(self._bytes * 8 / elapsed)
            self.frames_per_second = self._frames / elapsed
            if self.bitrate:
                self.usual = max(self.bitrate, int(self.usual * 0.8))
            self._since, self._bytes, self._frames = now, 0, 0


def quality(loss: float, video_bitrate: int, has_video: bool, age: float) -> Literal["good", "weak", "bad"]:
    """One word from the loss after repair (0..1), the video's bit/s and the seconds since the publication began."""
    bitrate = video_bitrate if has_video and age > _WARM_UP else _WEAK_BITRATE
    if loss >= _BAD_LOSS or bitrate < _BAD_BITRATE:
        return "bad"
    if loss >= _WEAK_LOSS or bitrate < _WEAK_BITRATE:
        return "weak"
    return "good"
