"""The forwarding side of the engine: implements ``ports.Forwarding`` for all shows.

Reading order: ``rtp`` (a packet), ``incoming`` (a stream of the host), ``publication`` (its session), ``clock`` (the show's
time), ``fanout``, ``rewriting`` and ``outgoing`` (a packet's way to the viewers), ``viewer``, ``shows``.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable

from livestream.engine.hot_path import PYTHON, HotPath
from livestream.engine.plan import SessionPlan
from livestream.engine.ports import ForwardingEvents, Sink, Transport
from livestream.engine.shows import Show
from livestream.engine.viewer import Viewer
from livestream.errors import SessionNotFound
from livestream.media import PacketReader, ShowFigures, ShowMedia, ViewerLayers

logger = logging.getLogger(__name__)

_LOGGED_FAULTS = 20  # a fault in a timer comes back a hundred times a second; the counter goes on
# Packets that joining viewers' replays may send per tick of 10 ms, all shows together: 6 ms of one core's work.
REPLAY_BUDGET = 600
# A show that nobody ended keeps only its clock, some kilobytes; beyond this the longest idle one is forgotten.
MOST_SHOWS = 10_000


class _Session:
    """A viewer's sink that is also found by its session, for layer choices."""

    def __init__(self, forwarding: ShowForwarding, viewer: Viewer) -> None:
        self._forwarding = forwarding
        self._viewer = viewer
        self.connected = viewer.connected
        self.rtp = viewer.rtp
        self.rtcp = viewer.rtcp

    def closed(self, now: float) -> None:
        self._forwarding.forget_viewer(self._viewer)
        self._viewer.closed(now)


class ShowForwarding:
    def __init__(
        self, events: ForwardingEvents, *, wall_clock: Callable[[], float] = time.time, hot: HotPath = PYTHON
    ) -> None:
        self._events = events
        self._hot = hot
        self._wall_clock = wall_clock
        self._shows: dict[str, Show] = {}
        self._viewers: dict[str, tuple[Show, Viewer]] = {}  # by session
        self._counters: Counter[str] = Counter()
        self._now = 0.0  # of the last call that told the time: a tick is never longer ago than 10 ms

    def _show(self, show_id: str) -> Show:
        show = self._shows.get(show_id)
        if show is None:
            if len(self._shows) >= MOST_SHOWS:
                idle = next((known for known, one in self._shows.items() if one.empty), None)
                if idle is not None:
                    self._forget(idle)
            show = self._shows[show_id] = Show(show_id, self._events, self._wall_clock, Counter(), self._hot)
        return show

    def _forget(self, show_id: str) -> None:
        show = self._shows.pop(show_id, None)
        if show is not None:
            self._counters.update(show.counters)

    def can_watch(self, show_id: str) -> SessionPlan | None:
        show = self._shows.get(show_id)
        return None if show is None else show.living_plan(self._now)

    def publish(self, show_id: str, plan: SessionPlan, transport: Transport, now: float) -> Sink:
        self._now = now
        return self._show(show_id).publish(plan, transport, now)

    def watch(self, show_id: str, plan: SessionPlan, transport: Transport, now: float) -> Sink:
        self._now = now
        show = self._show(show_id)
        viewer = show.watch(plan, transport, now)
        self._viewers[transport.session_id] = (show, viewer)
        return _Session(self, viewer)

    def forget_viewer(self, viewer: Viewer) -> None:
        self._viewers.pop(viewer.transport.session_id, None)

    def tick(self, now: float) -> None:
        self._now = now
        budget = REPLAY_BUDGET
        for show in list(self._shows.values()):
            try:
                budget = show.tick(now, budget)
            except Exception:  # a fault of ours in one show must not stop the timers of the others
                self._counters["show_tick_errors"] += 1
                if self._counters["show_tick_errors"] <= _LOGGED_FAULTS:
                    logger.exception("The timers of show %s failed", show.show_id)

    def end_show(self, show_id: str, now: float) -> None:
        self._now = now
        self._forget(show_id)

    def resume_clock(self, show_id: str, show_ms: int, now: float) -> None:
        self._now = now
        self._show(show_id).clock.start(float(show_ms), now, self._wall_clock())

    def select_layer(self, session_id: str, rid: str | None) -> None:
        """Raises: SessionNotFound. A layer that is not there (yet) is remembered and taken when it comes."""
        self._viewer(session_id)[1].chooser.choice = rid

    def shown(self, session_id: str, size: tuple[int, int] | None) -> None:
        """Raises: SessionNotFound."""
        self._viewer(session_id)[1].chooser.shown = size

    def viewer_layers(self, session_id: str) -> ViewerLayers:
        """Raises: SessionNotFound."""
        show, viewer = self._viewer(session_id)
        return show.viewer_layers(viewer, self._now)

    def _viewer(self, session_id: str) -> tuple[Show, Viewer]:
        entry = self._viewers.get(session_id)
        if entry is None:
            raise SessionNotFound("This viewing session has ended; reload the show to watch on.")
        return entry

    def layers(self, session_id: str) -> tuple[tuple[str, bool], ...]:
        entry = self._viewers.get(session_id)
        return () if entry is None else entry[0].layers(self._now)

    def show_ms(self, show_id: str, now: float) -> int | None:
        show = self._shows.get(show_id)
        value = None if show is None else show.clock.show_ms(now)
        return None if value is None else int(value)

    def moment_of(self, show_id: str, captured_ms: float) -> float | None:
        show = self._shows.get(show_id)
        return None if show is None else show.moment_of(captured_ms)

    def show_media(self, show_id: str, now: float) -> ShowMedia:
        show = self._shows.get(show_id)
        if show is None:
            return ShowMedia(publishing=False, viewers=0, show_ms=None)
        return show.media(now)

    def attach_reader(self, show_id: str, reader: PacketReader | None) -> None:
        if reader is not None or show_id in self._shows:
            self._show(show_id).attach_reader(reader)

    def want_keyframe(self, show_id: str) -> None:
        show = self._shows.get(show_id)
        if show is not None:
            show.tap.want_keyframe()

    def counters(self) -> dict[str, int]:
        total = Counter(self._counters)
        for show in self._shows.values():
            total.update(show.counters)
        return dict(total)

    def figures(self) -> tuple[ShowFigures, ...]:
        """Of the shows that have a host or viewers."""
        return tuple(show.figures() for show in self._shows.values() if not show.empty)
