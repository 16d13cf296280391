"""How far a viewer's picture is behind the show, as measured by what the viewer's own page says is on its screen.

A page names the show time of its picture with its pings and its acts; the server compares with the show clock at the
moment the message arrives. So the lag holds everything that delays this person against the host: the way of the picture
here, its buffer and decoder, and the way of an act back. It is a claim: what is decided by it has to be capped.
"""

from __future__ import annotations

import statistics
from collections import deque

SAMPLES = 7  # the last half minute of pings; their median does not jump with one late packet
FRESH = 30.0  # seconds: a page that said nothing for so long shows no picture now
LARGEST = 60_000  # ms; beyond it the page is paused


class Lag:
    """One socket's measurements. Pure: the clocks are arguments."""

    def __init__(self) -> None:
        self._samples: deque[int] = deque(maxlen=SAMPLES)
        self._last = float("-inf")

    def saw(self, at: float, present: int | None, now: float) -> None:
        """The page said that it shows ``at`` (show ms) when the show clock was at ``present``; ``now``: monotonic seconds."""
        if present is None:
            return
        behind = round(present - at)
        # A little ahead is the error of clocks that run by packets; far ahead is no picture of this show.
        if not -1_000 <= behind <= LARGEST:
            return
        if now - self._last > FRESH:
            self._samples.clear()
        self._samples.append(max(0, behind))
        self._last = now

    def ms(self, now: float) -> int | None:
        """The median of the last measurements; None when there is no fresh one."""
        if not self._samples or now - self._last > FRESH:
            return None
        return round(statistics.median(self._samples))
