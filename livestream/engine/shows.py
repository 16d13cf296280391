"""One show's media: its clock, the host who publishes now, and everybody who watches.

A show outlives its publications: when a host goes away the viewers stay, unbound, and the clock runs on; a host who comes back
(same page or another machine) takes over at the first packet, and the viewers' streams go on.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from livestream.engine.audience import audience, figures
from livestream.engine.clock import ShowClock
from livestream.engine.hot_path import PYTHON, HotPath
from livestream.engine.incoming import IncomingStream
from livestream.engine.layers import LayerState
from livestream.engine.outgoing import OutgoingStream
from livestream.engine.plan import SessionPlan
from livestream.engine.ports import ForwardingEvents, Transport
from livestream.engine.publication import Publication
from livestream.engine.reader_tap import ReaderTap
from livestream.engine.turns import Turns
from livestream.engine.viewer import Viewer
from livestream.media import EndReason, PacketReader, ShowFigures, ShowMedia, ViewerLayers

AWAY_SECONDS = 120.0  # a host who is away for less than this continues the same show
_STALLED_SECONDS = 5.0
_VIEWERS_SECONDS = 1.0  # viewers_changed is told at most so often
_TICK_SECONDS = 0.01
_REPORT_SECONDS = 0.1  # a viewer's report timer is looked at ten times a second
_CHOICE_SECONDS = 0.5  # its layer is chosen twice a second


class Show:
    def __init__(
        self,
        show_id: str,
        events: ForwardingEvents,
        wall_clock: Callable[[], float],
        counters: Counter[str],
        hot: HotPath = PYTHON,
    ) -> None:
        self.show_id = show_id
        self.hot = hot
        self.clock = ShowClock()
        self.tap = ReaderTap()
        self.cname = secrets.token_hex(8)
        self.viewers: dict[Viewer, None] = {}
        self.connected_viewers = 0
        self._events = events
        self._wall_clock = wall_clock
        self.counters = counters
        self._current: Publication | None = None
        self._publications: dict[Publication, int] = {}  # living host sessions and their order
        self._generation = 0
        self._current_generation = 0
        self._plan: SessionPlan | None = None  # of the last publication that sent
        self._away_since: float | None = None
        self._floor_ms = 0.0  # show time that outgoing timestamps have reached
        self._gone: Counter[str] = Counter()  # what viewers who have left had got
        self._viewers_told = 0
        self._viewers_at = self._demand_at = self._tap_at = 0.0
        self._reports: Turns[Viewer] = Turns(_REPORT_SECONDS, _TICK_SECONDS)
        self._choices: Turns[Viewer] = Turns(_CHOICE_SECONDS, _TICK_SECONDS)

    @property
    def empty(self) -> bool:
        return not self.viewers and not self._publications

    def living_plan(self, now: float) -> SessionPlan | None:
        if self._current is not None:
            return self._current.plan
        if self._away_since is not None and now - self._away_since < AWAY_SECONDS:
            return self._plan
        return None

    # The host's side --------------------------------------------------------------------------------------------------

    def publish(self, plan: SessionPlan, transport: Transport, now: float) -> Publication:
        publication = Publication(self, plan, transport, secrets.randbits(32) or 1, now, self.counters)
        self._generation += 1
        self._publications[publication] = self._generation
        return publication

    def take_over(self, publication: Publication, now: float) -> bool:
        """The first packet of a publication; False: a newer one is on air already, this one is over."""
        generation = self._publications.get(publication, 0)
        if generation < self._current_generation:
            publication.retired = True
            publication.transport.close(EndReason.REPLACED)
            return False
        before = self._current
        if before is not None:
            self._retire(before)
            before.retired = True
            before.transport.close(EndReason.REPLACED)
        self.clock.start(0.0, now, self._wall_clock())
        publication.floor_ms = self._floor_ms
        self._current, self._current_generation = publication, generation
        self._plan, self._away_since = publication.plan, None
        self._events.publication_started(self.show_id, publication.transport.session_id, self._now_ms(now))
        return True

    def _retire(self, publication: Publication) -> None:
        """Let go of a publication's viewers; they keep their places in the numbering and wait for what comes next."""
        for stream in publication.streams.values():
            stream.gone = True
            ticks = stream.clock.newest_ticks
            self._floor_ms = max(self._floor_ms, (ticks + 1) * 1000 / stream.clock.rate)
            stream.fan_out.release_all()

    def publication_closed(self, publication: Publication, now: float) -> None:
        self._publications.pop(publication, None)
        if publication is self._current:
            self._retire(publication)
            self._current, self._away_since = None, now

    def stream_appeared(self, stream: IncomingStream, now: float) -> None:
        """A publication's new stream: whoever has nothing of its kind gets it."""
        for viewer in self.viewers:
            if viewer.connected_at is not None and not (stream.is_video and viewer.chooser.resting):
                out = viewer.video if stream.is_video else viewer.audio
                self._offer(out, stream, now)

    @staticmethod
    def _offer(out: OutgoingStream | None, stream: IncomingStream, now: float) -> None:
        if out is not None and out.source is None and out.wanted is None:
            stream.fan_out.want(out, now)

    def resumed(self, publication: Publication, now: float) -> None:
        """Packets come again after a stall."""
        if publication is self._current:
            self._events.publication_started(self.show_id, publication.transport.session_id, self._now_ms(now))

    def _now_ms(self, now: float) -> int:
        return int(self.clock.show_ms(now) or 0.0)

    # The viewers' side ------------------------------------------------------------------------------------------------

    def watch(self, plan: SessionPlan, transport: Transport, now: float) -> Viewer:
        viewer = Viewer(self, plan, transport, now, self.counters)
        self.viewers[viewer] = None
        return viewer

    def viewer_connected(self, viewer: Viewer, now: float) -> None:
        self.connected_viewers += 1
        self.counters["viewers_joined"] += 1
        self.counters["join_milliseconds"] += int((now - viewer.joined_at) * 1000)
        publication = self._current
        if publication is None:
            return
        if publication.audio is not None:
            self._offer(viewer.audio, publication.audio, now)
        if publication.simulcast:
            self._choose_layers(publication, [viewer], now)
        else:
            for stream in publication.video_layers():
                self._offer(viewer.video, stream, now)

    def viewer_closed(self, viewer: Viewer, now: float) -> None:
        if viewer not in self.viewers:
            return
        del self.viewers[viewer]
        if viewer.connected_at is not None:
            self.connected_viewers -= 1
        for out in (viewer.audio, viewer.video):
            if out is not None:
                self._gone["packets"] += out.packets
                self._gone["octets"] += out.octets
                if out.wanted is not None:
                    out.wanted.fan_out.forget(out)
                if out.source is not None:
                    out.source.fan_out.release(out)

    def _choose_layers(self, publication: Publication, viewers: list[Viewer], now: float) -> None:
        layers = {stream.rid or "": stream for stream in publication.video_layers()}
        states = [self._state(publication, rid, stream, now) for rid, stream in layers.items()]
        for viewer in viewers:
            if viewer in self.viewers:
                viewer.choose(layers, states, now)

    def _demand_layers(self, publication: Publication, now: float) -> None:
        if publication.simulcast:
            wanted = {viewer.chooser.desired for viewer in self.viewers if viewer.connected_at is not None}
            wanted.update(
                one.rid
                for viewer in self.viewers
                if viewer.video is not None
                for one in (viewer.video.source, viewer.video.wanted)
                if one is not None
            )
            layers = publication.video_layers()
            if self.tap.reader is not None and layers:
                wanted.add(layers[-1].rid or "")  # what is recorded is the best there is
            publication.demand.want((rid for rid in wanted if rid), now)

    def choose_now(self, viewer: Viewer, now: float) -> None:
        """For a viewer whose way has just become too narrow: half a second later its queue is full."""
        if self._current is not None and self._current.simulcast:
            self._choose_layers(self._current, [viewer], now)

    @staticmethod
    def _state(publication: Publication, rid: str, stream: IncomingStream, now: float) -> LayerState:
        active = publication.active(stream, now)
        return LayerState(
            rid,
            stream.rates.bitrate if active else stream.rates.usual,
            active,
            not active and publication.simulcast and publication.demand.obtainable(rid, now),
            stream.size,
        )

    def layers(self, now: float) -> tuple[tuple[str, bool], ...]:
        if self._current is None or not self._current.simulcast:
            return ()
        return tuple(
            (stream.rid, self._current.active(stream, now))
            for stream in self._current.video_layers()
            if stream.rid is not None
        )

    def attach_reader(self, reader: PacketReader | None) -> None:
        """See ``Forwarding.attach_reader``."""
        self.tap.attach(reader, self._current)

    # Timers -----------------------------------------------------------------------------------------------------------

    def tick(self, now: float, budget: int) -> int:
        for publication in list(self._publications):
            budget = publication.tick(now, budget)
        current = self._current
        if current is not None:
            if not current.stalled and now - current.last_packet > _STALLED_SECONDS:
                current.stalled = True
                self._events.publication_stalled(self.show_id, current.transport.session_id)
            choosing = self._choices.take(self.viewers, now)
            if choosing:
                for viewer in choosing:
                    viewer.count_asked(now)
                self._choose_layers(current, choosing, now)
            if now >= self._demand_at:
                self._demand_at = now + _CHOICE_SECONDS
                self._demand_layers(current, now)
            if now >= self._tap_at:
                self._tap_at = now + _CHOICE_SECONDS
                self.tap.tick(current, now)
        for viewer in self._reports.take(self.viewers, now):
            if viewer in self.viewers:
                viewer.tick(now, self.clock, self.cname)
        if self.connected_viewers != self._viewers_told and now >= self._viewers_at:
            self._viewers_told, self._viewers_at = self.connected_viewers, now + _VIEWERS_SECONDS
            self._events.viewers_changed(self.show_id, self.connected_viewers)
        return budget

    def moment_of(self, captured_ms: float) -> float | None:
        """See ``Forwarding.moment_of``."""
        current = self._current
        return None if current is None else current.moment_of(captured_ms)

    def media(self, now: float) -> ShowMedia:
        current = self._current
        show_ms = self.clock.show_ms(now)
        publication = current.statistics(now) if current is not None else None
        if publication is not None:
            watched = Counter(
                viewer.video.source.rid for viewer in self.viewers if viewer.video and viewer.video.source
            )
            layers = tuple(replace(layer, viewers=watched[layer.rid]) for layer in publication.layers)
            publication = replace(publication, layers=layers)
        return ShowMedia(
            publishing=current is not None and not current.stalled,
            viewers=self.connected_viewers,
            show_ms=None if show_ms is None else int(show_ms),
            publication=publication,
            audience=audience(self.viewers),
        )

    def viewer_layers(self, viewer: Viewer, now: float) -> ViewerLayers:
        chooser, video = viewer.chooser, viewer.video
        current = video.source.rid if video is not None and video.source is not None else None
        if self._current is None or not self._current.simulcast or video is None:
            return ViewerLayers(current=current)
        demand = self._current.demand
        layers = tuple(
            layer
            for layer in self._current.statistics(now).layers
            if layer.active or demand.obtainable(layer.rid or "", now)
        )
        return ViewerLayers(layers, chooser.choice, current)

    def figures(self) -> ShowFigures:
        return figures(self.show_id, self.viewers, self.counters, self._gone)
