"""Who wants to be told when a planned show starts."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from livestream import show_store
from livestream.database import Database
from livestream.database_time import now_ms
from livestream.errors import ShowStateError
from livestream.shows import State
from livestream.tables import bookmarks


class Bookmarks:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, show_id: str, account_id: str) -> int:
        """Again is fine; how many there are now. Raises: ShowNotFound, ShowStateError once the show has begun."""
        async with self._database.writing() as connection:
            show = await show_store.get(connection, show_id, lock=True)
            if show.state is not State.SCHEDULED:
                raise ShowStateError("The show has begun already: there is nothing left to be reminded of.")
            if not await _has(connection, show_id, account_id):
                await connection.execute(
                    sa.insert(bookmarks).values(show_id=show_id, account_id=account_id, created_at=now_ms())
                )
            return await _count(connection, show_id)

    async def remove(self, show_id: str, account_id: str) -> int:
        """Raises: ShowNotFound."""
        async with self._database.writing() as connection:
            await show_store.get(connection, show_id)
            where = (bookmarks.c.show_id == show_id, bookmarks.c.account_id == account_id)
            await connection.execute(sa.delete(bookmarks).where(*where))
            return await _count(connection, show_id)

    async def look(self, show_id: str, account_id: str | None) -> tuple[bool, int]:
        """(whether this account has one, how many have). Raises: ShowNotFound."""
        async with self._database.reading() as connection:
            await show_store.get(connection, show_id)
            has = account_id is not None and await _has(connection, show_id, account_id)
            return has, await _count(connection, show_id)


async def bookmarked_by(connection: AsyncConnection, show_id: str) -> list[str]:
    """The accounts to tell, in the transaction in which the show starts."""
    query = sa.select(bookmarks.c.account_id).where(bookmarks.c.show_id == show_id).order_by(bookmarks.c.account_id)
    return [str(row[0]) for row in await connection.execute(query)]


async def _has(connection: AsyncConnection, show_id: str, account_id: str) -> bool:
    query = sa.select(sa.literal(1)).where(bookmarks.c.show_id == show_id, bookmarks.c.account_id == account_id)
    return (await connection.execute(query)).first() is not None


async def _count(connection: AsyncConnection, show_id: str) -> int:
    query = sa.select(sa.func.count()).where(bookmarks.c.show_id == show_id)
    return int(await connection.scalar(query) or 0)
