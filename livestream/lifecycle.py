"""A show's way through its states: each step is one transaction that locks the show, judges, writes and tells the timeline."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from livestream import show_store
from livestream.database_time import now_ms, read_now_ms
from livestream.errors import StreamKeyRefused
from livestream.shows import Act, Show, State, transition
from livestream.timeline import Timeline, Transaction


def same_key(show: Show, key: str) -> bool:
    """Whether this is the show's stream key; takes as long for a wrong one as for the right one."""
    return hmac.compare_digest(show.stream_key.encode(), key.encode("utf-8", "surrogatepass"))


# Called inside the transaction in which a show goes on air for the first time.
StartedIn = Callable[[AsyncConnection, Show], Awaitable[None]]


class Lifecycle:
    def __init__(self, timeline: Timeline, server_id: str, interruption_ms: int) -> None:
        self.server_id = server_id
        self.interruption_ms = interruption_ms
        self._timeline = timeline
        self.started_in: list[StartedIn] = []
        self.counters = {"went_live": 0, "interrupted": 0, "resumed": 0, "ended": 0, "cancelled": 0}

    async def on_air(self, show_id: str, key: str) -> None:
        """Media arrives at this server, from a host who showed ``key``.

        Raises: ShowNotFound, ShowStateError (the show is over), StreamKeyRefused (the key was changed meanwhile).
        """
        async with self._timeline.transaction() as transaction:
            connection = transaction.connection
            show = await show_store.get(connection, show_id, lock=True)
            if not same_key(show, key):
                raise StreamKeyRefused("The stream key has been changed: take the new one from the studio.")
            values: dict[str, Any] = {"server_id": self.server_id, "interrupted_at": None}
            if show.started_at is None:
                values["started_at"] = now_ms()
            await show_store.seen(connection, self.server_id)
            await self._step(transaction, show, Act.START, values, {})
            if show.started_at is None:
                for hook in self.started_in:
                    await hook(connection, show)

    async def lost(self, show_id: str) -> bool:
        """Media has stopped at this server. Says whether the show is interrupted by that: not when another server carries
        it by now, or when it is over. Raises: ShowNotFound."""
        async with self._timeline.transaction() as transaction:
            show = await show_store.get(transaction.connection, show_id, lock=True)
            if show.state is not State.LIVE or show.server_id != self.server_id:
                return False
            await self._interrupt(transaction, show)
            return True

    async def abandoned(self, show_id: str, silent_ms: int) -> bool:
        """Interrupt a show whose server has not been seen for ``silent_ms``, if that is still so. Raises: ShowNotFound."""
        async with self._timeline.transaction() as transaction:
            show = await show_store.get(transaction.connection, show_id, lock=True)
            if show_id not in await show_store.abandoned(transaction.connection, self.server_id, silent_ms):
                return False
            await self._interrupt(transaction, show)
            return True

    async def expire(self, show_id: str) -> bool:
        """End an interrupted show whose host did not come back in time, if that is still so. Raises: ShowNotFound."""
        async with self._timeline.transaction() as transaction:
            show = await show_store.get(transaction.connection, show_id, lock=True)
            now = await read_now_ms(transaction.connection)
            since = show.interrupted_at
            if show.state is not State.INTERRUPTED or since is None or now - since < self.interruption_ms:
                return False
            await self._step(transaction, show, Act.END, {"ended_at": now}, {})
            return True

    async def end_office(self, show_id: str, account_id: str) -> None:
        """End a moderator's role whose time has passed, if that is still so. Raises: ShowNotFound."""
        async with self._timeline.transaction() as transaction:
            connection = transaction.connection
            await show_store.get(connection, show_id, lock=True)
            until = (await show_store.office_ends(connection, show_id)).get(account_id)
            if until is not None and until <= await read_now_ms(connection):
                await show_store.remove_moderator(connection, show_id, account_id)
                await transaction.append(show_id, "moderator_revoked", {"account_id": account_id})

    async def end(self, show_id: str, by: str) -> None:
        """Raises: ShowNotFound, ShowStateError."""
        async with self._timeline.transaction() as transaction:
            show = await show_store.get(transaction.connection, show_id, lock=True)
            await self._step(transaction, show, Act.END, {"ended_at": now_ms()}, {}, by)

    async def cancel(self, show_id: str, by: str) -> None:
        """Raises: ShowNotFound, ShowStateError."""
        async with self._timeline.transaction() as transaction:
            show = await show_store.get(transaction.connection, show_id, lock=True)
            await self._step(transaction, show, Act.CANCEL, {"ended_at": now_ms()}, {}, by)

    async def _interrupt(self, transaction: Transaction, show: Show) -> None:
        now = await read_now_ms(transaction.connection)
        until = now + self.interruption_ms
        await self._step(transaction, show, Act.LOSE, {"interrupted_at": now}, {"until": until})

    async def _step(
        self,
        transaction: Transaction,
        show: Show,
        act: Act,
        values: dict[str, Any],
        data: dict[str, Any],
        by: str | None = None,
    ) -> None:
        state, kind = transition(show.state, act)
        await show_store.update(transaction.connection, show.show_id, {**values, "state": state.value})
        if kind is not None:
            await transaction.append(show.show_id, kind, data, by=by)
            self.counters[kind] += 1
