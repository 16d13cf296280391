"""How many messages a socket may send: a token bucket, the time is given."""

from __future__ import annotations

RATE = 20.0  # messages per second; a person who taps hearts as fast as they can, bundled by the page, sends two
BURST = 40.0  # a page that comes back sends what it could not: up to twenty lines at once, and its join and pings


class Flood:
    __slots__ = ("_burst", "_rate", "_tokens", "_when")

    def __init__(self, now: float, rate: float = RATE, burst: float = BURST) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = burst
        self._when = now

    def take(self, now: float) -> bool:
        """Whether one more message fits at ``now`` (seconds, never going back)."""
        self._tokens = min(self._burst, self._tokens + (now - self._when) * self._rate)
        self._when = now
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True
