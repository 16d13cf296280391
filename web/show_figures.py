"""The figures of each show that is carried now, for Prometheus: one label, ``show``. A show that is over leaves the list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from livestream.media import ShowFigures

# Prometheus keeps a series per show. A server carries tens; more than this would come from somebody who makes shows for sport.
MOST_SHOWS = 500


class ShowCollector(Collector):
    def __init__(self, shows: Iterable[ShowFigures]) -> None:
        self._shows = sorted(shows, key=lambda show: show.viewers, reverse=True)[:MOST_SHOWS]

    def collect(self) -> Iterator[Metric]:
        viewers = GaugeMetricFamily("closetcast_show_viewers", "connected viewers", labels=["show"])
        layers = GaugeMetricFamily(
            "closetcast_show_layer_viewers", "viewers who get this layer; none: not simulcast", labels=["show", "layer"]
        )
        sound_only = GaugeMetricFamily(
            "closetcast_show_sound_only_viewers", "viewers whose network carries no picture now", labels=["show"]
        )
        round_trip = GaugeMetricFamily(
            "closetcast_show_round_trip_seconds", "viewers' round trip", labels=["show", "quantile"]
        )
        joins = CounterMetricFamily("closetcast_show_joins", "viewers who have connected", labels=["show"])
        packets = CounterMetricFamily("closetcast_show_packets", "media packets to viewers", labels=["show"])
        octets = CounterMetricFamily("closetcast_show_bytes", "media payload to viewers", labels=["show"])
        again = CounterMetricFamily("closetcast_show_retransmissions", "packets sent again to viewers", labels=["show"])
        drops = CounterMetricFamily("closetcast_show_drops", "packets dropped for congested viewers", labels=["show"])
        for show in self._shows:
            label = [show.show_id]
            viewers.add_metric(label, show.viewers)
            sound_only.add_metric(label, show.sound_only)
            for rid, watching in show.layers.items():
                layers.add_metric([show.show_id, rid or "none"], watching)
            for quantile, value in (("0.5", show.round_trip_ms), ("0.95", show.slowest_round_trip_ms)):
                if value is not None:
                    round_trip.add_metric([show.show_id, quantile], value / 1000)
            joins.add_metric(label, show.joins)
            packets.add_metric(label, show.packets)
            octets.add_metric(label, show.octets)
            again.add_metric(label, show.retransmissions)
            drops.add_metric(label, show.drops)
        yield from (viewers, layers, sound_only, round_trip, joins, packets, octets, again, drops)
