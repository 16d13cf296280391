"""Going on air, interruptions, restarts and several servers on one database."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy.exc

from livestream.broker import LocalBroker
from livestream.errors import NothingLive, ShowNotFound, ShowStateError, StreamKeyRefused
from livestream.lifecycle import Lifecycle
from livestream.shows import INTERRUPTION_MS, State
from livestream.tables import events, servers, shows
from tests.livestream.world import Server, running
from web.database import SqlDatabase


async def test_media_makes_the_show_live(database: SqlDatabase) -> None:
    async with running(database) as server:
        show = await server.schedule()
        with pytest.raises(NothingLive):
            await server.shows.media.watch(show.show_id, "offer")
        session = await server.go_live(show)
        live = await server.shows.get(show.show_id)
        assert (live.state, live.server_id) == (State.LIVE, "server-a")
        assert server.shows.media.sending(show.show_id)
        await server.shows.media.watch(show.show_id, "offer")

        await server.shows.media.stopped(show.show_id, session)
        interrupted = await server.shows.get(show.show_id)
        assert interrupted.state is State.INTERRUPTED
        last = (await server.events(show.show_id))[-1]
        assert (last.kind, last.by) == ("interrupted", None)
        assert interrupted.interrupted_at is not None
        assert last.data == {"until": interrupted.interrupted_at + INTERRUPTION_MS}

        await server.go_live(show)
        back = await server.shows.get(show.show_id)
        assert (back.state, back.started_at, back.interrupted_at) == (State.LIVE, live.started_at, None)
        assert await server.kinds(show.show_id) == ["scheduled", "went_live", "interrupted", "resumed"]


async def test_a_replaced_session_does_not_matter_any_more(database: SqlDatabase) -> None:
    async with running(database) as server:
        show = await server.schedule()
        first = await server.go_live(show)
        second = await server.go_live(show)
        await server.shows.media.stopped(show.show_id, first)
        assert (await server.shows.get(show.show_id)).state is State.LIVE
        await server.shows.media.stopped(show.show_id, second)
        await server.shows.media.stopped(show.show_id, second)  # stalled first, stopped later
        assert await server.kinds(show.show_id) == ["scheduled", "went_live", "interrupted"]


async def test_a_show_that_is_over_takes_nobody(database: SqlDatabase) -> None:
    async with running(database) as server:
        media, show = server.shows.media, await server.schedule()
        with pytest.raises(ShowNotFound):
            await media.publish("nothing", "key", "offer")
        with pytest.raises(ShowNotFound):
            await media.watch("nothing", "offer")
        with pytest.raises(StreamKeyRefused):
            await media.publish(show.show_id, "wrong", "offer")
        await server.go_live(show)
        arriving = await media.publish(show.show_id, show.stream_key, "offer")
        await server.shows.end(show.show_id, "host")
        assert server.engine.sessions == {}
        await media.started(show.show_id, arriving.session_id)  # its first packet and the end have crossed
        assert (await server.shows.get(show.show_id)).state is State.ENDED
        assert not media.sending(show.show_id)
        with pytest.raises(ShowStateError, match="ended"):
            await media.publish(show.show_id, show.stream_key, "offer")
        with pytest.raises(ShowStateError, match="over"):
            await media.watch(show.show_id, "offer")


async def test_a_new_key_cuts_off_the_old_one(database: SqlDatabase) -> None:
    async with running(database) as server:
        media, show = server.shows.media, await server.schedule()
        old = await server.go_live(show)
        arriving = (await media.publish(show.show_id, show.stream_key, "offer")).session_id
        fresh = await server.shows.rotate_stream_key(show.show_id)
        assert set(server.engine.closed) == {old, arriving}
        await media.stopped(show.show_id, old)
        for session in (old, arriving):
            media.session_ended(session)
        await server.go_live(fresh)
        assert await server.kinds(show.show_id) == ["scheduled", "went_live", "interrupted", "resumed"]
        assert set(server.engine.closed) == {old, arriving}


async def test_a_key_changed_between_offer_and_first_packet(database: SqlDatabase) -> None:
    """On another server, whose message has not arrived here."""
    async with running(database) as server, running(database, "server-b") as other:
        show = await server.schedule()
        session = (await server.shows.media.publish(show.show_id, show.stream_key, "offer")).session_id
        await other.shows.rotate_stream_key(show.show_id)
        await server.shows.media.started(show.show_id, session)
        assert server.engine.closed == [session]
        assert (await server.shows.get(show.show_id)).state is State.SCHEDULED


async def test_a_restart_interrupts_own_shows_and_their_clock_goes_on(database: SqlDatabase) -> None:
    async with running(database) as server, running(database, "server-b") as other:
        show, foreign = await server.schedule(), await server.schedule()
        await server.go_live(show)
        await other.go_live(foreign)
        server.engine.clocks[show.show_id] = 600_000
        async with server.timeline.transaction() as transaction:
            await transaction.append(show.show_id, "said", {"message_id": "a"})
        for column in ("started_at", "starts_at"):
            await server.set_back(shows, column, 700_000, shows.c.show_id == show.show_id)
        await server.set_back(events, "time", 30_000, events.c.show_id == show.show_id)
    # Killed: nothing was written at the end.
    async with running(database) as server:
        assert (await server.shows.get(show.show_id)).state is State.INTERRUPTED
        assert (await server.shows.get(foreign.show_id)).state is State.LIVE
        assert set(server.engine.resumed) == {show.show_id}
        assert 630_000 <= server.engine.resumed[show.show_id] < 660_000
        assert (await server.events(show.show_id))[-1].at >= 630_000
        await server.go_live(show)
        assert (await server.shows.get(show.show_id)).state is State.LIVE


async def test_a_restart_after_the_time_to_come_back_ends_the_show(database: SqlDatabase) -> None:
    async with running(database) as server:
        show = await server.schedule()
        await server.shows.media.stopped(show.show_id, await server.go_live(show))
    async with running(database) as server:
        assert (await server.shows.get(show.show_id)).state is State.INTERRUPTED  # within two minutes it goes on
    await server.set_back(shows, "interrupted_at", INTERRUPTION_MS + 1, shows.c.show_id == show.show_id)
    async with running(database) as server:
        assert (await server.shows.get(show.show_id)).state is State.ENDED
        assert server.engine.ended == [show.show_id]


async def test_the_host_comes_back_to_another_server(database: SqlDatabase) -> None:
    async with running(database) as first, running(database, "server-b") as second:
        show = await first.schedule()
        old = await first.go_live(show)
        await first.set_back(shows, "started_at", 60_000, shows.c.show_id == show.show_id)
        await first.set_back(events, "time", 40_000, events.c.show_id == show.show_id)
        await second.go_live(show)
        assert second.engine.resumed[show.show_id] >= 40_000  # the same clock goes on
        assert (await first.shows.get(show.show_id)).server_id == "server-b"
        await first.shows.media.stopped(show.show_id, old)
        assert (await first.shows.get(show.show_id)).state is State.LIVE  # no longer the first one's to interrupt
        assert await first.kinds(show.show_id) == ["scheduled", "went_live"]
        await first.shows.keeper.look()
        await second.shows.keeper.look()
        assert (first.engine.ended, second.engine.ended) == ([show.show_id], [])


async def test_a_host_arriving_where_the_show_was_before_is_not_sent_away(database: SqlDatabase) -> None:
    async with running(database) as first, running(database, "server-b") as second:
        show = await first.schedule()
        await second.go_live(show)
        session = (await first.shows.media.publish(show.show_id, show.stream_key, "offer")).session_id
        await first.shows.keeper.look()
        assert first.engine.ended == []
        await first.shows.media.started(show.show_id, session)
        await first.shows.keeper.look()
        assert first.engine.ended == []
        await second.shows.keeper.look()
        assert second.engine.ended == [show.show_id]


@pytest.mark.parametrize("with_broker", [True, False])
async def test_ended_on_one_server_ends_on_the_other(database: SqlDatabase, with_broker: bool) -> None:
    """At once by the broker; without it when the keeper looks."""
    broker = LocalBroker()
    async with (
        running(database, broker=broker) as first,
        running(database, "server-b", broker if with_broker else None) as second,
    ):
        show = await first.schedule()
        await first.go_live(show)
        await asyncio.gather(*first.shows.media._checks)
        await second.shows.end(show.show_id, "host")
        if not with_broker:
            assert first.engine.ended == []
            await first.shows.keeper.look()
        async with asyncio.timeout(10):
            while first.engine.ended != [show.show_id]:  # noqa: ASYNC110
                await asyncio.sleep(0.005)


class Unavailable:
    """A database that is away for a while: what the lifecycle asks of it fails."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.away = True
        on_air, lost = Lifecycle.on_air, Lifecycle.lost

        async def failing_on_air(lifecycle: Lifecycle, show_id: str, key: str) -> None:
            self._fail()
            await on_air(lifecycle, show_id, key)

        async def failing_lost(lifecycle: Lifecycle, show_id: str) -> bool:
            self._fail()
            return await lost(lifecycle, show_id)

        monkeypatch.setattr(Lifecycle, "on_air", failing_on_air)
        monkeypatch.setattr(Lifecycle, "lost", failing_lost)

    def _fail(self) -> None:
        if self.away:
            raise sqlalchemy.exc.OperationalError("BEGIN", {}, Exception("the database is away"))


