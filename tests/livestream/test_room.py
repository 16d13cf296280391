"""Snapshots: fresh, incremental, shared, bounded."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from livestream import room as rooms_module
from livestream.errors import ShowNotFound
from livestream.room import Rooms
from livestream.tables import events, shows
from tests.livestream.world import LENA, Server, running
from web.database import SqlDatabase


async def say(server: Server, show_id: str, count: int) -> None:
    async with server.timeline.transaction() as transaction:
        await transaction.append_all(
            show_id, [("said", "ana", {"message_id": f"m{n}", "text": "hi"}) for n in range(count)]
        )


async def test_a_snapshot_is_what_has_been_committed(database: SqlDatabase) -> None:
    async with running(database) as server:
        show = await server.schedule("Coats")
        first = await server.rooms.snapshot(show.show_id)
        assert first["offset"] == 1
        assert first["show"]["state"] == "scheduled"
        assert first["show"]["host"]["handle"] == "mara"
        await server.go_live(show)
        await server.shows.name_moderator(show.show_id, "host", LENA)
        await say(server, show.show_id, 3)
        second = await server.rooms.snapshot(show.show_id)
        assert second["offset"] == 6
        assert second["show"]["state"] == "live"
        assert second["moderators"] == ["lena"]
        assert len(second["messages"]) == 3
        assert first["show"]["state"] == "scheduled"  # handed out before: unchanged
        assert second == await Rooms(database, server.timeline, server.broker).snapshot(show.show_id)


async def test_only_what_is_new_is_read(sqlite_database: SqlDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms_module, "READ", 7)
    async with running(sqlite_database) as server:
        show_id = (await server.schedule()).show_id
        await say(server, show_id, 50)
        await server.rooms.snapshot(show_id)
        assert server.rooms.statistics()["events_folded"] == 51
        await say(server, show_id, 2)
        assert await server.rooms.snapshot(show_id) is await server.rooms.snapshot(show_id)
        assert server.rooms.statistics()["events_folded"] == 53


async def test_a_storm_of_joins_shares_reads(sqlite_database: SqlDatabase) -> None:
    async with running(sqlite_database) as server:
        show_id = (await server.schedule()).show_id
        found = await asyncio.gather(*(server.rooms.snapshot(show_id) for _ in range(200)))
        assert all(one == found[0] for one in found)
        assert server.rooms.statistics()["reads"] <= 2


async def test_it_is_never_older_than_the_question(database: SqlDatabase) -> None:
    """While others ask all the time, each asker sees what was committed before it asked."""
    async with running(database) as server:
        show_id = (await server.schedule()).show_id

        async def write_and_look(number: int) -> None:
            async with server.timeline.transaction() as transaction:
                event = await transaction.append(show_id, "said", {"message_id": f"w{number}", "text": "x"})
            assert (await server.rooms.snapshot(show_id))["offset"] >= event.offset

        await asyncio.gather(*(write_and_look(number) for number in range(30)))


async def test_unknown_shows_leave_nothing_behind(sqlite_database: SqlDatabase) -> None:
    async with running(sqlite_database) as server:
        for _ in range(2):
            with pytest.raises(ShowNotFound):
                await server.rooms.snapshot("nothing")
        assert server.rooms.statistics()["kept_now"] == 0


async def test_the_least_recently_asked_for_goes(sqlite_database: SqlDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms_module, "KEPT", 2)
    async with running(sqlite_database) as server:
        ids = [(await server.schedule()).show_id for _ in range(3)]
        for show_id in ids:
            assert (await server.rooms.snapshot(show_id))["offset"] == 1
        assert server.rooms.statistics()["kept_now"] == 2
        assert (await server.rooms.snapshot(ids[0]))["offset"] == 1  # folded again


async def test_another_epoch_is_another_history(sqlite_database: SqlDatabase) -> None:
    async with running(sqlite_database) as server:
        show_id = (await server.schedule()).show_id
        await say(server, show_id, 5)
        await server.rooms.snapshot(show_id)
        async with sqlite_database.writing() as connection:  # a backup was brought back
            await connection.execute(sa.delete(events).where(events.c.offset > 2))
            await connection.execute(sa.update(shows).values(epoch="restored", last_offset=2))
        assert (await server.rooms.snapshot(show_id))["offset"] == 2
        assert len((await server.rooms.snapshot(show_id))["messages"]) == 1


async def test_a_malformed_entry_does_not_close_the_show(
    sqlite_database: SqlDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(sqlite_database) as server:
        show_id = (await server.schedule()).show_id
        async with server.timeline.transaction() as transaction:
            await transaction.append(show_id, "lineup_added", {"nothing": "here"})
        await say(server, show_id, 1)
        assert (await server.rooms.snapshot(show_id))["offset"] == 3
        assert "cannot be folded" in caplog.text
