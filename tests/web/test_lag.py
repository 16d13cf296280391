"""A page says what it shows: that is how far behind it is, and the moment its acts belong to."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from livestream.moments import captured, seen
from tests.livestream.engine_double import EngineDouble
from tests.web.live_stage import Stage, running_stage
from web.database import SqlDatabase
from web.live.lag import FRESH, Lag
from web.show_moment import claimed


@pytest.fixture
async def stage(sqlite_database: SqlDatabase) -> AsyncIterator[Stage]:
    async with running_stage(sqlite_database) as stage:
        yield stage


def test_the_lag_is_a_median_of_fresh_measurements() -> None:
    lag = Lag()
    assert lag.ms(0.0) is None
    for second, at in enumerate((9_700, 9_750, 7_000, 9_720)):
        lag.saw(at, 10_000, float(second))
    assert lag.ms(4.0) == 290
    assert lag.ms(3.0 + FRESH + 1) is None
    lag.saw(6_500, 10_000, 100.0)  # after a silence nothing old counts: this player may have changed to another stream
    assert lag.ms(100.0) == 3_500


def test_nonsense_is_no_lag() -> None:
    lag = Lag()
    lag.saw(99_000, 10_000, 1.0)
    lag.saw(0, 10_000_000, 1.0)
    lag.saw(5_000, None, 1.0)
    assert lag.ms(1.0) is None
    lag.saw(10_400, 10_000, 1.0)  # clocks that run by packets may be a little ahead
    assert lag.ms(1.0) == 0


async def test_pings_and_acts_tell_how_far_behind_a_viewer_is(stage: Stage) -> None:
    """The stage's show clock stands at 5,000 ms."""
    hub = stage.hubs[0]
    ana, ben = await stage.join("ana-1"), await stage.join("ben-1")
    assert hub.lag_ms("show", "ana") is None
    await ana.do("ping", at=4_750.5, via="webrtc")
    await ben.do("say", text="late", key="k", at=2_000)
    assert hub.lag_ms("show", "ana") == 250
    assert hub.lag_ms("show", "ben") == 3_000
    assert hub.lag_ms("other", "ben") is None
    assert hub.lags("show") == [250, 3_000]
    # By the device that shows it soonest.
    phone = await stage.join("ben-2")
    await phone.do("ping", at=4_600, via="hls")
    assert hub.lag_ms("show", "ben") == 400


async def test_what_is_said_belongs_to_what_its_author_saw(stage: Stage) -> None:
    ana, ben = await stage.join("ana-1"), await stage.join("ben-1")
    await ana.do("say", text="that collar!", key="k1", at=1_500)
    await ana.do("say", text="from the future", key="k2", at=99_000)
    await ana.do("say", text="no picture", key="k3")
    await ben.until_said("that collar!", "from the future", "no picture")
    assert [event["at"] for event in ben.events] == [1_500, 5_000, 5_000]
    mod = await stage.join("mod-1")
    await mod.do("delete", message_id=ben.events[0]["data"]["message_id"], at=4_000)
    await ben.until(lambda: ben.events[-1]["kind"] == "deleted")
    assert ben.events[-1]["at"] == 4_000


async def test_a_join_may_begin_in_the_past(stage: Stage) -> None:
    await stage.chat.say("show", "ana", "hello", "k")
    now = await stage.join()
    assert now.joined["snapshot"]["offset"] == now.joined["head"] == 3
    past = await stage.join(behind=15_000)
    assert past.joined["snapshot"]["offset"] == 1
    assert past.joined["head"] == 3
    await past.until_offset(3)
    assert past.offsets == [2, 3]
    await stage.chat.say("show", "ana", "again", "k2")
    await past.until_offset(4)
    assert past.offsets == [2, 3, 4]


def test_the_header_names_a_moment_or_nothing() -> None:
    engine = EngineDouble()
    assert claimed("s1; seen=83422.5", engine) == ("s1", seen(83_422.5))
    assert claimed("s1;captured=5000;seen=70", engine) == ("s1", captured(None, 70.0))
    engine.origin = 4_000.0
    assert claimed("s1;captured=5000", engine) == ("s1", captured(1_000.0, None))
    for nonsense in (
        "",
        "s1",
        "s1; seen=",
        "s1; seen=nan",
        "s1; seen=-1",
        "s1; seen=1e99",
        "s1; seen=12abc",
        "x" * 500,
    ):
        assert claimed(nonsense, engine)[1] is None
    assert claimed(None, engine) == ("", None)
