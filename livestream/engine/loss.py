"""How much is lost on the way to a viewer, from its reports and its transport-wide feedback. Pure: time comes in.

Feedback says what had not arrived when it was written. What was only overtaken is reported again as arrived in the next one, so
a number counts as lost when nobody has seen it for a while.
"""

from __future__ import annotations

from collections.abc import Sequence

_GRACE = 0.25  # s; browsers report at least four times a second
# Of so many packets, one in ten lost at random is rarely seen as 15 in a hundred, and one in five rarely as less.
_SAMPLE = 150
# When nearly half is lost, fewer packets tell that this is no chance.
_SMALL_SAMPLE, _CLEARLY = 40, 0.4
_MISSING = 1000  # remembered; a network from which so much is missing is judged by the small sample long before


class LossSamples:
    """Of one viewer. Each method returns the share lost (0..1) once enough packets are known of, else None."""

    def __init__(self) -> None:
        self._missing: dict[int, float] = {}  # 16-bit number -> when first reported missing
        self._known = 0.0  # packets of this sample
        self._lost = 0.0

    def fed_back(self, arrivals: Sequence[tuple[int, float | None]], now: float) -> float | None:
        """What ``twcc.parse_feedback`` found."""
        missing = self._missing
        seen = 0
        for number, arrival in arrivals:
            if arrival is not None:
                missing.pop(number, None)
                seen += 1
            elif len(missing) < _MISSING:
                missing.setdefault(number, now)
        gone = [number for number, since in missing.items() if now - since >= _GRACE]
        for number in gone:
            del missing[number]
        return self.reported(seen + len(gone), len(gone))

    def reported(self, packets: int, lost: float) -> float | None:
        """A receiver report that covers so many packets."""
        self._known += packets
        self._lost += lost
        if self._known < _SMALL_SAMPLE:
            return None
        loss = self._lost / self._known
        if self._known < _SAMPLE and loss < _CLEARLY:
            return None
        self._known = self._lost = 0.0
        return loss
