"""Interrupted shows end by themselves, by the database's clock, exactly once, and never under a host who has come back."""

from __future__ import annotations

import asyncio

import pytest

from livestream.show_service import Shows
from livestream.shows import INTERRUPTION_MS, State
from livestream.tables import moderators, shows
from tests.livestream.world import LENA, Server, running
from web.database import SqlDatabase


async def interrupted_for(server: Server, milliseconds: int) -> str:
    show = await server.schedule()
    await server.shows.media.stopped(show.show_id, await server.go_live(show))
    await server.set_back(shows, "interrupted_at", milliseconds, shows.c.show_id == show.show_id)
    return show.show_id


async def test_two_minutes(database: SqlDatabase) -> None:
    async with running(database) as server:
        over = await interrupted_for(server, INTERRUPTION_MS + 1)
        waiting = await interrupted_for(server, INTERRUPTION_MS - 30_000)
        await server.shows.keeper.look()
        ended = await server.shows.get(over)
        assert ended.state is State.ENDED
        assert ended.ended_at is not None
        assert (await server.events(over))[-1].by is None
        assert (await server.shows.get(waiting)).state is State.INTERRUPTED
        assert server.engine.ended == [over]


async def test_every_server_looks_and_one_ends_it(database: SqlDatabase) -> None:
    async with running(database) as first, running(database, "server-b") as second:
        show_id = await interrupted_for(first, INTERRUPTION_MS + 1)
        await asyncio.gather(*(server.shows.keeper.look() for server in (first, second) for _ in range(3)))
        assert (await first.kinds(show_id)).count("ended") == 1


async def test_a_host_who_came_back_is_not_ended(database: SqlDatabase) -> None:
    """The keeper has read the show as overdue; the host returns before it acts."""
    async with running(database) as server:
        show_id = await interrupted_for(server, INTERRUPTION_MS + 1)
        await server.go_live(await server.shows.get(show_id))
        await server.shows.keeper._expire(show_id)
        assert (await server.shows.get(show_id)).state is State.LIVE
        assert server.engine.ended == []


async def named_for_an_hour(server: Server) -> str:
    show_id = (await server.schedule()).show_id
    for _ in range(2):  # a second click
        assert await server.shows.name_moderator(show_id, "host", LENA, seconds=3_600) == ["lena"]
    await server.set_back(moderators, "until", 3_600_001, moderators.c.show_id == show_id)
    return show_id


async def test_a_role_that_was_over_while_every_server_was_down_ends_once(database: SqlDatabase) -> None:
    async with running(database) as server:
        show_id = await named_for_an_hour(server)
        assert await server.shows.role(show_id, "lena") is None  # before anybody has looked
    async with running(database) as first, running(database, "server-b") as second:
        await asyncio.gather(*(server.shows.keeper.look() for server in (first, second) for _ in range(3)))
        assert (await first.kinds(show_id))[1:] == ["moderator_named", "moderator_revoked"]
        assert (await first.events(show_id))[-1].by is None
        assert await first.shows.name_moderator(show_id, "host", LENA) == ["lena"]


async def test_a_role_that_was_given_again_does_not_end(database: SqlDatabase) -> None:
    """The keeper has read it as over; the host names the same person before it acts."""
    async with running(database) as server:
        show_id = await named_for_an_hour(server)
        await server.shows.name_moderator(show_id, "host", LENA, seconds=3_600)
        await server.shows.keeper._lifecycle.end_office(show_id, "lena")
        assert await server.shows.role(show_id, "lena") == "moderator"
        assert "moderator_revoked" not in await server.kinds(show_id)


async def test_it_looks_by_itself(sqlite_database: SqlDatabase) -> None:
    async with running(sqlite_database) as server:
        show_id = await interrupted_for(server, INTERRUPTION_MS + 1)
        shows_service = Shows(sqlite_database, server.timeline, server.engine, server_id="b", keeper_every=0.01)
        await shows_service.start()
        try:
            async with asyncio.timeout(10):
                while (await server.shows.get(show_id)).state is not State.ENDED:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
        finally:
            await shows_service.stop()


async def test_it_goes_on_after_a_failure(
    sqlite_database: SqlDatabase, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(sqlite_database) as server:
        shows_service = Shows(sqlite_database, server.timeline, server.engine, server_id="b", keeper_every=0.01)
        looks = 0
        done = asyncio.Event()

        async def look() -> None:
            nonlocal looks
            looks += 1
            if looks == 3:
                done.set()
            raise OSError("the disk is full")

        monkeypatch.setattr(shows_service.keeper, "look", look)
        await shows_service.start()
        try:
            await asyncio.wait_for(done.wait(), 10)
        finally:
            await shows_service.stop()
        assert "the disk is full" in caplog.text
