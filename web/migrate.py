"""Bring the database's schema up to date at start."""

from __future__ import annotations

from web.database import SqlDatabase
from web.schema import create_all


async def migrate(database: SqlDatabase) -> None:
    async with database.writing() as connection:
        await connection.run_sync(create_all)
