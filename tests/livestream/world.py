"""A server's shows on a database, with an engine double."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import sqlalchemy as sa

from livestream.broker import LocalBroker
from livestream.database import Database
from livestream.database_time import now_ms, read_now_ms
from livestream.events import Event
from livestream.room import Rooms
from livestream.show_service import Shows
from livestream.shows import PersonData, Show
from livestream.timeline import Timeline
from tests.livestream.engine_double import EngineDouble

HOST: PersonData = {"id": "host", "handle": "mara", "name": "Mara", "avatar": None}
LENA: PersonData = {"id": "lena", "handle": "lena", "name": "Lena", "avatar": None}


class Server:
    """One server among those on a database. The keeper looks only when a test says so."""

    def __init__(self, database: Database, server_id: str = "server-a", broker: LocalBroker | None = None) -> None:
        self.database = database
        self.broker = broker or LocalBroker()
        self.engine = EngineDouble()
        self.timeline = Timeline(database, self.broker, self.engine.show_ms)
        self.rooms = Rooms(database, self.timeline, self.broker)
        self.shows = Shows(database, self.timeline, self.engine, server_id=server_id, keeper_every=3600)

    async def start(self) -> None:
        """The keeper's own first look is made by hand, so that a test knows when it is over."""
        await self.shows.media.start()
        await self.shows.viewers.start()
        await self.shows.keeper.look()

    async def stop(self) -> None:
        await self.shows.stop()

    async def schedule(self, title: str = "Autumn coats", host: PersonData = HOST) -> Show:
        async with self.database.reading() as connection:
            now = await read_now_ms(connection)
        return await self.shows.schedule(host, title, "Wool and more", now + 60_000)

    async def go_live(self, show: Show) -> str:
        """A host publishes and sends; returns the session."""
        session = (await self.shows.media.publish(show.show_id, show.stream_key, "offer")).session_id
        self.engine.clocks.setdefault(show.show_id, 0)
        await self.shows.media.started(show.show_id, session)
        return session

    async def kinds(self, show_id: str) -> list[str]:
        return [event.kind for event in await self.events(show_id)]

    async def events(self, show_id: str) -> list[Event]:
        return await self.timeline.read(show_id, 0)

    async def set_back(self, table: sa.Table, column: str, milliseconds: int, where: sa.ColumnElement[bool]) -> None:
        """Make something have happened so long ago, by the database's clock."""
        async with self.database.writing() as connection:
            await connection.execute(sa.update(table).where(where).values({column: now_ms() - milliseconds}))


@asynccontextmanager
async def running(
    database: Database, server_id: str = "server-a", broker: LocalBroker | None = None
) -> AsyncIterator[Server]:
    server = Server(database, server_id, broker)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
