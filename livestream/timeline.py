"""The ordered log of everything that happens in a show.

An event is written in the transaction of its effect and published after that has committed; events of one transaction
travel together, and one process publishes a show's events in the order of their offsets. A reader that sees an offset
missing reads it from here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from livestream import timeline_store
from livestream.broker import Broker
from livestream.database import Database
from livestream.errors import OffsetGone
from livestream.events import Event, encode_events, events_channel
from livestream.moments import Moment, acted

ShowClock = Callable[
    [str], int | None
]  # show id -> show clock now in milliseconds; None: this process has no such clock
Turn = asyncio.Future[None]


class Transaction:
    """One writing transaction that may append events to any number of timelines."""

    def __init__(self, connection: AsyncConnection, show_clock: ShowClock, turns: _Turns) -> None:
        self.connection = connection
        self.appended: dict[str, list[Event]] = {}
        self._show_clock = show_clock
        self.turns = turns

    async def append(self, show_id: str, kind: str, data: dict[str, Any], *, by: str | None = None) -> Event:
        """Add an event at the show's time now, or at the moment that its author saw. ``data`` must be plain (msgpack-able).

        Raises: ShowNotFound.

        Appending locks the show until the commit: touch several shows in the order of their ids.
        """
        return (await self.append_all(show_id, [(kind, by, data)]))[0]

    async def append_all(
        self, show_id: str, entries: Sequence[timeline_store.Entry], moments: Sequence[Moment | None] | None = None
    ) -> list[Event]:
        """Several events of one show, each (kind, by, data), in two statements however many. Raises: ShowNotFound.

        ``moments``: what the author of each was seeing; without it, the moment of the act that is being carried out.
        """
        if not entries:
            return []
        if moments is None:
            moments = [acted(show_id)] * len(entries)
        events = await timeline_store.append_all(self.connection, show_id, self._show_clock(show_id), entries, moments)
        if show_id not in self.appended:
            self.turns.take(show_id)
        self.appended.setdefault(show_id, []).extend(events)
        return events


class _Turns:
    """Who publishes after whom. A turn is taken while the show's row is locked, so turns are in the order of offsets; who
    has committed waits only for turns taken before, whose commits came before, so nobody waits in a circle."""

    def __init__(self, last: dict[str, Turn]) -> None:
        self._last = last
        self._own: dict[str, tuple[Turn | None, Turn]] = {}

    def take(self, show_id: str) -> None:
        before = self._last.get(show_id)
        own: Turn = asyncio.get_running_loop().create_future()
        self._own[show_id] = (before, own)
        self._last[show_id] = own

    async def reached(self, show_id: str) -> None:
        before, _ = self._own[show_id]
        if before is not None and not before.done():
            await asyncio.wait([before])

    def pass_on(self, show_id: str) -> None:
        before, own = self._own.pop(show_id)
        if (
            before is not None and not before.done()
        ):  # nothing was committed: whoever comes next waits for the one before
            before.add_done_callback(lambda _: self._end(show_id, own))
        else:
            self._end(show_id, own)

    def _end(self, show_id: str, own: Turn) -> None:
        own.set_result(None)
        if self._last.get(show_id) is own:
            del self._last[show_id]

    def pass_all(self) -> None:
        for show_id in tuple(self._own):
            self.pass_on(show_id)


class Timeline:
    def __init__(self, database: Database, broker: Broker, show_clock: ShowClock) -> None:
        self._database = database
        self.broker = broker
        self._show_clock = show_clock
        self._last_turns: dict[str, Turn] = {}

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Commit effect and events together, then publish. Nothing is published when the block raises."""
        turns = _Turns(self._last_turns)
        try:
            async with self._database.writing() as connection:
                transaction = Transaction(connection, self._show_clock, turns)
                yield transaction
            for show_id, events in transaction.appended.items():
                try:
                    await turns.reached(show_id)
                finally:  # out of turn rather than not at all: readers put events in order by their offsets
                    await self.broker.publish(events_channel(show_id), encode_events(events))
                turns.pass_on(show_id)
        finally:
            turns.pass_all()

    def within(self, connection: AsyncConnection) -> Transaction:
        """For events in a writing transaction that somebody else opened. Once it has ended, whichever way, call
        ``publish_committed``, without fail: later events of the shows wait for their turn."""
        return Transaction(connection, self._show_clock, _Turns(self._last_turns))

    async def publish_committed(self, transaction: Transaction) -> None:
        """Publish what was appended ``within`` somebody's transaction, as far as it was really committed."""
        turns = transaction.turns
        try:
            for show_id, events in transaction.appended.items():
                await turns.reached(show_id)
                if committed := await self.read(show_id, events[0].offset - 1, len(events)):
                    await self.broker.publish(events_channel(show_id), encode_events(committed))
                turns.pass_on(show_id)
        finally:
            turns.pass_all()

    async def read(self, show_id: str, after: int, limit: int = 1000) -> list[Event]:
        """Events above offset ``after``, oldest first, at most ``limit``. Raises: OffsetGone when the next one is not kept."""
        async with self._database.reading() as connection:
            events = await timeline_store.read(connection, show_id, after, limit)
        if events and events[0].offset != after + 1:
            raise OffsetGone(f"Events after {after} are not kept any more: take a snapshot.")
        return events

    async def read_kinds(self, show_id: str, kinds: Sequence[str]) -> list[Event]:
        """All events of these kinds, oldest first."""
        async with self._database.reading() as connection:
            return await timeline_store.read_kinds(connection, show_id, kinds)

    async def position(self, show_id: str) -> tuple[str, int]:
        """(epoch, last offset). Raises: ShowNotFound."""
        async with self._database.reading() as connection:
            return await timeline_store.position(connection, show_id)
