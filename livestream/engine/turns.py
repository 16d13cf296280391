"""Timers of many: everybody has a turn once in a while, and the turns are spread over the calls in between.

Five hundred viewers' timers in one go would hold media up for several milliseconds; a tenth of them every hundredth of a second
is not noticed. Pure: time comes in.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Generic, TypeVar

Member = TypeVar("Member")


class Turns(Generic[Member]):
    def __init__(self, period: float, step: float) -> None:
        """Everybody once in ``period`` seconds; ``take`` is called about every ``step`` seconds."""
        self._period = period
        self._step = step
        self._left: list[Member] = []
        self._total = 0
        self._begun = 0.0
        self._next = 0.0

    def take(self, members: Iterable[Member], now: float) -> list[Member]:
        """Whose turn it is now. ``members`` is looked at once per period: some of those returned may have left since."""
        if not self._left:
            if now < self._next:
                return []
            self._left = list(members)
            self._total = len(self._left)
            self._begun, self._next = now, now + self._period
        share = min(1.0, (now - self._begun + self._step) / self._period)
        first = self._total - math.ceil(self._total * share)
        due, self._left = self._left[first:], self._left[:first]
        return due
