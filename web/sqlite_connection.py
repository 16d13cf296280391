"""sqlite3 as SQLAlchemy's asyncio dialect wants it, with as few steps between threads as the loop can bear.

aiosqlite hands cursor, execute, fetch and close to its thread one by one: four times there and back for a statement that
SQLite answers in 20 microseconds. Here the statements of the writing connection run where they are called, and only what waits
for the disk or for another process's lock goes to a thread; a reading connection, whose questions may be long, goes there once
per statement. See ``docs/decisions/0025-statements-where-they-are-called.md``.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")

WAIT_MS = 10_000  # for another process's lock


class SqliteConnection:
    """What ``create_async_engine(async_creator=...)`` takes: the part of aiosqlite's interface that the dialect calls.

    One statement at a time; SQLAlchemy sees to that.
    """

    def __init__(self, path: str, *, inline: bool) -> None:
        """``inline``: statements run on the loop's thread. Raises: sqlite3.OperationalError."""
        # Transactions are begun by the engine's "begin" event, never by the module.
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite")
        self._inline = inline

    async def run(self, statement: str, work: Callable[[], T]) -> T:
        if not self._inline:
            return await self._away(work)
        # Only the beginning of a writing transaction may find another process's lock: the statements after it have it.
        if not statement.startswith("BEGIN"):
            return work()
        try:
            return self._without_waiting(work)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
        return await self._away(work)

    def _without_waiting(self, work: Callable[[], T]) -> T:
        self._connection.execute("PRAGMA busy_timeout=0")
        try:
            return work()
        finally:
            self._connection.execute(f"PRAGMA busy_timeout={WAIT_MS}")

    async def _away(self, work: Callable[[], T]) -> T:
        """On this connection's thread. Who is cancelled meanwhile waits for it: two threads never share the connection."""
        running = asyncio.get_running_loop().run_in_executor(self._thread, work)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            await asyncio.wait([running])
            raise

    def cursor(self) -> SqliteCursor:
        return SqliteCursor(self, self._connection.cursor())

    async def commit(self) -> None:
        if not self._connection.in_transaction:
            return
        if self._inline:
            await self._away(self._connection.commit)  # waits for the disk, and checkpoints the log now and then
        else:
            self._connection.commit()

    async def rollback(self) -> None:
        self._connection.rollback()

    async def create_function(self, *arguments: Any, **options: Any) -> None:
        self._connection.create_function(*arguments, **options)

    async def close(self) -> None:
        try:
            await self._away(self._connection.close)  # the last one writes the log back
        finally:
            self._thread.shutdown(wait=False)

    def stop(self) -> None:
        """Close without a loop, which the pool does with what it finds lost."""
        self._thread.shutdown()
        self._connection.close()


class SqliteCursor:
    """The rows of a statement are read with it: the dialect asks for all of them at once anyway."""

    arraysize = 1

    def __init__(self, connection: SqliteConnection, cursor: sqlite3.Cursor) -> None:
        self._connection = connection
        self._cursor = cursor
        self._rows: list[Any] = []

    async def __aenter__(self) -> SqliteCursor:
        return self

    @property
    def description(self) -> Any:
        return self._cursor.description

    @property
    def rowcount(self) -> int:
        return self._cursor.rowcount

    @property
    def lastrowid(self) -> int | None:
        return self._cursor.lastrowid

    async def execute(self, statement: str, parameters: Any = ()) -> SqliteCursor:
        """Raises: sqlite3.Error."""

        def work() -> list[Any]:
            self._cursor.execute(statement, parameters)
            return [] if self._cursor.description is None else self._cursor.fetchall()

        self._rows = await self._connection.run(statement, work)
        return self

    async def executemany(self, statement: str, parameters: Any) -> SqliteCursor:
        """Raises: sqlite3.Error."""
        await self._connection.run(statement, lambda: self._cursor.executemany(statement, parameters))
        return self

    async def fetchone(self) -> Any:
        return self._rows.pop(0) if self._rows else None

    async def fetchmany(self, size: int | None = None) -> Sequence[Any]:
        count = size or self.arraysize
        some, self._rows = self._rows[:count], self._rows[count:]
        return some

    async def fetchall(self) -> Sequence[Any]:
        rows, self._rows = self._rows, []
        return rows

    async def __aiter__(self) -> AsyncIterator[Any]:
        for row in await self.fetchall():
            yield row

    async def close(self) -> None:
        self._cursor.close()
