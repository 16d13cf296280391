"""The two ways into a database: what is committed, what is rolled back, who waits for whom."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from livestream.tables import shows
from web.database import SqlDatabase, database_url
from web.errors import error_response


def a_show(show_id: str) -> dict[str, object]:
    columns = {"show_id": show_id, "host_id": "h", "title": "t", "state": "scheduled", "starts_at": 1, "created_at": 1}
    return {**columns, "stream_key": "k", "epoch": "e"}


async def count(database: SqlDatabase) -> int:
    async with database.reading() as connection:
        return int(await connection.scalar(sa.select(sa.func.count()).select_from(shows)) or 0)


async def test_a_block_that_ends_is_committed(database: SqlDatabase) -> None:
    async with database.writing() as connection:
        await connection.execute(sa.insert(shows).values(a_show("1")))
    assert await count(database) == 1


async def test_a_block_that_raises_leaves_nothing(database: SqlDatabase) -> None:
    async def fail() -> None:
        async with database.writing() as connection:
            await connection.execute(sa.insert(shows).values(a_show("1")))
            raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        await fail()
    assert await count(database) == 0


async def test_a_cancelled_block_leaves_nothing_and_the_next_one_works(database: SqlDatabase) -> None:
    inside = asyncio.Event()

    async def hang() -> None:
        async with database.writing() as connection:
            await connection.execute(sa.insert(shows).values(a_show("1")))
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hang())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with database.writing() as connection:
        await connection.execute(sa.insert(shows).values(a_show("2")))
    assert await count(database) == 1


async def test_a_hundred_writers_take_turns(database: SqlDatabase) -> None:
    async with database.writing() as connection:
        await connection.execute(sa.insert(shows).values(a_show("1")))

    async def increment() -> None:
        async with database.writing() as connection:
            await connection.execute(sa.update(shows).values(last_offset=shows.c.last_offset + 1))

    await asyncio.gather(*(increment() for _ in range(100)))
    async with database.reading() as connection:
        assert await connection.scalar(sa.select(shows.c.last_offset)) == 100


async def test_a_reader_cannot_write_to_sqlite(sqlite_database: SqlDatabase) -> None:
    async with sqlite_database.reading() as connection:
        with pytest.raises(sa.exc.OperationalError, match="readonly"):
            await connection.execute(sa.insert(shows).values(a_show("1")))


async def test_sqlite_is_set_up_to_survive_a_power_cut(sqlite_database: SqlDatabase) -> None:
    async with sqlite_database.writing() as connection:
        assert await connection.scalar(sa.text("PRAGMA journal_mode")) == "wal"
        assert await connection.scalar(sa.text("PRAGMA synchronous")) == 2  # FULL


@pytest.mark.parametrize("url", ["mysql://a/b", "nonsense", ""])
def test_an_unknown_database_is_refused_with_what_to_give(url: str) -> None:
    with pytest.raises(ValueError, match=r"postgresql://"):
        database_url(url)


TERMINATE = sa.text("SELECT pg_terminate_backend(:pid)")


@pytest.mark.parametrize("work", ["SELECT 1", "SELECT pg_sleep(20)"])
async def test_a_postgresql_that_restarts_is_a_503_and_the_pool_recovers(postgresql_url: str, work: str) -> None:
    database = SqlDatabase(postgresql_url)

    async def cut_off() -> None:
        async with database.writing() as connection:
            pids.append(await connection.scalar(sa.text("SELECT pg_backend_pid()")))
            begun.set()
            if work == "SELECT 1":
                await ended.wait()
            await connection.execute(sa.text(work))

    pids: list[int | None] = []
    begun, ended = asyncio.Event(), asyncio.Event()
    task = asyncio.create_task(cut_off())
    try:
        await begun.wait()
        async with database.writing() as connection:
            await connection.execute(TERMINATE, {"pid": pids[0]})
        ended.set()
        with pytest.raises((sa.exc.DBAPIError, OSError)) as caught:
            await task
        response = error_response(caught.value)
        assert response is not None
        assert response.status == 503
        assert response.headers["Retry-After"]
        assert await count(database) == 0
    finally:
        await database.stop()
