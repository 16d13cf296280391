"""All counters as Prometheus takes them (text format 0.0.4). A name that ends in ``_now`` is a present value, others count.

Families are made at each scrape from the parts' own numbers, so that a count carries no time of its own making: a counter
object made for the scrape would claim to have been born with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from livestream.engine.counters import MEANING
from livestream.media import EngineStatistics
from web.show_figures import ShowCollector

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class PartsCollector(Collector):
    """The counters of every part, by part."""

    def __init__(self, engine: EngineStatistics, engine_name: str, parts: Mapping[str, Mapping[str, int]]) -> None:
        # What has not happened yet is 0 and no gap: else the first time would not show in a rate.
        counters = {**dict.fromkeys(MEANING, 0), **engine.counters}
        self._parts = {"engine": counters, **parts}
        self._sessions, self._engine_name = engine.sessions, engine_name

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("closetcast_media_sessions", "WHIP and WHEP sessions", value=self._sessions)
        engine = GaugeMetricFamily("closetcast_media_engine", "which engine runs", labels=["engine"])
        engine.add_metric([self._engine_name], 1)
        yield engine
        for part, counters in self._parts.items():
            for name, value in counters.items():
                full = f"closetcast_{part}_{name.removesuffix('_now')}"
                if name.endswith("_now"):
                    yield GaugeMetricFamily(full, f"{part}: {name.removesuffix('_now')} at present", value=value)
                else:
                    meaning = MEANING.get(name) if part == "engine" else None
                    yield CounterMetricFamily(full, meaning or f"{part}: {name} since start", value=value)


def metrics_text(engine: EngineStatistics, engine_name: str, parts: Mapping[str, Mapping[str, int]]) -> bytes:
    registry = CollectorRegistry()
    registry.register(PartsCollector(engine, engine_name, parts))
    registry.register(ShowCollector(engine.shows))
    ProcessCollector(registry=registry)
    return generate_latest(registry)
