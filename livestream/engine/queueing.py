"""How long packets to a viewer wait on the way, from its transport-wide feedback.

The hot loop numbers packets and does not note when each was sent; ten times a second the next number and the time are noted
here, and the arrival of just that packet, less the least such delay seen lately, is the time it waited in queues. What matters is
a queue that stands: the least wait within a few marks, since single packets wait for many reasons (a keyframe in front of them, a
busy machine, a wireless link). Both clocks may differ by any constant. Pure.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

_MARKS = 64  # 6 s of marks; feedback comes within a second
_LEAST_SECONDS = 30.0  # the least delay of the last 30 to 60 s: clocks drift by some ms in that time, routes change
_STANDING = 4  # marks, 0.4 s: longer than any one picture keeps a line busy that carries it at all


class Queueing:
    """Of one viewer. ``latest``: how long the newest packet waited that is known of, in seconds."""

    def __init__(self) -> None:
        self.latest = 0.0
        self._marks: deque[tuple[int, float]] = deque(maxlen=_MARKS)
        self._least = [float("inf"), float("inf")]  # of this period and the one before
        self._period = 0.0
        self._waits: deque[float] = deque(maxlen=_STANDING)

    def mark(self, number: int, now: float) -> None:
        """The next packet to be sent has this 16-bit transport-wide number."""
        if not self._marks or self._marks[-1][0] != number:
            self._marks.append((number, now))

    def fed_back(self, arrivals: Sequence[tuple[int, float | None]], now: float) -> float | None:
        """What ``twcc.parse_feedback`` found; returns the wait in seconds that nobody on this way is spared, None when no marked
        packet is among them."""
        if not self._marks or not arrivals:
            return None
        first = arrivals[0][0]
        if now - self._period > _LEAST_SECONDS:
            self._least, self._period = [float("inf"), self._least[0]], now
        found = False
        for number, sent in self._marks:
            place = (number - first) & 0xFFFF
            arrival = arrivals[place][1] if place < len(arrivals) else None
            if arrival is None:
                continue
            delay = arrival - sent
            self._least[0] = min(self._least[0], delay)
            self._waits.append(delay - min(self._least))
            found = True
        if not found:
            return None
        self.latest = self._waits[-1]
        return min(self._waits) if len(self._waits) == _STANDING else 0.0
