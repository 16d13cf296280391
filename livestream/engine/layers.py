"""Which simulcast layer a viewer gets. Pure: measurements and time come in, a layer's RID goes out.

Down at once (a picture that stalls is worse than a coarse one), up only after ten quiet seconds, one layer at a time, and more
slowly after an attempt that failed. The viewer's own choice wins as long as that layer is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_QUIET = 10.0  # s without loss before an attempt upward
_QUIET_LIMIT = 120.0  # the pause doubles up to this after failed attempts
_FAILED_WITHIN = 8.0  # s; loss so soon after an upgrade means that the upgrade caused it
_LOSS_DOWN, _LOSS_QUIET = 0.10, 0.03
# An estimate by REMB is at most half as much again as what arrives: on a low layer it can only hint at the next one.
_ESTIMATE_SLACK = 1.5
_ESTIMATE_MARGIN = 0.9  # of the estimate may be used by video; sound and repairs need the rest
_ESTIMATE_AGE = 5.0


@dataclass(frozen=True, slots=True)
class LayerState:
    """One layer, as measured. ``order``: ascending quality."""

    rid: str
    bitrate: int  # bit/s
    active: bool


class LayerChooser:
    """The state of one viewer."""

    def __init__(self, now: float) -> None:
        self.choice: str | None = None  # the viewer's own
        self._estimate: tuple[int, float] | None = None
        self._loss = 0.0
        self._troubled = now - _QUIET  # last time of loss or downgrade
        self._upgraded: float | None = None
        self._quiet = _QUIET
        self._losses = 0  # reports in a row above the limit

    def estimated(self, bitrate: int, now: float) -> None:
        self._estimate = (bitrate, now)

    def lost(self, fraction: float, now: float) -> None:
        """A receiver report said this much of the video was lost (0..1)."""
        self._losses = self._losses + 1 if fraction > _LOSS_DOWN else 0
        self._loss = fraction
        if fraction > _LOSS_QUIET:
            self._troubled = now

    def choose(self, layers: Sequence[LayerState], current: str | None, now: float) -> str | None:
        """The RID to show now, out of ``layers`` in ascending quality; None when none is active."""
        active = [layer for layer in layers if layer.active]
        if not active:
            return None
        names = [layer.rid for layer in active]
        if self.choice in names:
            return self.choice
        if current not in names:
            return self._first(active, now).rid
        position = names.index(current)
        if self._must_fall(active[position], now):
            self._losses = 0
            if self._upgraded is not None and now - self._upgraded < _FAILED_WITHIN:
                self._quiet = min(self._quiet * 2, _QUIET_LIMIT)
            self._upgraded = None
            self._troubled = now
            return names[max(position - 1, 0)]
        if position + 1 < len(active) and self._may_rise(active[position], active[position + 1], now):
            self._upgraded = self._troubled = now
            return names[position + 1]
        if self._upgraded is not None and now - self._upgraded > 3 * _FAILED_WITHIN:
            self._upgraded, self._quiet = None, _QUIET
        return current

    def _known_estimate(self, now: float) -> int | None:
        if self._estimate is None or now - self._estimate[1] > _ESTIMATE_AGE:
            return None
        return self._estimate[0]

    def _first(self, active: list[LayerState], now: float) -> LayerState:
        """A newcomer gets the best that nothing speaks against."""
        estimate = self._known_estimate(now)
        if estimate is None:
            return active[-1]
        return next((one for one in reversed(active) if one.bitrate <= estimate * _ESTIMATE_MARGIN), active[0])

    def _must_fall(self, current: LayerState, now: float) -> bool:
        if self._losses >= 2:
            return True
        estimate = self._known_estimate(now)
        return estimate is not None and self._loss > 0.0 and estimate * 1.1 < current.bitrate

    def _may_rise(self, current: LayerState, above: LayerState, now: float) -> bool:
        if self._loss > _LOSS_QUIET or now - self._troubled < self._quiet:
            return False
        estimate = self._known_estimate(now)
        if estimate is None or estimate * _ESTIMATE_MARGIN >= above.bitrate:
            return True
        # Half as much again as what flows is all an estimate can say; then only trying tells.
        return estimate >= current.bitrate * _ESTIMATE_SLACK * _ESTIMATE_MARGIN
