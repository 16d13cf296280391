"""Which packets are missing, and when to ask for them again (RFC 4585 section 6.2.1). Pure: time comes in."""

from __future__ import annotations

# Packets overtake each other by a few milliseconds: asking at once would repeat what is on its way.
_REORDERING = 0.02
# Asking faster than an answer can come only doubles it; 30 ms is for hosts next door.
_LEAST_WAIT = 0.03
_TRIES = 10
# A longer gap is an outage: a keyframe is cheaper than 400 repeats.
MISSING_LIMIT = 400


class _Missing:
    __slots__ = ("asked", "due", "tries")

    def __init__(self, due: float) -> None:
        self.due = due
        self.asked = 0.0
        self.tries = 0


class MissingPackets:
    def __init__(self) -> None:
        self._missing: dict[int, _Missing] = {}
        self._newest: int | None = None
        self._round_trip: float | None = None
        self.given_up = 0  # packets never seen although asked for
        self.overflows = 0  # gaps too long to repair

    @property
    def round_trip(self) -> float | None:
        """Seconds from asking to the answer, smoothed, where exactly one question was asked (Karn's rule)."""
        return self._round_trip

    def __len__(self) -> int:
        return len(self._missing)

    def received(self, index: int, now: float) -> bool:
        """A packet with this extended sequence number is here; False when the gap before it is too long to repair."""
        if self._newest is None:
            self._newest = index
            return True
        if index <= self._newest:
            found = self._missing.pop(index, None)
            if found is not None and found.tries == 1:
                sample = now - found.asked
                known = self._round_trip
                self._round_trip = sample if known is None else known + (sample - known) / 8
            return True
        gap = index - self._newest - 1
        first = self._newest + 1
        self._newest = index
        if gap + len(self._missing) > MISSING_LIMIT:
            self.given_up += len(self._missing) + gap
            self.overflows += 1
            self._missing.clear()
            return False
        for missing in range(first, index):
            self._missing[missing] = _Missing(now + _REORDERING)
        return True

    def due(self, now: float, round_trip: float) -> list[int]:
        """The extended sequence numbers to ask for now, ascending. ``round_trip`` in seconds, used until one is measured."""
        if not self._missing:
            return []
        wait = max(self._round_trip if self._round_trip is not None else round_trip, _LEAST_WAIT)
        ask: list[int] = []
        over: list[int] = []
        for index, missing in self._missing.items():
            if missing.due > now:
                continue
            if missing.tries >= _TRIES:
                over.append(index)
                continue
            missing.tries += 1
            missing.asked = now
            missing.due = now + wait
            ask.append(index)
        for index in over:
            del self._missing[index]
        self.given_up += len(over)
        ask.sort()
        return ask
