"""Chat as the layers above see it: one object with everything that people and moderators may do."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from chat import sanction_store, store
from chat.errors import Busy, ChatError, ShowUnknown, TooFast
from chat.moderation import Moderation
from chat.people import People, person_data
from chat.rate import TalkRate
from chat.sanctions import Sanction, in_force
from chat.say_queue import SayQueue
from chat.saying import Said, Saying, take_down
from chat.text import message_key, message_text
from livestream.database import Database
from livestream.database_time import read_now_ms
from livestream.moments import acted
from livestream.timeline import Timeline

logger = logging.getLogger(__name__)

HISTORY = 100  # messages per page of the history, at the most
Banned = Callable[[str, str], Awaitable[None]]  # show id, account id


class Chat:
    """``start`` before the first message; ``stop`` writes what was accepted. ``people`` gives names to account ids."""

    def __init__(
        self,
        timeline: Timeline,
        database: Database,
        people: People,
        *,
        limits: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._timeline = timeline
        self._database = database
        self._people = people
        self._rate = TalkRate() if limits else None
        self._clock = clock
        self._queue = SayQueue(self._write)
        self._too_fast = 0
        self._banned: list[Banned] = []
        self.moderation = Moderation(timeline, people)

    def on_banned(self, callback: Banned) -> None:
        """``callback(show_id, account_id)`` is awaited after a ban has been committed."""
        self._banned.append(callback)

    async def start(self) -> None:
        await self._queue.start()

    async def stop(self) -> None:
        await self._queue.stop()

    async def say(self, show_id: str, account_id: str, text: str, key: str) -> Said:
        """Returns once the message is durable; the same key and text again give the same answer.

        Raises: InvalidMessage, TooFast, Busy, Sanctioned, ShowClosed, ShowUnknown, PersonUnknown.
        """
        saying = Saying(show_id, account_id, message_key(key), message_text(text), acted(show_id))
        if self._rate is not None:
            wait = self._rate.take(account_id, self._clock())
            if wait > 0:
                self._too_fast += 1
                raise TooFast("You are sending messages very fast. Please wait a moment.", wait)
        try:
            return await self._queue.say(saying)
        except Busy:
            if self._rate is not None:
                self._rate.give_back(account_id)
            raise

    async def _write(self, sayings: Sequence[Saying]) -> list[Said | ChatError]:
        async with self._timeline.transaction() as transaction:
            return await take_down(transaction, sayings, self._people)

    async def delete(self, show_id: str, by: str, message_id: str) -> None:
        """See ``Moderation.delete``."""
        await self.moderation.delete(show_id, by, message_id)

    async def sanction(
        self, show_id: str, by: str, account_id: str, kind: str, seconds: int | None, reason: str
    ) -> Sanction:
        """See ``Moderation.sanction``."""
        sanction = await self.moderation.sanction(show_id, by, account_id, kind, seconds, reason)
        if sanction.kind == "ban":
            for callback in self._banned:
                try:
                    await callback(show_id, account_id)
                except Exception:  # the ban stands
                    logger.exception("a hook of a ban failed")
        return sanction

    async def lift(self, show_id: str, by: str, account_id: str) -> None:
        """See ``Moderation.lift``."""
        await self.moderation.lift(show_id, by, account_id)

    async def sanction_of(self, show_id: str, account_id: str) -> Sanction | None:
        """The sanction that is in force now."""
        async with self._database.reading() as connection:
            found = await sanction_store.of(connection, show_id, account_id)
            return None if found is None else in_force(found, await read_now_ms(connection))

    async def may_buy(self, connection: AsyncConnection, show_id: str, account_id: str) -> bool:
        """Whether this person may hold and buy from this show: everybody who is not banned there. For transactions of sales."""
        found = await sanction_store.of(connection, show_id, account_id)
        if found is None or found.kind != "ban":
            return True
        return not found.holds(await read_now_ms(connection))

    async def sanctions(self, show_id: str) -> list[dict[str, Any]]:
        """``{account, kind, until, reason, by, created_at}`` of all in force, newest first; account and by are persons."""
        async with self._database.reading() as connection:
            found = await sanction_store.in_show(connection, show_id, await read_now_ms(connection))
            ids = {sanction.account_id for sanction, _, _ in found} | {by for _, by, _ in found}
            persons = await person_data(self._people, connection, ids)
        return [
            {
                "account": persons.get(sanction.account_id),
                **sanction.view(),
                "by": persons.get(by),
                "created_at": created_at,
            }
            for sanction, by, created_at in found
        ]

    async def history(self, show_id: str, before: int | None, limit: int = HISTORY) -> list[dict[str, Any]]:
        """Visible messages below offset ``before``, oldest first, shaped like ``said`` events. Raises: ShowUnknown."""
        async with self._database.reading() as connection:
            if await store.show_row(connection, show_id) is None:
                raise ShowUnknown("There is no such show.")
            rows = await store.history(connection, show_id, before, min(limit, HISTORY))
            persons = await person_data(self._people, connection, {row.account_id for row in rows})
        return [
            {
                "offset": row.offset,
                "at": row.at,
                "time": row.time,
                "kind": "said",
                "by": row.account_id,
                "data": {
                    "message_id": row.message_id,
                    "text": row.text,
                    "author": persons.get(row.account_id),
                    "role": row.role,
                },
            }
            for row in rows
        ]

    async def deleted(self, show_id: str, after: int, last: int) -> set[int]:
        """Offsets of what was said with offsets above ``after`` and up to ``last``, and has been deleted since."""
        async with self._database.reading() as connection:
            return await store.deleted_offsets(connection, show_id, after, last)

    def statistics(self) -> dict[str, int]:
        """Counters since start, and how many messages wait now."""
        return {**self._queue.counters, "messages_too_fast": self._too_fast, "messages_waiting_now": len(self._queue)}
