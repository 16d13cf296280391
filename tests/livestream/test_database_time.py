"""The database's clock and the timeline's counter, on both databases."""

from __future__ import annotations

import time

from livestream.database_time import read_now_ms
from web.database import SqlDatabase


async def test_the_database_tells_unix_milliseconds(database: SqlDatabase) -> None:
    before = time.time() * 1000
    async with database.writing() as connection:
        now = await read_now_ms(connection)
    assert before - 1000 <= now <= time.time() * 1000 + 1000
