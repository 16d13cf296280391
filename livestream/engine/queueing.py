"""How long packets to a viewer wait on the way, from its transport-wide feedback.

The hot loop numbers packets and does not note when each was sent; ten times a second the next number and the time are noted
here, and the arrival of just that packet, less the least such delay seen lately, is the time it waited in queues. Both clocks may
differ by any constant. Pure: time comes in.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

_MARKS = 64  # 6 s of marks; feedback comes within a second
_LEAST_SECONDS = 30.0  # the least delay of the last 30 to 60 s: clocks drift by some ms in that time, routes change


class Queueing:
    """Of one viewer."""

    def __init__(self) -> None:
        self._marks: deque[tuple[int, float]] = deque(maxlen=_MARKS)
        self._least = [float("inf"), float("inf")]  # of this period and the one before
        self._period = 0.0

    def mark(self, number: int, now: float) -> None:
        """The next packet to be sent has this 16-bit transport-wide number."""
        if not self._marks or self._marks[-1][0] != number:
            self._marks.append((number, now))

    def fed_back(self, arrivals: Sequence[tuple[int, float | None]], now: float) -> float | None:
        """What ``twcc.parse_feedback`` found; returns the longest wait in seconds, None when no marked packet is among them."""
        if not self._marks or not arrivals:
            return None
        first = arrivals[0][0]
        if now - self._period > _LEAST_SECONDS:
            self._least, self._period = [float("inf"), self._least[0]], now
        longest: float | None = None
        for number, sent in self._marks:
            place = (number - first) & 0xFFFF
            if place >= len(arrivals):
                continue
            arrival = arrivals[place][1]
            if arrival is None:
                continue
            delay = arrival - sent
            self._least[0] = min(self._least[0], delay)
            wait = delay - min(self._least)
            longest = wait if longest is None else max(longest, wait)
        return longest
