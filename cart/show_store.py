"""What selling reads about shows."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cart.errors import ShowOver, ShowUnknown
from hosts.fields import is_id
from livestream.tables import shows

OVER = ("ended", "cancelled")
ON_AIR = ("live", "interrupted")


@dataclass(frozen=True, slots=True)
class ShowFacts:
    show_id: str
    host_id: str
    title: str
    state: str

    @property
    def over(self) -> bool:
        return self.state in OVER


async def show(connection: AsyncConnection, show_id: str, *, lock: bool = False) -> ShowFacts:
    """``lock`` keeps the show's lineup and state as they are until the commit. Raises: ShowUnknown."""
    query = sa.select(shows.c.show_id, shows.c.host_id, shows.c.title, shows.c.state).where(shows.c.show_id == show_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).first() if is_id(show_id) else None
    if row is None:
        raise ShowUnknown("There is no such show.")
    return ShowFacts(*row)


async def open_show(connection: AsyncConnection, show_id: str) -> ShowFacts:
    """Locked, for a change of its lineup. Raises: ShowUnknown, ShowOver."""
    found = await show(connection, show_id, lock=True)
    if found.over:
        raise ShowOver("This show is over; its lineup stays as it was.")
    return found


async def titles(connection: AsyncConnection, show_ids: set[str]) -> dict[str, str]:
    rows = await connection.execute(sa.select(shows.c.show_id, shows.c.title).where(shows.c.show_id.in_(show_ids)))
    return {row[0]: row[1] for row in rows}


def ids_over() -> sa.Select[tuple[str]]:
    """The shows that have ended or were cancelled, as a subquery."""
    return sa.select(shows.c.show_id).where(shows.c.state.in_(OVER))
