"""Who is signed in, asked by every request: those who ask while the database is being asked share the next question.

A thousand viewers who tap in one instant cost a few statements instead of a thousand. Nothing is remembered: a question
begins after everybody who gets its answer has asked, so an ended session is refused at once.
"""

from __future__ import annotations

import asyncio

from hosts import session_store
from hosts.database import Database

AT_ONCE = 500  # hashes per statement


class SessionLookups:
    """Waiting is bounded by the requests that the server has open."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._asked: list[tuple[str, asyncio.Future[str | None]]] = []
        self._worker: asyncio.Task[None] | None = None

    async def account_of(self, token_hash: str) -> str | None:
        """The account of a session that has not expired. Raises what the database raises."""
        answer: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._asked.append((token_hash, answer))
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._ask(), name="session lookups")
        return await answer

    async def _ask(self) -> None:
        while self._asked:
            asked, self._asked = self._asked[:AT_ONCE], self._asked[AT_ONCE:]
            try:
                async with self._database.reading() as connection:
                    found = await session_store.accounts_of(connection, {token_hash for token_hash, _ in asked})
            except Exception as error:
                for _, answer in asked:
                    if not answer.done():
                        answer.set_exception(error)
                continue
            for token_hash, answer in asked:
                if not answer.done():  # whoever asked may have gone
                    answer.set_result(found.get(token_hash))
