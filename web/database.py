"""One way into SQLite or PostgreSQL for everybody: ``reading`` and ``writing``.

SQLite: WAL, synchronous FULL (an acknowledged claim survives a power cut), one connection for all writes and checkpoints
(SQLite before 3.51.3 can corrupt the log when two connections write or checkpoint at once), BEGIN IMMEDIATE (a deferred
transaction that reads first and writes later fails at once when another one wrote in between).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from web.sqlite_connection import WAIT_MS, SqliteConnection

READERS = 4  # SQLite readers: more than two cores' worth of queries never run at once
POSTGRESQL_CONNECTIONS = 20


def sqlite_url(path: Path) -> str:
    return URL.create("sqlite+aiosqlite", database=str(path)).render_as_string()


def database_url(url: str) -> URL:
    """Choose the async driver for a plain ``postgresql://`` or ``sqlite:///`` URL. Raises ValueError for another kind."""
    try:
        parsed = make_url(url)
    except sa.exc.ArgumentError as error:
        raise ValueError(
            "The database URL cannot be read; it looks like postgresql://user:password@host/name"
        ) from error
    backend = parsed.get_backend_name()
    if backend in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+asyncpg")
    if backend == "sqlite":
        return parsed.set(drivername="sqlite+aiosqlite")
    raise ValueError(f"A {backend} database is not supported: give a postgresql:// or sqlite:/// URL")


class SqlDatabase:
    """Implements the ``Database`` protocol of the packages below. ``stop`` closes every connection."""

    def __init__(self, url: str) -> None:
        parsed = database_url(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self.url = parsed
        self._writer_free = asyncio.Lock()
        if self.is_sqlite:
            self._writer = _sqlite_engine(parsed, pool_size=1, readonly=False)
            self._reader = _sqlite_engine(parsed, pool_size=READERS, readonly=True)
        else:
            self._writer = self._reader = create_async_engine(
                parsed, pool_size=POSTGRESQL_CONNECTIONS, max_overflow=0, pool_timeout=10, pool_pre_ping=True
            )

    @property
    def engine(self) -> AsyncEngine:
        """The writing engine, for migrations."""
        return self._writer

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        async with self._reader.connect() as connection:
            yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        if not self.is_sqlite:
            async with self._writer.begin() as connection:
                yield connection
            return
        # The lock keeps waiters in the order they came; the pool's own queue would time out instead.
        async with self._writer_free, self._writer.begin() as connection:
            yield connection

    async def stop(self) -> None:
        await self._reader.dispose()
        if self._writer is not self._reader:
            await self._writer.dispose()  # the last to close: it writes the final checkpoint


def _sqlite_engine(url: URL, *, pool_size: int, readonly: bool) -> AsyncEngine:
    async def open_one() -> SqliteConnection:
        return SqliteConnection(url.database or "", inline=not readonly)

    engine = create_async_engine(
        url,
        async_creator=open_one,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=30,
        poolclass=sa.pool.AsyncAdaptedQueuePool,
    )

    @sa.event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={WAIT_MS}",
            *(("query_only=ON", "wal_autocheckpoint=0") if readonly else ()),
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine.sync_engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")

    return engine
