"""Which simulcast layer a viewer gets. Pure: measurements and time come in, a layer's RID goes out.

Down at once (a picture that stalls is worse than a coarse one) and as far as the estimate says; up only after ten quiet seconds,
one layer at a time, and more slowly after an attempt that failed. Never more than the screen can show. The viewer's own choice
wins as long as that layer is there. A network that does not even carry the lowest layer gets the sound alone for some seconds:
the picture would take the sound with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

_QUIET = 10.0  # s without loss before an attempt upward
_QUIET_LIMIT = 120.0  # the pause doubles up to this after failed attempts
_NEXT_STEP = 4.0  # s; after a step up that went well the next one follows sooner, so that the best is back within 15 s
_FAILED_WITHIN = 8.0  # s; loss so soon after an upgrade means that the upgrade caused it
# s after a step down: what is reported now is still of the layer before. Where that was cut off at once, only what stood in the
# queue is.
_SETTLE, _SETTLE_CUT = 2.0, 1.0
# Repairs carry a picture through one packet in ten lost at random; more, or loss by a full queue, is a layer too many.
_LOSS_DOWN, _LOSS_QUIET = 0.15, 0.03
_ASKED_DOWN = 0.2  # some are asked for twice
_LOSS_SEVERE = 0.25  # one report is enough
_LOSS_SOUND_ONLY = 0.20
# s that every packet waits on the way, beyond the least lately seen. Home routers drop what waits for longer than 0.2 to 0.3 s;
# the jitter of a bad wireless link leaves packets in between that are on time.
_QUEUE_DOWN, _QUEUE_QUIET = 0.18, 0.12
_LOSS_FULL = 0.4  # no link loses so much by chance: this one is full, and its queue too short to be seen
# An estimate by REMB is at most half as much again as what arrives: on a low layer it can only hint at the next one.
_ESTIMATE_SLACK = 1.5
_ESTIMATE_MARGIN = 0.9  # of the estimate may be used by video; sound and repairs need the rest
_ESTIMATE_AGE = 5.0
_ESTIMATE_SHORT = (
    0.85  # browsers who see a queue grow go down to this share of what arrives; anything above it is noise
)
# The sound alone for so long; it doubles up to the limit. Players take a picture that stays away for 15 s for a broken session.
_REST, _REST_LIMIT = 4.0, 12.0
_STRETCH = 1.1  # a layer may be enlarged by so much: people look at seams and fabrics

Why = Literal["best", "network", "screen", "choice"]


@dataclass(frozen=True, slots=True)
class LayerState:
    """One layer, as measured."""

    rid: str
    bitrate: int  # bit/s; of a layer that is switched off: as last measured
    active: bool
    obtainable: bool = False  # switched off because nobody wanted it: it comes when it is wanted
    size: tuple[int, int] | None = None  # pixels


class LayerChooser:
    """The state of one viewer. ``desired`` is what it would get if every obtainable layer were there; ``why`` says what limits
    it; ``resting``: the sound alone for a while; ``full``: the last fall was because the way is full, and every further packet of
    the layer before makes it worse."""

    def __init__(self, now: float) -> None:
        self.choice: str | None = None  # the viewer's own
        self.shown: tuple[int, int] | None = None  # device pixels; (0, 0): out of sight
        self.desired: str | None = None
        self.why: Why = "best"
        self.resting = False
        self.full = False
        self.loss = 0.0  # of the last report, 0..1
        self._estimate: tuple[int, float] | None = None
        self._troubled = now - _QUIET  # last time of loss or downgrade
        self._upgraded: float | None = None
        self._fell: float | None = None
        self._cut = False  # the last fall was because the way is full
        self._quiet = _QUIET
        self._spared = False  # gets less than the network has carried, because the screen or the viewer wanted less
        self._losses = 0  # reports in a row above the limit
        self._asking = 0  # intervals in a row in which more than the limit was asked for again
        self._queue: float | None = None  # s; None: nothing is known of it
        self._waited = 0.0  # s
        self._carried: int | None = None  # bit/s, of the picture
        self._rest = _REST
        self._rest_until = 0.0
        self._rested: float | None = None

    # What is measured -------------------------------------------------------------------------------------------------

    def estimated(self, bitrate: int, now: float) -> None:
        self._estimate = (bitrate, now)

    def lost(self, fraction: float, now: float) -> None:
        """A receiver report said this much of the video was lost (0..1)."""
        self._losses = self._losses + 1 if fraction > _LOSS_DOWN and not self._settling(now) else 0
        self.loss = fraction
        if fraction > _LOSS_QUIET:
            self._troubled = now

    def asked_again(self, fraction: float, now: float) -> None:
        """This much of what was sent in the last half second was asked for again (NACK), which tells of loss first."""
        self._asking = self._asking + 1 if fraction > _ASKED_DOWN and not self._settling(now) else 0
        if fraction > _LOSS_QUIET:
            self._troubled = now

    def carried(self, bitrate: int) -> None:
        """So many bit/s of the picture arrived lately."""
        self._carried = bitrate

    def queued(self, seconds: float, latest: float, now: float) -> None:
        """So long does every packet wait on the way, by transport-wide feedback, and so long did the latest one."""
        self._queue, self._waited = seconds, latest
        if seconds > _QUEUE_QUIET:
            self._troubled = now

    def overloaded(self, now: float) -> bool:
        """What was just measured does not wait for the next regular choice."""
        if self.resting or self.why == "choice" or self._settling(now):
            return False
        return self._queueing or (self._losses > 0 and self.loss > _LOSS_SEVERE)

    @property
    def _queueing(self) -> bool:
        return self._queue is not None and self._queue > _QUEUE_DOWN

    # What follows -----------------------------------------------------------------------------------------------------

    def choose(self, layers: Sequence[LayerState], current: str | None, now: float) -> str | None:
        """The RID to show now, out of ``layers`` in ascending quality; None when none is active, or while ``resting``."""
        self.full = False
        if self.resting:
            if now < self._rest_until:
                return None
            self.resting, self._rested, self._fell = False, now, now
            self._troubled = now
        reachable = [layer for layer in layers if layer.active or layer.obtainable]
        active = [layer for layer in reachable if layer.active]
        self.desired = None
        if not active:
            self.desired = reachable[0].rid if reachable else None
            return None
        chosen = next((layer for layer in reachable if layer.rid == self.choice), None)
        if chosen is not None:
            self.desired, self.why, self._spared = chosen.rid, "choice", True
            if chosen.active:
                return chosen.rid
        top = self._ceiling(reachable)
        ladder = reachable[: top + 1]
        if not any(layer.active for layer in ladder):
            ladder = reachable[: reachable.index(active[0]) + 1]
        target = self._automatic(ladder, layers, current, now)
        if self.resting:
            return None
        if chosen is None:
            self.desired = ladder[target].rid
            self.why = "network" if target < len(ladder) - 1 else "screen" if len(ladder) < len(reachable) else "best"
        self._spared |= len(ladder) < len(reachable)
        below = [layer for layer in ladder[: target + 1] if layer.active]
        return below[-1].rid if below else active[0].rid

    def _ceiling(self, layers: list[LayerState]) -> int:
        """The place of the smallest layer that fills the screen; the picture covers its box, cut where the shapes differ."""
        if self.shown is None:
            return len(layers) - 1
        for place, layer in enumerate(layers):
            if layer.size is None:
                return len(layers) - 1
            if max(self.shown[0] / layer.size[0], self.shown[1] / layer.size[1]) <= _STRETCH:
                return place
        return len(layers) - 1

    def _automatic(
        self, ladder: list[LayerState], layers: Sequence[LayerState], current: str | None, now: float
    ) -> int:
        names = [layer.rid for layer in ladder]
        if current not in names:
            # The host has stopped the layer that the network carried: it carries the next smaller one, too, whatever an estimate
            # says that has seen no picture since.
            order = [layer.rid for layer in layers]
            smaller = order[: order.index(current)] if current in order else []
            carried = [place for place, name in enumerate(names) if name in smaller]
            return carried[-1] if carried else self._first(ladder, now)
        position = names.index(current)
        if self._must_fall(ladder[position], now):
            return self._fall(ladder, position, now)
        if position + 1 == len(ladder):
            self._spared = False
        elif self._spared and self.loss <= _LOSS_QUIET and now - self._troubled >= self._quiet:
            # A larger window, or the choice given back: what an estimate says of a small picture is no reason to climb slowly.
            self._upgraded = now
            return len(ladder) - 1
        if position + 1 < len(ladder) and self._may_rise(ladder[position], ladder[position + 1], now):
            if ladder[position + 1].active:
                self._upgraded = now
            return position + 1
        if self._upgraded is not None and now - self._upgraded > 3 * _FAILED_WITHIN:
            self._upgraded, self._quiet = None, _QUIET
        if self._rested is not None and now - self._rested > 3 * _FAILED_WITHIN:
            self._rested, self._rest = None, _REST
        return position

    def _fall(self, ladder: list[LayerState], position: int, now: float) -> int:
        if self._upgraded is not None and now - self._upgraded < _FAILED_WITHIN:
            self._quiet = min(self._quiet * 2, _QUIET_LIMIT)
        if position == 0:
            self._consider_rest(ladder[0], now)
        room = self._known_estimate(now)
        self.full = self._is_full(ladder[position], room)
        guesses = [room] if room is not None and (self.full or self._queue is None) else []
        if self.full and self._carried is not None:
            guesses.append(self._carried)
        if self.loss > _LOSS_SEVERE:
            guesses.append(int(ladder[position].bitrate * (1 - self.loss)))
        room = min(guesses, default=None)  # while the way fills up each of them says too much
        self._losses = self._asking = 0
        self._spared = False
        self._upgraded, self._troubled, self._fell, self._cut = None, now, now, self.full
        place = max(position - 1, 0)
        while room is not None and place > 0 and ladder[place].bitrate > room * _ESTIMATE_MARGIN:
            place -= 1
        return place

    def _is_full(self, current: LayerState, room: int | None) -> bool:
        if self._queue is not None and self._waited > _QUEUE_QUIET:
            return True
        if self.loss > _LOSS_FULL:
            return True
        return self._queue is None and room is not None and room < 0.7 * current.bitrate

    def _consider_rest(self, lowest: LayerState, now: float) -> None:
        estimate = self._known_estimate(now)
        starved = estimate is not None and estimate < 0.7 * lowest.bitrate and self.loss > _LOSS_QUIET
        # Even when a fifth is lost by chance a picture comes through; leaving it away helps only where the way is full.
        chance = self._queue is not None and self._waited <= _QUEUE_QUIET and self.loss <= _LOSS_FULL
        if chance or (self.loss <= _LOSS_SOUND_ONLY and not starved and (self._queue or 0.0) < 2 * _QUEUE_DOWN):
            return
        if self._rested is not None and now - self._rested < 2 * _FAILED_WITHIN:
            self._rest = min(self._rest * 2, _REST_LIMIT)
        self.resting, self._rest_until = True, now + self._rest
        self.loss, self._queue, self._losses, self._asking = 0.0, None, 0, 0  # of a picture that is not sent any more

    def _settling(self, now: float) -> bool:
        return self._fell is not None and now - self._fell < (_SETTLE_CUT if self._cut else _SETTLE)

    def _known_estimate(self, now: float) -> int | None:
        if self._estimate is None or now - self._estimate[1] > _ESTIMATE_AGE:
            return None
        return self._estimate[0]

    def _first(self, ladder: list[LayerState], now: float) -> int:
        """A newcomer gets the best that nothing speaks against; after a rest it begins from below."""
        if self._rested is not None:
            return 0
        estimate = self._known_estimate(now)
        best = len(ladder) - 1
        if estimate is None:
            return best
        fits = [place for place, one in enumerate(ladder) if one.bitrate <= estimate * _ESTIMATE_MARGIN]
        return max(fits, default=0)

    def _must_fall(self, current: LayerState, now: float) -> bool:
        if self._settling(now):
            return False
        if self._losses >= 2 or self._asking >= 2 or self._queueing:
            return True
        if self._losses and self.loss > _LOSS_SEVERE:
            return True
        estimate = self._known_estimate(now)
        return (
            estimate is not None
            and (self.loss > 0.0 or self._asking > 0)
            and estimate < _ESTIMATE_SHORT * current.bitrate
        )

    def _may_rise(self, current: LayerState, above: LayerState, now: float) -> bool:
        if self.loss > _LOSS_QUIET or now - self._troubled < self._quiet:
            return False
        if self._upgraded is not None and now - self._upgraded < _NEXT_STEP:
            return False
        estimate = self._known_estimate(now)
        if estimate is None or estimate * _ESTIMATE_MARGIN >= above.bitrate:
            return True
        # Half as much again as what flows is all an estimate can say; then only trying tells.
        return estimate >= current.bitrate * _ESTIMATE_SLACK * _ESTIMATE_MARGIN