async def test_what_could_not_be_written_is_written_later(
    sqlite_database: SqlDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(sqlite_database) as server:
        show = await server.schedule()
        database = Unavailable(monkeypatch)
        session = await server.go_live(show)
        assert (await server.shows.get(show.show_id)).state is State.SCHEDULED
        assert server.shows.statistics()["unsaid_now"] == 1
        database.away = False
        await server.shows.keeper.look()
        assert (await server.shows.get(show.show_id)).state is State.LIVE
        database.away = True
        await server.shows.media.stopped(show.show_id, session)
        database.away = False
        await server.shows.keeper.look()
        await server.shows.keeper.look()
        assert await server.kinds(show.show_id) == ["scheduled", "went_live", "interrupted"]
        assert server.shows.statistics()["unsaid_now"] == 0


async def test_reports_that_cross_are_written_as_it_is_in_the_end(database: SqlDatabase) -> None:
    async with running(database) as server:
        show = await server.schedule()
        media = server.shows.media
        session = await server.go_live(show)
        for _ in range(5):
            await asyncio.gather(media.stopped(show.show_id, session), media.started(show.show_id, session))
        assert media.sending(show.show_id)
        assert (await server.shows.get(show.show_id)).state is State.LIVE
        assert server.shows.media._saying == {}


async def test_a_server_that_died_for_good(database: SqlDatabase) -> None:
    async def state(server: Server) -> State:
        return (await server.shows.get(show.show_id)).state

    async with running(database) as first:
        show = await first.schedule()
        await first.go_live(show)
    async with running(database, "server-b") as second:
        assert await state(second) is State.LIVE  # it was seen a moment ago
    await second.set_back(servers, "seen_at", 31_000, servers.c.server_id == "server-a")
    async with running(database, "server-b") as second:
        assert await state(second) is State.INTERRUPTED
        await second.set_back(shows, "interrupted_at", INTERRUPTION_MS + 1, shows.c.show_id == show.show_id)
        await second.shows.keeper.look()
        assert await state(second) is State.ENDED


async def test_signs_of_life_are_given_while_a_show_is_carried(database: SqlDatabase) -> None:
    async with running(database) as first:
        show = await first.schedule()
        await first.go_live(show)
        await first.set_back(servers, "seen_at", 31_000, servers.c.server_id == "server-a")
        for _ in range(5):
            await first.shows.keeper.look()
        async with running(database, "server-b"):
            assert (await first.shows.get(show.show_id)).state is State.LIVE


async def test_a_server_that_was_only_thought_dead(database: SqlDatabase) -> None:
    """Its media never stopped: without a word from the engine the show goes on, instead of ending two minutes later."""
    async with running(database) as first:
        show = await first.schedule()
        await first.go_live(show)
        await first.set_back(servers, "seen_at", 31_000, servers.c.server_id == "server-a")
        async with running(database, "server-b"):
            assert (await first.shows.get(show.show_id)).state is State.INTERRUPTED
            await first.shows.keeper.look()
            assert (await first.shows.get(show.show_id)).state is State.LIVE
            await first.shows.keeper.look()
        assert await first.kinds(show.show_id) == ["scheduled", "went_live", "interrupted", "resumed"]
        assert first.engine.ended == []
