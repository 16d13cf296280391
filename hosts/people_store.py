"""SQL of names beside ids."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from hosts.person import Person, person
from hosts.tables import accounts, follows

PERSON_COLUMNS = (accounts.c.account_id, accounts.c.handle, accounts.c.name, accounts.c.avatar)
AT_ONCE = 500  # ids per statement: well under the 32,766 parameters of SQLite and asyncpg


_PEOPLE = sa.select(*PERSON_COLUMNS).where(accounts.c.account_id.in_(sa.bindparam("ids", expanding=True)))


async def people_by_id(connection: AsyncConnection, ids: Collection[str], /) -> dict[str, Person]:
    """Persons by account id; ids of nobody are left out."""
    wanted = list(dict.fromkeys(ids))
    found: dict[str, Person] = {}
    for start in range(0, len(wanted), AT_ONCE):
        rows = await connection.execute(_PEOPLE, {"ids": wanted[start : start + AT_ONCE]})
        found.update((row[0], person(*row)) for row in rows)
    return found


async def by_handle(connection: AsyncConnection, handle: str) -> Person | None:
    """The person of that handle, in whatever case it is written."""
    row = (await connection.execute(sa.select(*PERSON_COLUMNS).where(accounts.c.handle == handle.lower()))).first()
    return None if row is None else person(*row)


async def ids_by_handle(connection: AsyncConnection, handles: Collection[str]) -> dict[str, str]:
    """Account ids by handle (lower case); handles of nobody are left out."""
    rows = await connection.execute(
        sa.select(accounts.c.handle, accounts.c.account_id).where(accounts.c.handle.in_(list(handles)[:AT_ONCE]))
    )
    return {str(handle): str(account_id) for handle, account_id in rows}


async def since(connection: AsyncConnection, ids: Collection[str]) -> dict[str, int]:
    """When each account was made, Unix ms; at most ``AT_ONCE``."""
    rows = await connection.execute(
        sa.select(accounts.c.account_id, accounts.c.created_at).where(accounts.c.account_id.in_(list(ids)[:AT_ONCE]))
    )
    return {str(account_id): int(created_at) for account_id, created_at in rows}


async def followers_among(connection: AsyncConnection, followed_id: str, ids: Collection[str]) -> set[str]:
    """Those of at most ``AT_ONCE`` accounts who follow somebody."""
    rows = await connection.execute(
        sa.select(follows.c.follower_id).where(
            follows.c.followed_id == followed_id, follows.c.follower_id.in_(list(ids)[:AT_ONCE])
        )
    )
    return {str(row[0]) for row in rows}
