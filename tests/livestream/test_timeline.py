"""Offsets, the show clock and the order of publishing, on both databases."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from livestream.errors import OffsetGone, ShowNotFound
from livestream.events import Event, decode_events, events_channel
from livestream.tables import events, shows
from livestream.timeline import Transaction
from tests.livestream.world import Server, running
from web.database import SqlDatabase


async def append(server: Server, show_id: str, number: int) -> None:
    async with server.timeline.transaction() as transaction:
        await transaction.append(show_id, "said", {"number": number}, by="ana")


async def test_offsets_have_no_gaps_and_follow_the_commits(database: SqlDatabase) -> None:
    """Forty writers at once, a third of which fail after appending."""
    async with running(database) as server:
        show_id = (await server.schedule()).show_id
        heard: list[Event] = []
        await server.broker.subscribe(events_channel(show_id), lambda payload: heard.extend(decode_events(payload)))

        async def write(number: int) -> None:
            async with server.timeline.transaction() as transaction:
                await transaction.append(show_id, "said", {"number": number})
                await asyncio.sleep(0)
                await transaction.append(show_id, "said", {"number": number, "again": True})
                if number % 3 == 0:
                    raise RuntimeError("changed my mind")

        results = await asyncio.gather(*(write(number) for number in range(40)), return_exceptions=True)
        failed = [result for result in results if result is not None]
        assert len(failed) == 14
        assert all(isinstance(result, RuntimeError) for result in failed)
        written = await server.timeline.read(show_id, 0)
        assert [event.offset for event in written] == list(range(1, 1 + 1 + 2 * 26))
        assert heard == written[1:]  # published in the order of offsets, nothing of those that failed
        assert (await server.timeline.position(show_id))[1] == 53
        assert server.timeline._last_turns == {}


async def test_one_transaction_of_several_shows_travels_together(database: SqlDatabase) -> None:
    async with running(database) as server:
        first, second = sorted([(await server.schedule()).show_id, (await server.schedule()).show_id])
        payloads: list[list[Event]] = []
        for show_id in (first, second):
            await server.broker.subscribe(
                events_channel(show_id), lambda payload: payloads.append(decode_events(payload))
            )
        async with server.timeline.transaction() as transaction:
            await transaction.append_all(first, [("said", "ana", {"n": 1}), ("said", "ben", {"n": 2})])
            await transaction.append(second, "said", {"n": 3})
            assert await transaction.append_all(first, []) == []
            assert payloads == []  # nothing before the commit
        assert [[event.offset for event in payload] for payload in payloads] == [[2, 3], [2]]
        assert [event.by for event in payloads[0]] == ["ana", "ben"]


async def test_the_clock_is_the_engines_else_reckoned(database: SqlDatabase) -> None:
    async with running(database) as server:
        show = await server.schedule()
        await append(server, show.show_id, 1)
        await server.go_live(show)
        server.engine.clocks[show.show_id] = 60_000
        await append(server, show.show_id, 2)
        server.engine.clocks.clear()  # as on another server, or after a restart
        await server.set_back(shows, "started_at", 60_000, shows.c.show_id == show.show_id)
        await server.set_back(events, "time", 5_000, (events.c.offset == 4) & (events.c.show_id == show.show_id))
        await append(server, show.show_id, 3)
        at = [event.at for event in await server.timeline.read(show.show_id, 0)]
        assert at[:4] == [0, 0, 0, 60_000]
        assert 65_000 <= at[4] < 75_000
        await server.shows.end(show.show_id, "host")
        await server.set_back(shows, "ended_at", 60_000, shows.c.show_id == show.show_id)
        await append(server, show.show_id, 4)
        last = (await server.timeline.read(show.show_id, 5))[-2:]
        assert last[1].at == last[0].at  # the clock of an ended show stands


async def test_before_the_first_media_the_clock_is_zero(database: SqlDatabase) -> None:
    async with running(database) as server:
        show = await server.schedule()
        await server.set_back(events, "time", 60_000, events.c.show_id == show.show_id)
        session = await server.shows.media.publish(show.show_id, show.stream_key, "offer")
        await server.shows.media.started(show.show_id, session.session_id)  # the engine has no clock yet
        assert (await server.events(show.show_id))[-1].kind == "went_live"
        assert (await server.events(show.show_id))[-1].at < 5_000


async def test_reading_in_pages_and_what_is_not_kept(database: SqlDatabase) -> None:
    async with running(database) as server:
        show_id = (await server.schedule()).show_id
        for number in range(5):
            await append(server, show_id, number)
        assert [event.offset for event in await server.timeline.read(show_id, 2, 3)] == [3, 4, 5]
        assert await server.timeline.read(show_id, 6) == []
        assert await server.timeline.read("nothing", 0) == []
        async with database.writing() as connection:
            await connection.execute(sa.delete(events).where(events.c.offset <= 3))
        with pytest.raises(OffsetGone):
            await server.timeline.read(show_id, 2)
        assert [event.offset for event in await server.timeline.read(show_id, 3)] == [4, 5, 6]


async def test_unknown_shows(database: SqlDatabase) -> None:
    async with running(database) as server:
        with pytest.raises(ShowNotFound):
            await append(server, "nothing", 1)
        with pytest.raises(ShowNotFound):
            await server.timeline.position("nothing")


async def test_a_cancelled_writer_holds_nobody_up(database: SqlDatabase) -> None:
    async with running(database) as server:
        show_id = (await server.schedule()).show_id
        inside = asyncio.Event()

        async def dawdle(transaction: Transaction) -> None:
            await transaction.append(show_id, "said", {"number": 0})
            inside.set()
            await asyncio.Event().wait()

        async def write() -> None:
            async with server.timeline.transaction() as transaction:
                await dawdle(transaction)

        task = asyncio.create_task(write())
        await inside.wait()
        others = [asyncio.create_task(append(server, show_id, number)) for number in range(3)]
        task.cancel()
        await asyncio.gather(*others)
        assert [event.offset for event in await server.timeline.read(show_id, 0)] == [1, 2, 3, 4]
        assert server.timeline._last_turns == {}
