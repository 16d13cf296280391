"""Names beside ids: what chat asks of the package that knows people."""

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
