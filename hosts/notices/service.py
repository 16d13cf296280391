"""The bell: what somebody was told, what is unread, how they want to be told, and where pushes go."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import AsyncIterator

import msgspec

from hosts.database import Database
from hosts.errors import InvalidField
from hosts.notices import read_store
from hosts.notices.endpoints import is_allowed, is_key
from hosts.notices.kinds import Kind
from hosts.notices.rules import Choice, chosen
from hosts.notices.words import LANGUAGES

logger = logging.getLogger(__name__)

LIMIT = 30
UNREAD_MOST = 100  # counted no further: a bell says "99+"
LOOK_SECONDS = 1.0  # between two looks for news, only while a bell listens
STREAMS_MOST = 10_000  # bells that listen at once on one server


class Notice(msgspec.Struct, frozen=True):
    """``path`` is the page it leads to; ``amount`` in minor units, times in Unix ms. Which fields a kind has is in kinds.py."""

    number: int
    kind: str
    path: str
    title: str
    name: str
    amount: int | None
    currency: str | None
    ends_at: int | None
    created_at: int
    read: bool


class Standing(msgspec.Struct, frozen=True):
    """``unread`` is counted up to 100."""

    unread: int
    newest: int


class NoticePage(msgspec.Struct, frozen=True):
    items: list[Notice]
    unread: int
    next: int | None


class KindChoice(msgspec.Struct, frozen=True):
    kind: str
    push: bool
    email: bool


class Notices:
    """``start`` and ``stop`` frame the looking for news of the bells that listen here."""

    def __init__(self, database: Database, push_origins: tuple[str, ...] = ()) -> None:
        self._database = database
        self._push_origins = push_origins
        self._bells: dict[str, set[asyncio.Event]] = {}
        self._listening = 0
        self._ended = False
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.refused = 0  # bells that were not let in

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="bells")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    def statistics(self) -> dict[str, int]:
        return {"bells_now": self._listening, "bells_refused": self.refused}

    async def page(self, account_id: str, before: int | None) -> NoticePage:
        """The newest first."""
        async with self._database.reading() as connection:
            rows = await read_store.page(connection, account_id, before, LIMIT)
            unread, _ = await read_store.standing(connection, account_id, UNREAD_MOST)
        shown = rows[:LIMIT]
        items = [
            Notice(
                row.number,
                row.kind,
                row.path,
                row.title,
                row.name,
                row.amount,
                row.currency,
                row.ends_at,
                row.created_at,
                row.read_at is not None,
            )
            for row in shown
        ]
        return NoticePage(items, unread, shown[-1].number if len(rows) > LIMIT else None)

    async def standing(self, account_id: str) -> Standing:
        async with self._database.reading() as connection:
            return Standing(*await read_store.standing(connection, account_id, UNREAD_MOST))

    async def read(self, account_id: str, up_to: int) -> Standing:
        """Everything up to a number has been seen."""
        async with self._database.writing() as connection:
            await read_store.read(connection, account_id, up_to)
            standing = Standing(*await read_store.standing(connection, account_id, UNREAD_MOST))
        self._ring({account_id})  # the other tabs here
        return standing

    async def choices(self, account_id: str) -> list[KindChoice]:
        async with self._database.reading() as connection:
            kept = await read_store.choices(connection, account_id)
        return [KindChoice(kind.value, *_pair(chosen(kind, kept))) for kind in Kind]

    async def choose(self, account_id: str, choice: KindChoice) -> None:
        """Raises: InvalidField."""
        if choice.kind not in set(Kind):
            raise InvalidField("kind", "must be one of " + ", ".join(Kind) + ".")
        async with self._database.writing() as connection:
            await read_store.choose(connection, account_id, choice.kind, Choice(choice.push, choice.email))

    async def set_language(self, account_id: str, tag: str) -> None:
        """The language of pushes and mails. Raises: InvalidField."""
        if tag not in LANGUAGES:
            raise InvalidField("language", "must be one of " + ", ".join(LANGUAGES) + ".")
        async with self._database.writing() as connection:
            await read_store.set_language(connection, account_id, tag)

    async def subscribe(self, account_id: str, endpoint: str, p256dh: str, auth: str) -> None:
        """Send pushes to this browser too. Raises: InvalidField for an endpoint of no known push service."""
        if not is_allowed(endpoint, self._push_origins):
            raise InvalidField("endpoint", "must be an address of a browser's push service.")
        if not (is_key(p256dh, 65) and is_key(auth, 16)):
            raise InvalidField("keys", "must be those of a push subscription.")
        async with self._database.writing() as connection:
            await read_store.subscribe(connection, account_id, _hash(endpoint), endpoint, p256dh, auth)

    async def unsubscribe(self, account_id: str, endpoint: str) -> None:
        """Send nothing there any more; again is fine."""
        async with self._database.writing() as connection:
            await read_store.unsubscribe(connection, _hash(endpoint), account_id)

    @contextlib.asynccontextmanager
    async def listening(self, account_id: str) -> AsyncIterator[asyncio.Event | None]:
        """An event that is set whenever the person has got or read something; None when too many listen."""
        if self._listening >= STREAMS_MOST:
            self.refused += 1
            yield None
            return
        event = asyncio.Event()
        self._bells.setdefault(account_id, set()).add(event)
        self._listening += 1
        self._wake.set()
        try:
            yield event
        finally:
            self._listening -= 1
            bells = self._bells[account_id]
            bells.discard(event)
            if not bells:
                del self._bells[account_id]

    @property
    def open(self) -> bool:
        return not self._ended

    def end_bells(self) -> None:
        """Nobody listens any more: the server is about to stop."""
        self._ended = True
        self._ring(set(self._bells))

    def _ring(self, account_ids: set[str]) -> None:
        for account_id in account_ids & self._bells.keys():
            for event in self._bells[account_id]:
                event.set()

    async def _run(self) -> None:
        known: set[int] | None = None
        while True:
            if not self._bells:
                known = None
                self._wake.clear()
                await self._wake.wait()
            try:
                known = await self._look(known)
            except Exception as error:  # a database that is away comes back
                logger.warning("bells cannot be rung now, trying again: %s", error)
            await asyncio.sleep(LOOK_SECONDS)

    async def _look(self, known: set[int] | None) -> set[int]:
        """Ring for what has come since the last look; every server does so for the bells that listen to it.

        Looks some numbers back each time: a transaction may commit a number after others have committed higher ones.
        """
        async with self._database.reading() as connection:
            latest = max(known, default=0) if known is not None else await read_store.newest(connection)
            found = await read_store.since(connection, latest - BEHIND)
        if known is not None:
            self._ring({account_id for number, account_id in found if number not in known})
        return {number for number, _ in found} or {latest}


BEHIND = 200  # transactions that add notices are short: this many others do not commit meanwhile


def _hash(endpoint: str) -> str:
    return hashlib.sha256(endpoint.encode()).hexdigest()


def _pair(choice: Choice) -> tuple[bool, bool]:
    return choice.push, choice.email
