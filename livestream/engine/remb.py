"""An estimate of what a host may send, for hosts without transport-wide feedback: by loss alone, told by REMB.

The rule is libwebrtc's loss-based controller: under 2 % loss grow by 8 % a second, over 10 % shrink by half the loss.
"""

from __future__ import annotations

# A start that carries 480p at once; the ceiling is a good 1080p.
_START, _FLOOR, _CEILING = 1_500_000, 150_000, 5_000_000
_LOW, _HIGH = 0.02, 0.10
# Growing beyond what is really sent says nothing about the path.
_HEADROOM = 2.0


class LossEstimate:
    def __init__(self) -> None:
        self.bitrate = _START

    def update(self, loss: float, received: int) -> int:
        """Once a second: ``loss`` 0..1 before repair, ``received`` bit/s; returns bit/s."""
        if loss > _HIGH:
            self.bitrate = int(self.bitrate * (1 - loss / 2))
        elif loss < _LOW and self.bitrate < max(received * _HEADROOM, _START):
            self.bitrate = int(self.bitrate * 1.08)
        self.bitrate = min(max(self.bitrate, _FLOOR), _CEILING)
        return self.bitrate
