"""Our sqlite3 under SQLAlchemy: what runs where, and what happens to who is cancelled in the middle."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from web.database import SqlDatabase, sqlite_url
from web.sqlite_connection import SqliteConnection


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SqlDatabase]:
    made = SqlDatabase(sqlite_url(tmp_path / "shop.sqlite"))
    async with made.writing() as connection:
        await connection.execute(sa.text("CREATE TABLE pieces (name TEXT PRIMARY KEY)"))
    yield made
    await made.stop()


async def names(database: SqlDatabase) -> list[str]:
    async with database.reading() as connection:
        return [str(name) for name in await connection.scalars(sa.text("SELECT name FROM pieces ORDER BY name"))]


@pytest.mark.parametrize("statement", ["BEGIN IMMEDIATE", "SELECT 1"])
@pytest.mark.parametrize("inline", [True, False])
async def test_only_the_writer_s_statements_run_on_the_loop_s_thread(
    tmp_path: Path, inline: bool, statement: str
) -> None:
    connection = SqliteConnection(str(tmp_path / "shop.sqlite"), inline=inline)
    assert (await connection.run(statement, threading.get_ident) == threading.get_ident()) is inline
    await connection.close()


async def test_a_beginning_that_finds_the_lock_taken_waits_on_the_connection_s_own_thread(tmp_path: Path) -> None:
    path = tmp_path / "shop.sqlite"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    connection = SqliteConnection(str(path), inline=True)
    writer, threads = sqlite3.connect(path, isolation_level=None, timeout=0, check_same_thread=False), []

    def begin() -> None:
        threads.append(threading.get_ident())
        if len(threads) == 2:
            other.execute("ROLLBACK")
        writer.execute("BEGIN IMMEDIATE")

    await connection.run("BEGIN IMMEDIATE", begin)
    here, there = threads
    assert here == threading.get_ident() != there
    other.close()
    writer.close()
    await connection.close()


async def test_the_writer_waits_for_another_process_without_stopping_the_loop(
    tmp_path: Path, database: SqlDatabase
) -> None:
    other = sqlite3.connect(tmp_path / "shop.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def write() -> None:
        async with database.writing() as connection:
            await connection.execute(sa.text("INSERT INTO pieces VALUES ('coat')"))

    writing = asyncio.create_task(write())
    done, _ = await asyncio.wait(
        [writing], timeout=0.05
    )  # the loop goes on: else this returned ten seconds later, done
    assert not done
    other.execute("COMMIT")
    other.close()
    await asyncio.wait_for(writing, 20)
    assert await names(database) == ["coat"]


async def test_who_is_cancelled_in_a_statement_leaves_the_connection_alone_until_it_has_ended(tmp_path: Path) -> None:
    connection = SqliteConnection(str(tmp_path / "shop.sqlite"), inline=False)
    begun, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        go_on.wait(20)
        ended.set()

    task = asyncio.create_task(connection.run("SELECT", work))
    await asyncio.to_thread(begun.wait, 20)
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=0.05)
    assert not done
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 20)
    assert ended.is_set()
    await connection.close()


async def test_who_is_cancelled_while_committing_has_committed(
    database: SqlDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with a power cut in that moment: what the client does not hear may have happened, and its key tells."""
    committing = asyncio.Event()
    commit = SqliteConnection.commit

    async def slowly(connection: SqliteConnection) -> None:
        committing.set()
        await commit(connection)

    monkeypatch.setattr(SqliteConnection, "commit", slowly)

    async def write() -> None:
        async with database.writing() as connection:
            await connection.execute(sa.text("INSERT INTO pieces VALUES ('coat')"))

    task = asyncio.create_task(write())
    await committing.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await names(database) == ["coat"]
    async with database.writing() as connection:
        await connection.execute(sa.text("INSERT INTO pieces VALUES ('dress')"))
    assert await names(database) == ["coat", "dress"]


async def test_many_rows_and_an_error_in_the_middle(database: SqlDatabase) -> None:
    async with database.writing() as connection:
        await connection.execute(
            sa.text("INSERT INTO pieces VALUES (:name)"), [{"name": f"{number:03}"} for number in range(300)]
        )
        streamed = await connection.stream(sa.text("SELECT name FROM pieces ORDER BY name"))
        assert [row.name async for row in streamed] == [f"{number:03}" for number in range(300)]
        with pytest.raises(sa.exc.IntegrityError):
            await connection.execute(sa.text("INSERT INTO pieces VALUES ('007')"))
        await connection.execute(sa.text("DELETE FROM pieces WHERE name >= '002'"))
    assert await names(database) == ["000", "001"]


async def test_a_database_that_cannot_be_opened_is_named_by_an_error(tmp_path: Path) -> None:
    database = SqlDatabase(sqlite_url(tmp_path / "no-such-folder" / "shop.sqlite"))
    with pytest.raises(sa.exc.OperationalError, match="unable to open"):
        await names(database)
    await database.stop()
