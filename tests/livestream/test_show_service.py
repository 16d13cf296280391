"""Planning, editing, ending, moderators and keys, on both databases."""

from __future__ import annotations

import asyncio

import pytest

from livestream import show_service
from livestream.errors import InvalidModerator, InvalidShow, ShowNotFound, ShowStateError
from livestream.shows import DAY_MS, State
from livestream.tables import shows
from tests.livestream.world import HOST, LENA, running
from web.database import SqlDatabase


async def test_scheduling_tells_the_timeline(database: SqlDatabase) -> None:
    async with running(database) as server:
        show = await server.schedule("  Autumn   coats ")
        assert (show.title, show.state, show.host_id) == ("Autumn coats", State.SCHEDULED, "host")
        assert len(show.stream_key) >= 32
        assert await server.shows.get(show.show_id) == show
        [event] = await server.events(show.show_id)
        assert (event.offset, event.at, event.kind, event.by) == (1, 0, "scheduled", "host")
        assert event.data == {
            "title": "Autumn coats",
            "description": "Wool and more",
            "starts_at": show.starts_at,
            "host": HOST,
        }
        with pytest.raises(InvalidShow, match="starts_at"):
            await server.shows.schedule(HOST, "Too late", "", 0)
        with pytest.raises(ShowNotFound):
            await server.shows.get("nothing")


