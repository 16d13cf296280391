"""Which moment of a show an event belongs to: what its author saw, within bounds."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from livestream import timeline_store
from livestream.events import Event
from livestream.fold import Room
from livestream.moments import (
    CAPTURED_AHEAD,
    CAPTURED_BEHIND,
    SEEN_BEHIND,
    Moment,
    acted,
    acting,
    captured,
    seen,
)
from livestream.tables import events
from tests.livestream.engine.world import FakeHost, FakeViewer, Link, World
from tests.livestream.world import Server, running
from web.database import SqlDatabase

ms = st.floats(min_value=0, max_value=1e8)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(ms, st.integers(0, 10**8))
def test_a_claim_is_believed_within_bounds(claim: float, present: int) -> None:
    assert max(0, present - SEEN_BEHIND) <= seen(claim).at(present) <= present
    shown = captured(claim, None)
    assert shown is not None
    assert max(0, present - CAPTURED_BEHIND) <= shown.at(present) <= present + CAPTURED_AHEAD


def test_what_the_host_showed_is_known_by_two_clocks() -> None:
    assert captured(None, None) is None
    assert captured(5_000.25, None) == captured(5_000.25, 5_400.0) == Moment(5_000.25, CAPTURED_BEHIND, CAPTURED_AHEAD)
    assert captured(None, 5_400.0) == Moment(5_400.0, CAPTURED_BEHIND, CAPTURED_AHEAD)
    # The page's clock was set since the browser began to report by it: what the page knows of the show counts.
    assert captured(3_605_000.0, 5_400.0) == Moment(5_400.0, CAPTURED_BEHIND, CAPTURED_AHEAD)


async def test_an_act_reaches_what_is_started_inside_it_and_no_other_show() -> None:
    async def task() -> tuple[Moment | None, Moment | None]:
        await asyncio.sleep(0)
        return acted("a"), acted("b")

    with acting("a", seen(7)):
        inside = asyncio.create_task(task())
    assert await inside == (seen(7), None)
    assert acted("a") is None


async def append(server: Server, show_id: str, kind: str = "said") -> Event:
    async with server.timeline.transaction() as transaction:
        return await transaction.append(show_id, kind, {"message_id": "m", "text": "x"})


async def test_events_belong_to_the_moment_of_the_act(database: SqlDatabase) -> None:
    async with running(database) as server:
        show = await server.schedule()
        show_id = show.show_id
        await server.go_live(show)
        server.engine.clocks[show_id] = 100_000
        with acting(show_id, seen(96_500.4)):
            assert (await append(server, show_id)).at == 96_500
        with acting(show_id, captured(100_120.0, None)):
            assert (await append(server, show_id)).at == 100_120
        with acting("another", seen(96_500)):
            assert (await append(server, show_id)).at == 100_000
        with acting(show_id, seen(10)):
            assert (await append(server, show_id)).at == 100_000 - SEEN_BEHIND
        assert [event.at for event in (await server.events(show_id))[-4:]] == [96_500, 100_120, 100_000, 70_000]
        # A server without the media goes on from the event that leads, not from what a delayed viewer saw last.
        del server.engine.clocks[show_id]
        assert 100_120 <= (await append(server, show_id)).at < 130_000


async def test_reckoning_ignores_delayed_authors(sqlite_database: SqlDatabase) -> None:
    async with running(sqlite_database) as server:
        show = await server.schedule()
        await server.go_live(show)
        server.engine.clocks[show.show_id] = 200_000
        present = await append(server, show.show_id)
        with acting(show.show_id, seen(180_000)):
            last = await append(server, show.show_id)
        async with sqlite_database.reading() as connection:
            found = await timeline_store.reckon_clock(connection, show.show_id, last.offset, 1, present.time + 5_000)
        assert found == pytest.approx(205_000, abs=5)


@pytest.mark.parametrize("skew", [0.0, 0.3])
def test_a_capture_time_is_the_frames_own_timestamp(skew: float) -> None:
    """The host's clock is 7 weeks off ours, the line jitters, and a second session goes on under another start."""
    world = World(seed=5)
    for session in ("host", "again"):
        host = FakeHost(world, session, up=Link(delay=0.04, jitter=0.05), skew=skew)
        world.run(0.5)
        viewer = FakeViewer(world, 1 if session == "host" else 2)
        world.run(6.0)
        frame = viewer.complete[-1]
        captured_at = 5_000_000 + host.started + frame.number / 30  # by the clock that FakeHost reports with
        found = world.forwarding.moment_of("show", captured_at * 1000)
        assert found is not None
        assert found == pytest.approx(frame.timestamp / 90, abs=1.0)
        host.vanish()
        host.close()
    assert world.forwarding.moment_of("another", 1.0) is None


@pytest.mark.parametrize("skew", [0.0, 0.08])
def test_acts_right_after_a_reconnect_belong_to_their_frames(skew: float) -> None:
    """From the first sender report on, while sound and picture are still being aligned, and though the act is at the server
    before its frame."""
    world = World(seed=6)
    viewer = FakeViewer(world)
    for session in ("host", "again", "once more"):
        host = FakeHost(world, session, up=Link(delay=0.04, jitter=0.05), skew=skew)
        claimed: dict[int, float] = {}  # by frame
        known = len(viewer.complete)

        def act(host: FakeHost = host, claimed: dict[int, float] = claimed) -> None:
            number = host.frames
            moment = world.forwarding.moment_of("show", (5_000_000 + host.started + number / 30) * 1000)
            if moment is not None:
                claimed.setdefault(number, moment)

        world.actors.append(act)
        world.run(5.0)
        world.actors.remove(act)
        frames = {frame.number: frame.timestamp / 90 for frame in viewer.complete[known:]}
        errors = [claimed[number] - frames[number] for number in claimed.keys() & frames.keys()]
        assert len(errors) > 100
        assert max(map(abs, errors)) < 1000 / 30
        host.close()
        world.run(1.5)


async def test_the_past_with_what_came_since_is_the_present(sqlite_database: SqlDatabase) -> None:
    async with running(sqlite_database) as server:
        show = await server.schedule()
        show_id = show.show_id
        await server.go_live(show)
        for _ in range(5):
            await append(server, show_id)
        written = await server.events(show_id)
        async with sqlite_database.writing() as connection:  # the first four happened a minute before the others
            old = (events.c.show_id == show_id) & (events.c.offset <= 4)
            await connection.execute(sa.update(events).where(old).values(time=written[-1].time - 60_000))
        rooms = server.rooms
        past, present = await rooms.past(show_id), await rooms.snapshot(show_id)
        assert past["offset"] == 4
        room = Room.from_snapshot(past)
        for event in written[4:]:
            room.apply(event)
        assert room.snapshot() == present
        assert past["offset"] == 4  # the past that was handed out has not moved


async def test_a_crowd_bounds_the_past(sqlite_database: SqlDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("livestream.room.PAST_EVENTS", 3)
    async with running(sqlite_database) as server:
        show_id = (await server.schedule()).show_id
        for _ in range(9):
            last = await append(server, show_id)
        assert (await server.rooms.past(show_id))["offset"] == last.offset - 3
