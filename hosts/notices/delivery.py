"""The workers that send what waits. Theory of operation:

A notice is written with the time at which it is due, in the transaction of what it tells of: that row is the outbox. Once a
second a worker asks who has something due, takes one person's due notices at a time by moving their time a lease ahead, plans
(``rules.plan``), sends, and settles in one transaction. A server that dies in between leaves the rows due again after the
lease: what was sent already is sent a second time then, with the same tag, which replaces it on a screen. So every notice goes
out at least once and is seen once. What fails for a passing reason is tried again with growing pauses, a few times.
"""

from __future__ import annotations

import asyncio
import logging
from enum import Enum
from typing import Protocol

from hosts.database import Database
from hosts.notices import outbox_store, read_store
from hosts.notices.outbox_store import Subscription, Taken
from hosts.notices.rules import Channel, Message, plan
from hosts.notices.words import mail_text, said

logger = logging.getLogger(__name__)

EVERY = 1.0  # seconds between two looks; one indexed read when nothing is due
PEOPLE_MOST = 64  # taken up in one look; the others are due in the next
WORKERS = 8  # people served at the same time, so that a push service that hangs does not hold up everybody
LEASE_MS = (
    60_000  # longer than all attempts for one person can take: each has a limit of 10 s, and 11 addresses go at once
)
TRIES_MOST = 5
PAUSES_MS = (5_000, 30_000, 120_000, 600_000)  # before the next try
CLEAN_EVERY = 3_600  # looks between two cleanings


class Outcome(Enum):
    SENT = "sent"
    GONE = "gone"  # nobody is at this address any more
    FAILED = "failed"  # for good
    AGAIN = "again"  # perhaps later


class Sender(Protocol):
    """Sends to the outside; the web layer implements it. Neither raises, both return within 10 s."""

    @property
    def mails(self) -> bool:
        """Whether mail is set up."""

    @property
    def site(self) -> str:
        """The shop's address, for links in mails."""

    async def push(self, to: Subscription, title: str, body: str, path: str, tag: str, urgent: bool) -> Outcome: ...

    async def mail(self, to: str, subject: str, text: str, key: str) -> Outcome:
        """``key``: the same for the same mail, should it be sent twice."""


class Delivery:
    """``start`` begins looking, ``stop`` ends it; every server may deliver."""

    def __init__(self, database: Database, sender: Sender, every: float = EVERY) -> None:
        self._database = database
        self._sender = sender
        self._every = every
        self._task: asyncio.Task[None] | None = None
        self._counts = {"pushes": 0, "mails": 0, "failed": 0, "again": 0, "gone": 0, "given_up": 0}

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="notices go out")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    def statistics(self) -> dict[str, int]:
        return dict(self._counts)

    async def _run(self) -> None:
        looks = 0
        while True:
            try:
                if looks % CLEAN_EVERY == 0:
                    async with self._database.writing() as connection:
                        await outbox_store.forget_old(connection)
                looks += 1
                more = await self.look()
            except Exception as error:  # a database that is away comes back; what is due stays due
                logger.warning("notices cannot go out now, trying again: %s", error)
                more = False
            if not more:
                await asyncio.sleep(self._every)

    async def look(self) -> bool:
        """One round; whether there may be more at once. Raises: what the database raises."""
        async with self._database.reading() as connection:
            people = await outbox_store.due(connection, PEOPLE_MOST)
        slots = asyncio.Semaphore(WORKERS)

        async def one(account_id: str) -> None:
            async with slots:
                await self._deliver(account_id)

        results = await asyncio.gather(*(one(account_id) for account_id in people), return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                logger.warning("notices of one person could not go out, trying again: %s", result)
        return len(people) == PEOPLE_MOST

    async def _deliver(self, account_id: str) -> None:
        async with self._database.writing() as connection:
            taken = await outbox_store.take(connection, account_id, LEASE_MS)
        if taken is None:
            return
        channels = [Channel.PUSH] if taken.subscriptions else []
        if self._sender.mails and taken.email:
            channels.append(Channel.EMAIL)
        planned = plan(taken.waiting, taken.choices, channels, taken.sent, taken.now)
        outcomes = await asyncio.gather(*(self._send(message, taken) for message in planned.messages))
        sent = [message for message, outcome in zip(planned.messages, outcomes, strict=True) if outcome is Outcome.SENT]
        later = dict(planned.later)
        if Outcome.AGAIN in outcomes:
            later |= self._again(taken, planned.messages, outcomes)
        done = [notice.number for notice in taken.waiting if notice.number not in later]
        async with self._database.writing() as connection:
            await outbox_store.settle(connection, taken, done, later, sent)

    def _again(self, taken: Taken, messages: tuple[Message, ...], outcomes: list[Outcome]) -> dict[int, int]:
        """The notices of messages that did not get through by any way are due again, unless it was tried often enough."""
        reached = {m.notice.kind for m, outcome in zip(messages, outcomes, strict=True) if outcome is Outcome.SENT}
        failed = {m.notice.kind for m, outcome in zip(messages, outcomes, strict=True) if outcome is Outcome.AGAIN}
        again = [notice.number for notice in taken.waiting if notice.kind in failed - reached]
        if taken.tries >= TRIES_MOST:
            self._counts["given_up"] += len(again)
            return {}
        pause = PAUSES_MS[min(taken.tries, len(PAUSES_MS)) - 1]
        return dict.fromkeys(again, taken.now + pause)

    async def _send(self, message: Message, taken: Taken) -> Outcome:
        if message.channel is Channel.EMAIL:
            subject, text = mail_text(message, taken.language, self._sender.site)
            outcome = await self._sender.mail(taken.email, subject, text, f"notice-{message.notice.number}")
            return self._counted(outcome, "mails")
        words = said(message, taken.language)
        path = "/notices" if message.count > 1 else message.notice.path
        outcomes = await asyncio.gather(
            *(
                self._sender.push(to, words.title, words.body, path, message.tag, message.urgent)
                for to in taken.subscriptions
            )
        )
        for to, outcome in zip(taken.subscriptions, outcomes, strict=True):
            self._counted(outcome, "pushes")
            if outcome is Outcome.GONE:
                async with self._database.writing() as connection:
                    await read_store.unsubscribe(connection, to.endpoint_hash, None)
        # One browser that got it is enough: to try again would ring it twice.
        for best in (Outcome.SENT, Outcome.AGAIN, Outcome.FAILED):
            if best in outcomes:
                return best
        return Outcome.GONE

    def _counted(self, outcome: Outcome, what: str) -> Outcome:
        self._counts[what if outcome is Outcome.SENT else outcome.value] += 1
        return outcome