async def test_a_host_plans_so_many(sqlite_database: SqlDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(show_service, "PLANNED", 2)
    async with running(sqlite_database) as server:
        first = await server.schedule()
        await server.schedule()
        with pytest.raises(InvalidShow, match="cancel one first"):
            await server.schedule()
        await server.schedule(host=LENA)
        await server.shows.cancel(first.show_id, "host")
        await server.schedule()


async def test_editing_tells_what_changed(database: SqlDatabase) -> None:
    async with running(database) as server:
        show = await server.schedule("Coats")
        edited = await server.shows.edit(show.show_id, "host", title="Hats", starts_at=show.starts_at + 1)
        assert (edited.title, edited.starts_at) == ("Hats", show.starts_at + 1)
        await server.shows.edit(show.show_id, "host", title="Hats")  # nothing new, nothing told
        await server.go_live(show)
        await server.shows.edit(show.show_id, "host", description="Felt", starts_at=edited.starts_at)
        with pytest.raises(ShowStateError, match="has begun"):
            await server.shows.edit(show.show_id, "host", starts_at=show.starts_at)
        with pytest.raises(InvalidShow, match="title"):
            await server.shows.edit(show.show_id, "host", title=" ")
        told = [event.data for event in await server.events(show.show_id) if event.kind == "edited"]
        assert told == [{"title": "Hats", "starts_at": show.starts_at + 1}, {"description": "Felt"}]
        await server.shows.end(show.show_id, "host")
        with pytest.raises(ShowStateError):
            await server.shows.edit(show.show_id, "host", title="Boots")


async def test_cancelling_and_ending(database: SqlDatabase) -> None:
    async with running(database) as server:
        planned, live = await server.schedule(), await server.schedule()
        assert (await server.shows.cancel(planned.show_id, "host")).state is State.CANCELLED
        with pytest.raises(ShowStateError):
            await server.shows.cancel(planned.show_id, "host")
        with pytest.raises(ShowStateError, match="cancel it instead"):
            await server.shows.end((await server.schedule()).show_id, "host")
        await server.go_live(live)
        with pytest.raises(ShowStateError, match="end it instead"):
            await server.shows.cancel(live.show_id, "host")
        ended = await server.shows.end(live.show_id, "host")
        assert ended.state is State.ENDED
        assert ended.ended_at is not None
        assert ended.started_at is not None
        assert ended.started_at <= ended.ended_at
        assert server.engine.ended == [live.show_id]
        assert await server.kinds(live.show_id) == ["scheduled", "went_live", "ended"]
        assert await server.kinds(planned.show_id) == ["scheduled", "cancelled"]


async def test_only_one_of_many_ends_it(database: SqlDatabase) -> None:
    async with running(database) as server:
        show = await server.schedule()
        await server.go_live(show)
        results = await asyncio.gather(
            *(server.shows.end(show.show_id, "host") for _ in range(10)), return_exceptions=True
        )
        assert sum(isinstance(result, ShowStateError) for result in results) == 9
        assert (await server.kinds(show.show_id)).count("ended") == 1


async def test_moderators_are_named_and_revoked(database: SqlDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(database) as server:
        show_id = (await server.schedule()).show_id
        assert await server.shows.role(show_id, "host") == "host"
        assert await server.shows.role(show_id, "lena") is None
        assert await server.shows.name_moderator(show_id, "host", LENA) == ["lena"]
        assert await server.shows.name_moderator(show_id, "host", LENA) == ["lena"]
        assert await server.shows.role(show_id, "lena") == "moderator"
        assert await server.shows.moderators(show_id) == ["lena"]
        other = (await server.schedule()).show_id
        assert await server.shows.role(other, "lena") is None  # per show
        assert await server.shows.moderated_by("lena", [show_id, other]) == {show_id}
        with pytest.raises(InvalidModerator, match="host"):
            await server.shows.name_moderator(show_id, "host", HOST)
        monkeypatch.setattr(show_service, "MODERATORS", 1)
        with pytest.raises(InvalidModerator, match="at most 1"):
            await server.shows.name_moderator(show_id, "host", {**LENA, "id": "ben"})
        assert await server.shows.revoke_moderator(show_id, "host", "lena") == []
        assert await server.shows.revoke_moderator(show_id, "host", "lena") == []
        assert await server.shows.role(show_id, "lena") is None
        events = (await server.events(show_id))[1:]
        assert [(event.kind, event.data) for event in events] == [
            ("moderator_named", {"person": LENA}),
            ("moderator_revoked", {"account_id": "lena"}),
        ]
        with pytest.raises(ShowNotFound):
            await server.shows.role("nothing", "lena")
        await server.shows.cancel(show_id, "host")
        with pytest.raises(ShowStateError):
            await server.shows.name_moderator(show_id, "host", LENA)


async def test_stream_keys(database: SqlDatabase) -> None:
    async with running(database) as server:
        show = await server.schedule()
        check = server.shows.check_stream_key
        assert await check(show.show_id, show.stream_key)
        for wrong in (
            "",
            "x",
            show.stream_key + "x",
            show.stream_key[:-1],
            "ä\udc80",
            (await server.schedule()).stream_key,
        ):
            assert not await check(show.show_id, wrong)
        fresh = await server.shows.rotate_stream_key(show.show_id)
        assert not await check(show.show_id, show.stream_key)
        assert await check(show.show_id, fresh.stream_key)
        with pytest.raises(ShowNotFound):
            await check("nothing", show.stream_key)
        with pytest.raises(ShowNotFound):
            await server.shows.rotate_stream_key("nothing")


async def test_lists_in_pages(database: SqlDatabase) -> None:
    async with running(database) as server:
        planned = [await server.schedule(f"Show {number}") for number in range(5)]
        for number, show in enumerate(planned):
            await server.shows.edit(show.show_id, "host", starts_at=show.starts_at + (5 - number) * 1000)
        found, after = await server.shows.page("upcoming", limit=3)
        assert [show.title for show in found] == ["Show 4", "Show 3", "Show 2"]
        rest, end = await server.shows.page("upcoming", limit=3, after=after)
        assert [show.title for show in rest] == ["Show 1", "Show 0"]
        assert end is None
        await server.go_live(planned[0])
        await server.go_live(planned[1])
        await server.shows.media.stopped(planned[0].show_id, "session-1")
        await server.set_back(shows, "started_at", 5_000, shows.c.show_id == planned[0].show_id)
        live, _ = await server.shows.page("live")
        assert [(show.title, show.state) for show in live] == [("Show 1", "live"), ("Show 0", "interrupted")]
        first, after = await server.shows.page("live", limit=1)
        second, _ = await server.shows.page("live", limit=1, after=after)
        assert [*first, *second] == live
        await server.shows.end(planned[1].show_id, "host")
        assert [show.title for show in (await server.shows.page("ended"))[0]] == ["Show 1"]
        assert (await server.shows.page("ended", host_id="lena"))[0] == []
        for bad in ("x", "1", "-1.a", "99999999999999999999.a", "1." + "a" * 33, "1.\0"):
            with pytest.raises(InvalidShow, match="after"):
                await server.shows.page("live", after=bad)


async def test_plans_that_nobody_kept_are_left_out(database: SqlDatabase) -> None:
    async with running(database) as server:
        show = await server.schedule()
        await server.set_back(shows, "starts_at", DAY_MS + 1_000, shows.c.show_id == show.show_id)
        assert (await server.shows.page("upcoming"))[0] == []
        assert len((await server.shows.page("upcoming", host_id="host"))[0]) == 1  # its host sees it


async def test_posters(sqlite_database: SqlDatabase) -> None:
    async with running(sqlite_database) as server:
        show = await server.schedule()
        assert await server.shows.set_poster(show.show_id, "one") is None
        assert await server.shows.set_poster(show.show_id, "two") == "one"
        assert (await server.shows.get(show.show_id)).poster == "two"
