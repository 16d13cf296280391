"""Snapshots of shows: one fold per show kept in memory and brought up to date from the timeline, never the whole log twice."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict, deque
from typing import Any

from livestream import timeline_store
from livestream.broker import Broker
from livestream.database import Database
from livestream.events import Event
from livestream.fold import Room
from livestream.timeline import Timeline

logger = logging.getLogger(__name__)

KEPT = 256  # folds in memory, the least recently asked for goes first; each is about as large as its snapshot (some 100 KB)
PAST_MS = 20_000  # how far the second fold trails: as far as a player may be behind the show when it joins
PAST_EVENTS = (
    500  # between the two folds; in a crowd's chat these are fewer seconds, and the channel sends them at once
)
READ = 1_000  # events per read: a few milliseconds of the loop


class _Kept:
    """One show's fold. A read that began after a caller came serves that caller; reads never run side by side."""

    def __init__(self) -> None:
        self.room = Room()
        self.trail = Room()  # the show as it was PAST_MS before its newest event
        self.between: deque[Event] = deque()  # from the trail to the room
        self.epoch = ""
        self.lock = asyncio.Lock()
        self.begun = 0
        self.completed = 0
        self.view: dict[str, Any] | None = None
        self.past: dict[str, Any] | None = None


class Rooms:
    def __init__(self, database: Database, timeline: Timeline, broker: Broker) -> None:
        self._database = database
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._counters = {"snapshots": 0, "reads": 0, "events_folded": 0, "forgotten": 0}

    async def start(self) -> None:
        """Nothing to open."""

    async def stop(self) -> None:
        self._kept.clear()

    async def snapshot(self, show_id: str) -> dict[str, Any]:
        """The show as it is at some moment after this call began: ``{offset, show, lineup, featured, messages, moderators}``.

        Plain data, shared with other callers: do not change it. Raises: ShowNotFound.
        """
        kept = await self._present(show_id)
        if kept.view is None:
            kept.view = kept.room.snapshot()
        self._counters["snapshots"] += 1
        return kept.view

    async def past(self, show_id: str) -> dict[str, Any]:
        """The show as it was some 20 s before its newest event; with the events since it is the present. For a page whose
        picture is behind: it can show the state of any moment in between. Raises: ShowNotFound."""
        kept = await self._present(show_id)
        if kept.past is None:
            kept.past = kept.trail.snapshot()
        self._counters["snapshots"] += 1
        return kept.past

    async def _present(self, show_id: str) -> _Kept:
        """The folds, brought up to date at some moment after this call began."""
        kept = self._keep(show_id)
        ticket = kept.begun
        async with kept.lock:
            if kept.completed <= ticket:
                kept.begun += 1
                try:
                    await self._catch_up(show_id, kept)
                except BaseException:
                    if kept.room.offset == 0 and self._kept.get(show_id) is kept:  # an unknown id leaves nothing behind
                        del self._kept[show_id]
                    raise
                kept.completed = kept.begun
        return kept

    async def featured(self, show_id: str) -> list[str]:
        """Listings that are featured now, in the order in which they were. Raises: ShowNotFound."""
        return list((await self.snapshot(show_id))["featured"])

    def statistics(self) -> dict[str, int]:
        return {**self._counters, "kept_now": len(self._kept)}

    def _keep(self, show_id: str) -> _Kept:
        kept = self._kept.get(show_id)
        if kept is None:
            kept = self._kept[show_id] = _Kept()
        self._kept.move_to_end(show_id)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
            self._counters["forgotten"] += 1
        return kept

    async def _catch_up(self, show_id: str, kept: _Kept) -> None:
        async with self._database.reading() as connection:
            epoch, head = await timeline_store.position(connection, show_id)
            self._counters["reads"] += 1
            if epoch != kept.epoch or head < kept.room.offset:  # another history than the one folded here
                kept.room, kept.epoch, kept.view = Room(), epoch, None
                kept.trail, kept.past = Room(), None
                kept.between.clear()
            while kept.room.offset < head:
                events = await timeline_store.read(connection, show_id, kept.room.offset, READ)
                if not events:
                    break
                self._fold(show_id, kept.room, events)
                self._counters["events_folded"] += len(events)
                kept.view = None
                self._follow(show_id, kept, events)
                await asyncio.sleep(0)

    def _follow(self, show_id: str, kept: _Kept, events: list[Event]) -> None:
        """Let the second fold take what has become old by these events."""
        kept.between.extend(events)
        until = events[-1].time - PAST_MS
        old: list[Event] = []
        while kept.between and (
            kept.between[0].time <= until
            or len(kept.between) > PAST_EVENTS
            or kept.between[0].offset == 1  # a show has a name and a host as long as it exists
        ):
            old.append(kept.between.popleft())
        if old:
            self._fold(show_id, kept.trail, old)
            kept.past = None

    def _fold(self, show_id: str, room: Room, events: list[Event]) -> None:
        for event in events:
            try:
                room.apply(event)
            except (KeyError, TypeError, AttributeError):  # one malformed entry must not close the show to everybody
                logger.exception("show %s: event %d (%s) cannot be folded", show_id, event.offset, event.kind)
                room.offset = event.offset
