"""The database's own clock, so that several servers agree on when a hold, a session or a sanction ends."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class now_ms(FunctionElement[int]):
    """Unix time in milliseconds, read by the database at the moment of use, also inside a long transaction."""

    type = sa.BigInteger()
    inherit_cache = True


@compiles(now_ms, "sqlite")
def _sqlite(element: now_ms, compiler: Any, **_: Any) -> str:
    # julianday has sub-millisecond resolution in the years that matter; unixepoch('subsec') needs SQLite 3.42.
    return "CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER)"


@compiles(now_ms, "postgresql")
def _postgresql(element: now_ms, compiler: Any, **_: Any) -> str:
    return "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)"


_NOW = sa.select(now_ms())


async def read_now_ms(connection: AsyncConnection) -> int:
    """The database's time now, in Unix milliseconds."""
    value = await connection.scalar(_NOW)
    return int(value or 0)
