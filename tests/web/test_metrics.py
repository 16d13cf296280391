"""``/metrics`` against its manual: every figure is described, every description is a figure, and Prometheus' conventions hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

import livestream.engine
from livestream.engine.counters import MEANING
from livestream.engine.incoming import Arrival
from livestream.media import EndReason
from tests.web.conftest import Server
from tests.web.media_stage import new_stage, on_air

MANUAL = Path(__file__).parents[2] / "docs" / "metrics.md"
OPTIONAL = ("closetcast_broker_", "closetcast_rtmp_")  # only with Redis, with an RTMP port


async def samples(server: Server) -> dict[str, list[tuple[dict[str, str], float]]]:
    reply = await server.visitor().get("/metrics")
    assert reply.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(reply.body.decode()):
        assert family.documentation
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


async def test_the_manual_has_every_figure_and_no_other(server: Server) -> None:
    stage = await new_stage(server)
    async with on_air(stage):
        found = await samples(server)
    described = re.findall(r"`((?:closetcast|process)_[a-z_0-9]+)`", MANUAL.read_text())
    assert {name for name in described if not name.startswith(OPTIONAL)} - set(found) <= {
        "closetcast_show_layer_viewers",  # once there is a viewer
        "closetcast_show_round_trip_seconds",  # once a viewer's is known
    }
    assert set(found) - set(described) == set()


async def test_labels_are_few_and_leave_with_their_show(server: Server) -> None:
    stage = await new_stage(server)
    async with on_air(stage):
        found = await samples(server)
        assert found["closetcast_show_viewers"] == [({"show": stage.show_id}, 0.0)]
    assert (await stage.host.post(f"/api/shows/{stage.show_id}/end")).status < 300
    after = await samples(server)
    assert stage.show_id not in str(after)
    assert after["closetcast_engine_packets_in_total"][0][1] >= found["closetcast_engine_packets_in_total"][0][1] > 0
    assert {name for many in found.values() for labels, _ in many for name in labels} <= {
        "show",
        "layer",
        "quantile",
        "engine",
    }


def test_every_counter_of_the_engine_has_its_words() -> None:
    folder = Path(livestream.engine.__file__).parent
    source = "\n".join(path.read_text() for path in folder.rglob("*.py*") if path.suffix in (".py", ".pyx"))
    named = set(re.findall(r"""(?:\bcount\(|counters\[)"([a-z_]+)\"""", source))
    named |= set(re.findall(r"return \"(nack_[a-z_]+)\"", source))
    named |= set(re.findall(r"^ {12}\"([a-z_]+)\": (?:self|tally)\.", source, re.MULTILINE))
    named |= {f"ended_{reason.value}" for reason in EndReason} | {f"rtp_{arrival.value}" for arrival in Arrival}
    named |= {"joins_publish", "joins_watch"}
    assert len(named) > 60
    assert named - set(MEANING) == set()


@pytest.mark.parametrize("name", MEANING)
def test_names_need_no_unit_that_prometheus_does_not_know(name: str) -> None:
    assert re.fullmatch(r"[a-z][a-z_]*[a-z]", name)
    assert not name.endswith(("_total", "_now", "_created"))
