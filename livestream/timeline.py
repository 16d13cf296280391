"""The ordered log of everything that happens in a show.

An event is written in the transaction of its effect and published after that has committed; events of one transaction
travel together. A reader that sees an offset missing reads it from here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from livestream import timeline_store
from livestream.broker import Broker
from livestream.database import Database
from livestream.events import Event, encode_events, events_channel

ShowClock = Callable[[str], int | None]  # show id -> show clock now in milliseconds


class Transaction:
    """One writing transaction that may append events to any number of timelines."""

    def __init__(self, connection: AsyncConnection, show_clock: ShowClock) -> None:
        self.connection = connection
        self.appended: dict[str, list[Event]] = {}
        self._show_clock = show_clock

    async def append(self, show_id: str, kind: str, data: dict[str, Any], *, by: str | None = None) -> Event:
        """Add an event at the show's time now. ``data`` must be plain (msgpack-able). Raises: ShowNotFound.

        Appending locks the show until the commit: touch several shows in the order of their ids.
        """
        at = self._show_clock(show_id) or 0
        event = await timeline_store.append(self.connection, show_id, at, kind, by, data)
        self.appended.setdefault(show_id, []).append(event)
        return event

    async def append_all(self, show_id: str, entries: Sequence[timeline_store.Entry]) -> list[Event]:
        """Several events of one show, each (kind, by, data), in two statements however many. Raises: ShowNotFound."""
        if not entries:
            return []
        at = self._show_clock(show_id) or 0
        events = await timeline_store.append_all(self.connection, show_id, at, entries)
        self.appended.setdefault(show_id, []).extend(events)
        return events


class Timeline:
    def __init__(self, database: Database, broker: Broker, show_clock: ShowClock) -> None:
        self._database = database
        self._broker = broker
        self._show_clock = show_clock

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Commit effect and events together, then publish. Nothing is published when the block raises."""
        async with self._database.writing() as connection:
            transaction = Transaction(connection, self._show_clock)
            yield transaction
        for show_id, events in transaction.appended.items():
            await self._broker.publish(events_channel(show_id), encode_events(events))

    async def read(self, show_id: str, after: int, limit: int = 1000) -> list[Event]:
        async with self._database.reading() as connection:
            return await timeline_store.read(connection, show_id, after, limit)

    async def position(self, show_id: str) -> tuple[str, int]:
        """(epoch, last offset). Raises: ShowNotFound."""
        async with self._database.reading() as connection:
            return await timeline_store.position(connection, show_id)
