"""Two servers on one database and one Redis: losing Redis delays events, it never loses or repeats one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from livestream.broker_redis import RedisBroker
from livestream.events import Event
from livestream.timeline import Timeline
from tests.livestream.world import running
from tests.servers import RedisServer
from web.database import SqlDatabase
from web.live.audience import Audience
from web.routing import SERVICES
from web.serve import running as serving
from web.settings import Settings


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    """One that a test may stop."""
    server = RedisServer()
    server.start()
    yield server
    server.close()


async def test_an_outage_delays_and_loses_nothing(sqlite_database: SqlDatabase, redis_server: RedisServer) -> None:
    here, there = RedisBroker(redis_server.url), RedisBroker(redis_server.url)
    await here.start()
    await there.start()
    async with running(sqlite_database) as server:
        show_id = (await server.schedule()).show_id
        writer = Timeline(sqlite_database, here, lambda _: 0)
        seen: list[Event] = []
        audience = Audience(
            show_id, Timeline(sqlite_database, there, lambda _: 0), there, lambda _, event: seen.append(event)
        )
        await audience.open()
        there.on_gap(audience.heal)

        async def say(text: str) -> int:
            async with writer.transaction() as transaction:
                return (await transaction.append(show_id, "said", {"message_id": text, "text": text})).offset

        async def until_seen(offset: int) -> None:
            async with asyncio.timeout(15):
                while not seen or seen[-1].offset < offset:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)

        try:
            await until_seen(await say("before"))
            await asyncio.to_thread(redis_server.stop)
            last = 0
            for number in range(20):  # each is durable at once, whatever Redis does
                last = await asyncio.wait_for(say(f"meanwhile {number}"), 5)
            await asyncio.to_thread(redis_server.start)
            await until_seen(last)  # nobody has said anything since
            await until_seen(await say("after"))
            assert [event.offset for event in seen] == list(range(2, last + 2))
            assert [event.data["text"] for event in seen] == ["before", *(f"meanwhile {n}" for n in range(20)), "after"]
        finally:
            await audience.close()
            await there.stop()
            await here.stop()


@pytest.mark.parametrize("empty_database_url", ["postgresql"], indirect=True)
async def test_a_redis_that_is_away_at_the_start(
    tmp_path: Path, empty_database_url: str, redis_server: RedisServer
) -> None:
    """Two servers open, each by itself; when Redis comes they hear each other."""
    await asyncio.to_thread(redis_server.stop)
    settings = [
        Settings(
            host="127.0.0.1",
            port=0,
            udp_port=0,
            data=tmp_path / name,
            database_url=empty_database_url,
            redis_url=redis_server.url,
            limits=False,
        )
        for name in ("one", "two")
    ]
    async with serving(settings[0]) as (here, here_port), serving(settings[1]) as (there, there_port):
        counted: list[int] = []
        await there[SERVICES].broker.subscribe("x", lambda payload: counted.append(len(payload)))
        async with aiohttp.ClientSession() as http:
            for port in (here_port, there_port):
                async with http.get(f"http://127.0.0.1:{port}/readyz") as reply:
                    assert reply.status == 200
        await asyncio.to_thread(redis_server.start)
        async with asyncio.timeout(20):
            while not counted:
                await here[SERVICES].broker.publish("x", b"hello")
                await asyncio.sleep(0.05)
