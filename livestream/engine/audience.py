"""What a show's viewers get, added up: for the studio's words and for /metrics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from livestream.engine.viewer import Viewer
from livestream.media import AudienceStatistics, ShowFigures

_LOSING = 0.05  # more loss than this shows as pictures that stand still now and then, although repairs hide most of it


def audience(viewers: Iterable[Viewer]) -> AudienceStatistics:
    connected = [viewer for viewer in viewers if viewer.connected_at is not None and viewer.video is not None]
    sound_only = sum(viewer.chooser.resting for viewer in connected)
    reduced = sum(viewer.chooser.why == "network" and not viewer.chooser.resting for viewer in connected)
    median, slowest = _round_trips(connected)
    return AudienceStatistics(
        viewers=len(connected),
        best=len(connected) - sound_only - reduced,
        reduced=reduced,
        sound_only=sound_only,
        losing=sum(viewer.loss > _LOSING for viewer in connected),
        round_trip_ms=median,
        slowest_round_trip_ms=slowest,
    )


def figures(
    show_id: str, viewers: Iterable[Viewer], counters: Mapping[str, int], gone: Mapping[str, int]
) -> ShowFigures:
    """``counters``: the show's own since it is carried; ``gone``: what viewers who have left had got."""
    connected = [viewer for viewer in viewers if viewer.connected_at is not None]
    streams = [out for viewer in connected for out in (viewer.audio, viewer.video) if out is not None]
    layers = Counter(
        viewer.video.source.rid or ""
        for viewer in connected
        if viewer.video is not None and viewer.video.source is not None
    )
    median, slowest = _round_trips(connected)
    return ShowFigures(
        show_id=show_id,
        viewers=len(connected),
        joins=counters.get("viewers_joined", 0),
        packets=gone.get("packets", 0) + sum(out.packets for out in streams),
        octets=gone.get("octets", 0) + sum(out.octets for out in streams),
        retransmissions=counters.get("nack_answered", 0),
        drops=counters.get("packets_dropped_congested", 0),
        layers=dict(layers),
        sound_only=sum(viewer.chooser.resting for viewer in connected),
        round_trip_ms=median,
        slowest_round_trip_ms=slowest,
    )


def _round_trips(viewers: list[Viewer]) -> tuple[float | None, float | None]:
    """The median, and what nineteen of twenty stay below; in milliseconds."""
    known = sorted(viewer.measured_round_trip for viewer in viewers if viewer.measured_round_trip is not None)
    if not known:
        return None, None
    return known[len(known) // 2] * 1000, known[(len(known) * 19) // 20] * 1000
