"""A show with its host and a moderator, on both databases, and chat on top of the real timeline."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from chat.service import Chat
from livestream.broker import LocalBroker
from livestream.events import Event
from livestream.tables import moderators, shows
from livestream.timeline import Timeline
from web.database import SqlDatabase


class Person(msgspec.Struct):
    id: str
    handle: str
    name: str
    avatar: str | None = None


class EverybodyButGhosts:
    """Whoever's id does not begin with "ghost" exists."""

    async def people_by_id(self, connection: AsyncConnection, ids: Collection[str], /) -> dict[str, Person]:
        return {name: Person(name, name, name.title()) for name in ids if not name.startswith("ghost")}


@dataclass
class Scene:
    database: SqlDatabase
    broker: LocalBroker
    timeline: Timeline
    chat: Chat
    clock: list[float] = field(default_factory=lambda: [0.0])

    async def add_show(self, show_id: str, host_id: str = "host", state: str = "live", *named: str) -> None:
        async with self.database.writing() as connection:
            await connection.execute(
                sa.insert(shows).values(
                    show_id=show_id, host_id=host_id, title="A show", state=state, starts_at=0, created_at=0,
                    stream_key="key", epoch="epoch",
                )
            )  # fmt: skip
            for account_id in named:
                await connection.execute(
                    sa.insert(moderators).values(show_id=show_id, account_id=account_id, named_at=0)
                )

    async def set_state(self, show_id: str, state: str) -> None:
        async with self.database.writing() as connection:
            await connection.execute(sa.update(shows).where(shows.c.show_id == show_id).values(state=state))

    async def events(self, show_id: str = "show") -> list[Event]:
        return await self.timeline.read(show_id, 0)

    async def kinds(self, show_id: str = "show") -> list[str]:
        return [event.kind for event in await self.events(show_id)]

    async def texts(self, show_id: str = "show") -> list[Any]:
        return [item["data"]["text"] for item in await self.chat.history(show_id, None)]


@pytest.fixture
async def scene(database: SqlDatabase) -> AsyncIterator[Scene]:
    broker = LocalBroker()
    timeline = Timeline(database, broker, lambda show_id: 1234)
    clock = [0.0]
    chat = Chat(timeline, database, EverybodyButGhosts(), clock=lambda: clock[0])
    scene = Scene(database, broker, timeline, chat, clock)
    await scene.add_show("show", "host", "live", "mod", "mod2")
    await chat.start()
    yield scene
    await chat.stop()
