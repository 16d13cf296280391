"""How often a show's sockets are written to, and how much of an unreadable flood they get: pure, times are given.

Writing one frame to everybody may take six tenths of the loop's time: what takes longer comes less often, from 20 times a second
down to twice. When even that is not enough, a share of the ordinary messages comes (``lines.py`` has the rule), as large as
fits; it grows again when there is room.
"""

from __future__ import annotations

from dataclasses import dataclass

SHORTEST = 0.05  # seconds between two frames: 20 a second
LONGEST = 0.5  # beyond half a second a chat is no talk
LOAD = 0.6  # of the loop's time for writing, the rest for reading, joins, purchases; nobody waits longer than took / LOAD + took
LEAST = 1 / 32  # of the messages: a few per second of the largest flood that one process takes down
CROWD = 200  # readers: fewer cannot be what takes the time
SLOW_SHARE = 0.1  # for one reader who lags: what fits on a bad line and still shows that people talk
SLOW_BYTES = 64 * 1024  # unsent: a quarter of what may wait before the socket is closed


@dataclass(frozen=True, slots=True)
class Pace:
    """The bounds, for servers that shall give way sooner: tests have no ten thousand readers."""

    longest: float = LONGEST
    load: float = LOAD
    crowd: int = CROWD


class Pressure:
    def __init__(self, pace: Pace | None = None) -> None:
        self._pace = pace or Pace()
        self.interval = SHORTEST
        self.share = 1.0

    def wrote(self, seconds: float, readers: int) -> None:
        """A frame was written to ``readers`` in this time."""
        pace = self._pace
        self.interval = min(pace.longest, max(SHORTEST, seconds / pace.load))
        most = pace.longest * pace.load
        if seconds > most and readers >= pace.crowd:
            self.share = max(LEAST, self.share * most / seconds)
        elif seconds < most * 0.6 or readers < pace.crowd:
            self.share = min(1.0, self.share * 1.25)
