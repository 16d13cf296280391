"""Who hears that a show has started: those who follow its host, and those who asked to be reminded."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from hosts import notices
from hosts.notices import Kind
from hosts.people import People
from livestream.bookmarks import bookmarked_by
from livestream.shows import Show

AT_ONCE = 500  # rows of one statement: databases bound its parameters


class ShowStarts:
    def __init__(self, people: People) -> None:
        self._people = people

    async def tell(self, connection: AsyncConnection, show: Show) -> None:
        """Called inside the transaction in which the show goes on air for the first time."""
        persons = await self._people.people_by_id(connection, [show.host_id])
        host = persons.get(show.host_id)
        notice: dict[str, Any] = {
            "about": show.show_id,
            "path": f"/show/{show.show_id}",
            "title": show.title,
            "name": host.name if host is not None else "",
        }
        await notices.add_for_followers(connection, Kind.SHOW_STARTED, show.host_id, **notice)
        reminded = await bookmarked_by(connection, show.show_id)  # who is told already, as a follower, is told once
        for start in range(0, len(reminded), AT_ONCE):
            await notices.add(connection, Kind.SHOW_STARTED, reminded[start : start + AT_ONCE], **notice)
