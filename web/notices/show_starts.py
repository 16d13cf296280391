"""Who hears that a show has started: those who follow its host."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from hosts import notices
from hosts.notices import Kind
from hosts.people import People
from livestream.shows import Show


class ShowStarts:
    def __init__(self, people: People) -> None:
        self._people = people

    async def tell(self, connection: AsyncConnection, show: Show) -> None:
        """Called inside the transaction in which the show goes on air for the first time."""
        persons = await self._people.people_by_id(connection, [show.host_id])
        host = persons.get(show.host_id)
        await notices.add_for_followers(
            connection,
            Kind.SHOW_STARTED,
            show.host_id,
            about=show.show_id,
            path=f"/show/{show.show_id}",
            title=show.title,
            name=host.name if host is not None else "",
        )
