"""Which layers of a host somebody wants. What nobody has wanted for a while may be switched off by the host's browser, which then
spends its upload and its processor on the others. Pure: time comes in.

The lowest layer is never switched off: whoever has to fall falls at once, and onto something that is there.
"""

from __future__ import annotations

from collections.abc import Iterable

_LINGER = 10.0  # s; a layer goes only after this, since whoever left it for a moment comes back
_WARM_UP = 20.0  # s from a publication's start: first viewers get the best at once
# A host's page looks every two seconds, its encoder needs a moment: what has been wanted for longer than this and is not there is
# held back by the host's own network or machine.
_GRANTED = 6.0


class LayerDemand:
    """Of one publication."""

    def __init__(self, now: float) -> None:
        self._begun = now
        self._wanted: dict[str, float] = {}  # rid -> last time
        self._since: dict[str, float] = {}  # rid -> since when without a pause

    def want(self, rids: Iterable[str], now: float) -> None:
        """Called twice a second with all that is wanted now."""
        for rid in rids:
            last = self._wanted.get(rid)
            if last is None or now - last > _LINGER:
                self._since[rid] = now
            self._wanted[rid] = now

    def wanted(self, rid: str, lowest: bool, now: float) -> bool:
        if lowest or now - self._begun < _WARM_UP:
            return True
        last = self._wanted.get(rid)
        return last is not None and now - last <= _LINGER

    def obtainable(self, rid: str, now: float) -> bool:
        """Whether a layer that is not there now would come if it were wanted."""
        if now - self._begun < _WARM_UP:
            return False
        last = self._wanted.get(rid)
        if last is None or now - last > _LINGER:
            return True
        return now - self._since[rid] < _GRANTED
