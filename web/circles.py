"""How people stand to a host, for the rules of a chat: what closets and sales know, handed to a package that knows neither."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from cart import lineup_store, order_store
from hosts import people_store


class Circles:
    """Implements ``chat.people.Circles``; every call works inside the caller's connection."""

    async def by_handle(self, connection: AsyncConnection, handles: Collection[str], /) -> Mapping[str, str]:
        return await people_store.ids_by_handle(connection, handles)

    async def accounts_since(self, connection: AsyncConnection, ids: Collection[str], /) -> Mapping[str, int]:
        return await people_store.since(connection, ids)

    async def followers(self, connection: AsyncConnection, host_id: str, ids: Collection[str], /) -> Collection[str]:
        return await people_store.followers_among(connection, host_id, ids)

    async def buyers(self, connection: AsyncConnection, host_id: str, ids: Collection[str], /) -> Collection[str]:
        return await order_store.buyers_from(connection, host_id, ids)

    async def featured_sellers(
        self, connection: AsyncConnection, show_ids: Collection[str], /
    ) -> Mapping[str, Collection[str]]:
        return await lineup_store.featured_sellers(connection, show_ids)
