"""What chat asks of those who know people: names beside ids, who follows, who has bought, who sells what is shown."""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Mapping
from typing import Any, Protocol

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection


class People(Protocol):
    def people_by_id(self, connection: AsyncConnection, ids: Collection[str], /) -> Awaitable[Mapping[str, Any]]:
        """Persons by account id; ids of nobody are left out."""


async def person_data(people: People, connection: AsyncConnection, ids: Collection[str]) -> dict[str, Any]:
    """``{id, handle, name, avatar}`` by account id, plain enough for an event."""
    if not ids:
        return {}
    found = await people.people_by_id(connection, set(ids))
    return {account_id: msgspec.to_builtins(person) for account_id, person in found.items()}


class Circles(Protocol):
    """How people stand to a host, for the rules of a chat. Chat knows neither closets nor sales: the wiring asks them.

    Everything works inside the caller's connection and leaves out whom it does not know.
    """

    def by_handle(self, connection: AsyncConnection, handles: Collection[str], /) -> Awaitable[Mapping[str, str]]:
        """Account ids by handle (lower case)."""

    def accounts_since(self, connection: AsyncConnection, ids: Collection[str], /) -> Awaitable[Mapping[str, int]]:
        """When each account was made, Unix ms."""

    def followers(
        self, connection: AsyncConnection, host_id: str, ids: Collection[str], /
    ) -> Awaitable[Collection[str]]:
        """Those of ``ids`` who follow the host."""

    def buyers(self, connection: AsyncConnection, host_id: str, ids: Collection[str], /) -> Awaitable[Collection[str]]:
        """Those of ``ids`` who have bought from the host or in one of the host's shows."""

    def featured_sellers(
        self, connection: AsyncConnection, show_ids: Collection[str], /
    ) -> Awaitable[Mapping[str, Collection[str]]]:
        """By show: the sellers of what it features now."""


class NoCircles:
    """Nobody follows, has bought or sells; every account is as old as time."""

    async def by_handle(self, connection: AsyncConnection, handles: Collection[str], /) -> Mapping[str, str]:
        return {}

    async def accounts_since(self, connection: AsyncConnection, ids: Collection[str], /) -> Mapping[str, int]:
        return {}

    async def followers(self, connection: AsyncConnection, host_id: str, ids: Collection[str], /) -> Collection[str]:
        return ()

    async def buyers(self, connection: AsyncConnection, host_id: str, ids: Collection[str], /) -> Collection[str]:
        return ()

    async def featured_sellers(
        self, connection: AsyncConnection, show_ids: Collection[str], /
    ) -> Mapping[str, Collection[str]]:
        return {}
