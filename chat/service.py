"""Chat as the layers above see it: one object with everything that people and moderators may do."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Unpack

from sqlalchemy.ext.asyncio import AsyncConnection

from chat import act_store, sanction_store, store
from chat.arrivals import Arrivals
from chat.ballot import Ballot
from chat.clockwork import Clockwork
from chat.errors import Busy, ChatError, PersonUnknown, ShowUnknown, TooFast
from chat.house_rules import HouseRules
from chat.judging import Judge
from chat.moderation import Done, Moderation
from chat.people import Circles, NoCircles, People, person_data
from chat.rate import TalkRate
from chat.reviewing import Reviewing
from chat.sanctions import Sanction, in_force, told
from chat.say_queue import SayQueue
from chat.saying import Said, Saying, take_down
from chat.steering import Steering, rules_of
from chat.text import message_key, message_text
from chat.undoing import Undoing
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
        circles: Circles | None = None,
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
        self._circles = circles or NoCircles()
        self._judge = Judge(self._circles, limits=limits, clock=clock)
        self.arrivals = Arrivals(database, people)
        self.moderation = Moderation(timeline, people)
        self.undoing = Undoing(timeline, people, self.moderation)
        self.reviewing = Reviewing(timeline, people, self.moderation)
        self.steering = Steering(timeline, database, people)
        self._ballot = Ballot(self.steering.take_votes)
        self._clockwork = Clockwork([self.steering.close_overdue])

    def on_banned(self, callback: Banned) -> None:
        """``callback(show_id, account_id)`` is awaited after a ban has been committed."""
        self._banned.append(callback)

    async def start(self) -> None:
        await self._queue.start()
        await self._clockwork.start()

    async def stop(self) -> None:
        await self._clockwork.stop()
        await self._ballot.stop()
        await self._queue.stop()

    async def say(
        self,
        show_id: str,
        account_id: str,
        text: str,
        key: str,
        *,
        reply_to: str | None = None,
        question: bool = False,
        announcement: bool = False,
    ) -> Said:
        """Returns once the message is durable; the same key and text again give the same answer.

        Raises: InvalidMessage, TooFast, Busy, Sanctioned, ShowClosed, ShowUnknown, PersonUnknown, HouseRule, Repeated,
        BlockedWord, NotAllowed (an announcement).
        """
        saying = Saying(
            show_id, account_id, message_key(key), message_text(text), acted(show_id), reply_to, question, announcement
        )
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
            return await take_down(transaction, sayings, self._people, self._judge)

    async def vote(self, show_id: str, account_id: str, poll_id: str, choice: int) -> None:
        """Returns once the vote is durable. Raises: PollClosed, InvalidPoll, Sanctioned, Busy, ShowUnknown."""
        await self._ballot.vote(show_id, poll_id, account_id, choice)

    async def delete(self, show_id: str, by: str, message_id: str, reason: str = "") -> Done:
        """See ``Moderation.delete``."""
        return await self.moderation.delete(show_id, by, message_id, reason)

    async def sanction(
        self,
        show_id: str,
        by: str,
        account_id: str,
        kind: str,
        seconds: int | None,
        reason: str,
        scope: str = "show",
    ) -> Done:
        """See ``Moderation.sanction``."""
        done = await self.moderation.sanction(show_id, by, account_id, kind, seconds, reason, scope)
        if kind == "ban":
            for show in done.shows:
                await self._tell_banned(show, account_id)
        return done

    async def _tell_banned(self, show_id: str, account_id: str) -> None:
        for callback in self._banned:
            try:
                await callback(show_id, account_id)
            except Exception:  # the ban stands
                logger.exception("a hook of a ban failed")

    async def lift(self, show_id: str, by: str, account_id: str) -> Done:
        """See ``Moderation.lift``."""
        return await self.moderation.lift(show_id, by, account_id)

    async def sanction_of(self, show_id: str, account_id: str) -> Sanction | None:
        """The sanction that is in force now, as its person knows it: the shadow is not told."""
        async with self._database.reading() as connection:
            found = await sanction_store.of(connection, show_id, account_id)
            return None if found is None else told(in_force(found, await read_now_ms(connection)))

    async def words_in_shadow(self, show_id: str, account_id: str) -> list[dict[str, Any]]:
        """What this person said that only they and moderators see, as ``said`` events, newest last."""
        async with self._database.reading() as connection:
            rows = await store.visible_of(connection, show_id, account_id, HISTORY)
            persons = await person_data(self._people, connection, [account_id])
        return [row.said(persons.get(account_id)) for row in reversed(rows) if row.state == "shadow"]

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
            ids = {sanction.account_id for sanction in found} | {sanction.by for sanction in found}
            persons = await person_data(self._people, connection, ids)
        return [
            {
                "account": persons.get(sanction.account_id),
                "scope": sanction.scope,
                **sanction.view(),
                "by": persons.get(sanction.by),
                "created_at": sanction.since,
            }
            for sanction in found
        ]

    async def history(
        self,
        show_id: str,
        before: int | None,
        limit: int = HISTORY,
        *,
        reader: str | None = None,
        words: str = "",
        account_id: str | None = None,
    ) -> list[dict[str, Any]]:
        """Messages below offset ``before`` that this reader may see, oldest first, shaped like ``said`` events.

        ``words``: only those with this text; ``account_id``: only of this person. Raises: ShowUnknown.
        """
        async with self._database.reading() as connection:
            show = await store.show_row(connection, show_id)
            if show is None:
                raise ShowUnknown("There is no such show.")
            moderates = reader is not None and show.role(reader) is not None
            rows = await store.history(
                connection, show_id, before, min(limit, HISTORY),
                reader=reader, moderates=moderates, words=words, account_id=account_id,
            )  # fmt: skip
            persons = await person_data(self._people, connection, {row.account_id for row in rows})
        return [
            {**row.said(persons.get(row.account_id)), "shadow": True}
            if moderates and row.state == "shadow"
            else row.said(persons.get(row.account_id))
            for row in rows
        ]

    # -- what moderators look at

    async def rules(self, show_id: str) -> HouseRules:
        async with self._database.reading() as connection:
            return await rules_of(connection, show_id)

    async def review(self, show_id: str) -> dict[str, Any]:
        """See ``Reviewing.queue``."""
        async with self._database.reading() as connection:
            return await self.reviewing.queue(connection, show_id)

    async def standing(self, show_id: str, account_id: str) -> dict[str, Any]:
        """See ``Reviewing.standing``."""
        async with self._database.reading() as connection:
            return await self.reviewing.standing(connection, show_id, account_id, await read_now_ms(connection))

    async def audit(
        self,
        show_id: str,
        before: tuple[int, str] | None,
        limit: int,
        **which: Unpack[act_store.Which],
    ) -> list[dict[str, Any]]:
        """Acts of order, newest first: ``{act_id, time, act, by, account, message_id, text, messages, until, scope, undid,
        reason, undone_at, undone_by, undoable}``.

        ``before``: time and id of the last one of the page before; ``text`` is the message's, ``messages`` how many were deleted,
        ``undid`` what an undo took back.
        """
        async with self._database.reading() as connection:
            rows = await act_store.page(connection, show_id, before, limit, **which)
            said = await store.messages_by_id(connection, show_id, {row.message_id for row in rows if row.message_id})
            ids = {one for row in rows for one in (row.by, row.account_id, row.undone_by) if one is not None}
            persons = await person_data(self._people, connection, ids)
        return [
            {
                "act_id": row.act_id,
                "time": row.time,
                "act": row.act,
                "by": persons.get(row.by or ""),
                "account": persons.get(row.account_id or ""),
                "message_id": row.message_id,
                "text": said[row.message_id].text if row.message_id in said else None,
                "messages": len(row.detail.get("message_ids", ())),
                "until": (row.detail.get("sanction") or {}).get("until"),
                "scope": (row.detail.get("sanction") or {}).get("scope"),
                "undid": row.detail.get("act") if row.act == "undo" else None,
                "reason": row.reason,
                "undone_at": row.undone_at,
                "undone_by": persons.get(row.undone_by or ""),
                "undoable": row.undone_at is None and self.undoing.can_be_undone(row.act),
            }
            for row in rows
        ]

    async def deleted(self, show_id: str, after: int, last: int) -> set[int]:
        """Offsets of what was said with offsets above ``after`` and up to ``last``, and has been deleted since."""
        async with self._database.reading() as connection:
            return await store.deleted_offsets(connection, show_id, after, last)

    async def person(self, show_id: str, account_id: str) -> dict[str, Any]:
        """What a moderator sees of somebody: ``{account, role, sanction, messages, deleted, orders, follows, since}``.

        ``orders`` is yes or no, nothing about what was bought. Raises: ShowUnknown, PersonUnknown.
        """
        async with self._database.reading() as connection:
            show = await store.show_row(connection, show_id)
            if show is None:
                raise ShowUnknown("There is no such show.")
            persons = await person_data(self._people, connection, [account_id])
            if account_id not in persons:
                raise PersonUnknown("There is no such account.")
            found = await sanction_store.of(connection, show_id, account_id)
            sanction = in_force(found, await read_now_ms(connection))
            messages, deleted = await store.person_counts(connection, show_id, account_id)
            since = await self._circles.accounts_since(connection, [account_id])
            return {
                "account": persons[account_id],
                "role": show.role(account_id),
                "sanction": None if sanction is None else {**sanction.view(), "scope": sanction.scope},
                "messages": messages,
                "deleted": deleted,
                "orders": account_id in await self._circles.buyers(connection, show.host_id, [account_id]),
                "follows": account_id in await self._circles.followers(connection, show.host_id, [account_id]),
                "since": since.get(account_id),
            }

    def statistics(self) -> dict[str, int]:
        """Counters since start, and how many messages wait now."""
        return {
            **self._queue.counters,
            **self._judge.counters,
            **self._ballot.counters,
            "messages_too_fast": self._too_fast,
            "messages_waiting_now": len(self._queue),
        }
