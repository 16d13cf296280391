"""Tells buyers of holds that are about to end (``hosts.notices``)."""

from __future__ import annotations

import sqlalchemy as sa

from cart.tables import holds
from hosts import notices
from hosts.database import Database
from hosts.database_time import now_ms
from hosts.notices import Kind
from hosts.notices.tables import notices as told
from hosts.tables import listings

# With less, a phone in a pocket is out too late; with more, everybody who is just paying would be told.
ENDING_MS = 40_000
LOOK_SECONDS = 5.0


class EndingHolds:
    """Tells buyers of holds that are about to end."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def look(self) -> float:
        """Returns the seconds until the next look."""
        async with self._database.reading() as connection:
            rows = (await connection.execute(_ending())).all()
        if rows:
            async with self._database.writing() as connection:
                # Again, so that what was paid or given back meanwhile is left out.
                for row in await connection.execute(_ending()):
                    await notices.add(
                        connection,
                        Kind.HOLD_ENDING,
                        [row.buyer_id],
                        about=row.hold_id,
                        path="/cart",
                        title=row.title,
                        ends_at=row.until,
                    )
        return LOOK_SECONDS


def _ending() -> sa.Select[tuple[str, str, int, str]]:
    """Holds near their end whose buyers have not been told."""
    known = (
        sa.select(told.c.number)
        .where(
            told.c.account_id == holds.c.buyer_id,
            told.c.kind == Kind.HOLD_ENDING.value,
            told.c.about == holds.c.hold_id,
        )
        .exists()
    )
    return (
        sa.select(holds.c.hold_id, holds.c.buyer_id, holds.c.until, listings.c.title)
        .join(listings, listings.c.listing_id == holds.c.listing_id)
        .where(
            holds.c.state == "active",
            holds.c.until > now_ms(),
            holds.c.until <= now_ms() + ENDING_MS,
            # A hold that began just now, shorter than usual, is not about to end for somebody who looks away.
            holds.c.created_at < holds.c.until - ENDING_MS,
            ~known,
        )
        .limit(200)
    )
