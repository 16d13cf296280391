"""Names beside ids, for every package that shows people."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncConnection

from hosts import people_store
from hosts.errors import AccountNotFound
from hosts.fields import is_handle
from hosts.people_store import people_by_id
from hosts.person import Person

__all__ = ["People", "Person", "people_by_id"]


class People:
    """The same as an object that the wiring hands on. Works inside the caller's connection."""

    async def people_by_id(self, connection: AsyncConnection, ids: Collection[str], /) -> dict[str, Person]:
        """Persons by account id; ids of nobody are left out."""
        return await people_by_id(connection, ids)

    async def by_handle(self, connection: AsyncConnection, handle: str) -> Person:
        """Raises: AccountNotFound."""
        found = await people_store.by_handle(connection, handle) if is_handle(handle.lower()) else None
        if found is None:
            raise AccountNotFound("Nobody here goes by that name.")
        return found
