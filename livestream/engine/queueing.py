"""How long packets to a viewer wait on the way, and how much the way carries, from its transport-wide feedback.

The hot loop numbers packets and does not note when each was sent; ten times a second the next number, the time and the bytes
sent so far are noted here. The arrival of just the packet with that number, less the least such delay seen lately, is the time it
waited in queues. What matters is a queue that stands: the least wait within a few marks, since single packets wait for many
reasons (a keyframe in front of them, a busy machine, a wireless link). Both clocks may differ by any constant. Pure.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

_MARKS = 64  # 6 s of marks; feedback comes within a second
_LEAST_SECONDS = 30.0  # the least delay of the last 30 to 60 s: clocks drift by some ms in that time, routes change
_STANDING = 4  # marks, 0.4 s: longer than any one picture keeps a line busy that carries it at all
_MEAN = 11  # marks: the last second
_CARRIED_SECONDS = 0.5  # what arrives in less says more about bursts than about the line


@dataclass(frozen=True, slots=True)
class _Mark:
    number: int  # 16 bit
    sent: float
    octets: int  # in all, before it


class Queueing:
    """Of one viewer. ``carried``: bit/s that arrived lately, None before it is known; ``latest``: how long the newest packet
    waited that is known of, in seconds."""

    def __init__(self) -> None:
        self.carried: int | None = None
        self.latest = 0.0
        self._marks: deque[_Mark] = deque(maxlen=_MARKS)
        self._least = [float("inf"), float("inf")]  # of this period and the one before
        self._period = 0.0
        self._waits: deque[float] = deque(maxlen=_STANDING)
        self._arrived = 0  # packets since ``_arrived_from``, on the viewer's clock
        self._arrived_from: float | None = None

    def mark(self, number: int, octets: int, now: float) -> None:
        """The next packet to be sent has this 16-bit transport-wide number; so many bytes have been sent before it."""
        if not self._marks or self._marks[-1].number != number:
            self._marks.append(_Mark(number, now, octets))

    def fed_back(self, arrivals: Sequence[tuple[int, float | None]], now: float) -> float | None:
        """What ``twcc.parse_feedback`` found; returns the wait in seconds that nobody on this way is spared, None when no marked
        packet is among them."""
        if not self._marks or not arrivals:
            return None
        self._carry(arrivals)
        first = arrivals[0][0]
        if now - self._period > _LEAST_SECONDS:
            self._least, self._period = [float("inf"), self._least[0]], now
        found = False
        for mark in self._marks:
            place = (mark.number - first) & 0xFFFF
            arrival = arrivals[place][1] if place < len(arrivals) else None
            if arrival is None:
                continue
            delay = arrival - mark.sent
            self._least[0] = min(self._least[0], delay)
            self._waits.append(delay - min(self._least))
            found = True
        if not found:
            return None
        self.latest = self._waits[-1]
        return min(self._waits) if len(self._waits) == _STANDING else 0.0

    def _carry(self, arrivals: Sequence[tuple[int, float | None]]) -> None:
        """Packets that arrived, each of the mean size of those sent in the last second."""
        newest, oldest = self._marks[-1], self._marks[-min(len(self._marks), _MEAN)]
        numbered = (newest.number - oldest.number) & 0xFFFF
        for _, arrival in arrivals:
            if arrival is None:
                continue
            if self._arrived_from is None or not 0 <= arrival - self._arrived_from < 10:
                self._arrived, self._arrived_from = 0, arrival
            self._arrived += 1
            elapsed = arrival - self._arrived_from
            if elapsed >= _CARRIED_SECONDS:
                if numbered:
                    size = (newest.octets - oldest.octets) / numbered
                    self.carried = int(self._arrived * size * 8 / elapsed)
                self._arrived, self._arrived_from = 0, arrival
