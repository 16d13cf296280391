"""SQL of names beside ids."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from hosts.person import Person, person
from hosts.tables import accounts

PERSON_COLUMNS = (accounts.c.account_id, accounts.c.handle, accounts.c.name, accounts.c.avatar)
AT_ONCE = 500  # ids per statement: well under the 32,766 parameters of SQLite and asyncpg


async def people_by_id(connection: AsyncConnection, ids: Collection[str], /) -> dict[str, Person]:
    """Persons by account id; ids of nobody are left out."""
    wanted = list(dict.fromkeys(ids))
    found: dict[str, Person] = {}
    for start in range(0, len(wanted), AT_ONCE):
        rows = await connection.execute(
            sa.select(*PERSON_COLUMNS).where(accounts.c.account_id.in_(wanted[start : start + AT_ONCE]))
        )
        found.update((row[0], person(*row)) for row in rows)
    return found


async def by_handle(connection: AsyncConnection, handle: str) -> Person | None:
    """The person of that handle, in whatever case it is written."""
    row = (await connection.execute(sa.select(*PERSON_COLUMNS).where(accounts.c.handle == handle.lower()))).first()
    return None if row is None else person(*row)
