"""Session lookups that come together share a statement, and never an old answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from hosts import session_store
from hosts.session_lookups import SessionLookups
from hosts.tables import accounts
from web.database import SqlDatabase


class Counting:
    """The database, and how often it was read. ``broken`` makes it fail."""

    def __init__(self, database: SqlDatabase) -> None:
        self.database = database
        self.reads = 0
        self.broken = False

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        self.reads += 1
        if self.broken:
            raise OSError("the disk is gone")
        async with self.database.reading() as connection:
            yield connection

    def writing(self):  # type: ignore[no-untyped-def]
        return self.database.writing()


@pytest.fixture
async def counting(database: SqlDatabase) -> Counting:
    async with database.writing() as connection:
        for name in ("ana", "ben"):
            values = {"account_id": name, "email": name, "email_key": name, "handle": name, "name": name}
            await connection.execute(sa.insert(accounts).values(**values, password_hash="none", created_at=1))
        await session_store.add(connection, "hash-ana", "ana", 60_000)
        await session_store.add(connection, "hash-ben", "ben", 60_000)
        await session_store.add(connection, "hash-old", "ben", -1)
    return Counting(database)


async def test_many_at_once_are_answered_together_and_apart(counting: Counting) -> None:
    lookups = SessionLookups(counting)
    asked = ["hash-ana", "hash-ben", "hash-old", "nobody"] * 200
    answers = await asyncio.gather(*(lookups.account_of(token_hash) for token_hash in asked))
    assert answers == ["ana", "ben", None, None] * 200
    assert counting.reads <= 3


async def test_an_ended_session_is_over_at_once(counting: Counting) -> None:
    lookups = SessionLookups(counting)
    assert await lookups.account_of("hash-ana") == "ana"
    async with counting.database.writing() as connection:
        await session_store.end(connection, "hash-ana")
    assert await lookups.account_of("hash-ana") is None


async def test_who_gives_up_or_fails_harms_nobody(counting: Counting) -> None:
    lookups = SessionLookups(counting)
    gone = asyncio.create_task(lookups.account_of("hash-ana"))
    other = asyncio.create_task(lookups.account_of("hash-ben"))
    await asyncio.sleep(0)
    gone.cancel()
    assert await other == "ben"
    counting.broken = True
    with pytest.raises(OSError, match="disk"):
        await lookups.account_of("hash-ana")
    counting.broken = False
    assert await lookups.account_of("hash-ana") == "ana"
