"""SQL of accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from hosts.database_time import now_ms
from hosts.errors import EmailTaken, HandleTaken
from hosts.tables import accounts


@dataclass(frozen=True, slots=True)
class AccountRow:
    account_id: str
    email: str
    email_key: str
    handle: str
    name: str
    bio: str
    avatar: str | None  # a picture's id
    featuring_allowed: bool
    password_hash: str
    created_at: int


_COLUMNS = tuple(accounts.c[name] for name in AccountRow.__slots__)


async def by_id(connection: AsyncConnection, account_id: str, *, lock: bool = False) -> AccountRow | None:
    """``lock``: nobody else changes it until the commit; rows that refer to it may still be written."""
    query = sa.select(*_COLUMNS).where(accounts.c.account_id == account_id)
    return _row((await connection.execute(query.with_for_update(key_share=True) if lock else query)).first())


async def by_email(connection: AsyncConnection, email_key: str) -> AccountRow | None:
    return _row((await connection.execute(sa.select(*_COLUMNS).where(accounts.c.email_key == email_key))).first())


async def add(connection: AsyncConnection, values: dict[str, Any]) -> None:
    """Raises: EmailTaken, HandleTaken."""
    await refuse_taken(connection, values["account_id"], values["email_key"], values["handle"])
    try:
        await connection.execute(sa.insert(accounts).values(**values, created_at=now_ms()))
    except sa.exc.IntegrityError as error:
        raise taken(error) from None


async def change(connection: AsyncConnection, account_id: str, values: dict[str, Any]) -> None:
    """Raises: HandleTaken."""
    if not values:
        return
    if "handle" in values:
        await refuse_taken(connection, account_id, None, values["handle"])
    try:
        await connection.execute(sa.update(accounts).where(accounts.c.account_id == account_id).values(**values))
    except sa.exc.IntegrityError as error:
        raise taken(error) from None


async def refuse_taken(connection: AsyncConnection, account_id: str, email_key: str | None, handle: str) -> None:
    """Say clearly what is taken; the unique indexes decide between two who ask at the same time.

    Raises: EmailTaken, HandleTaken.
    """
    conditions = [accounts.c.handle == handle]
    if email_key is not None:
        conditions.append(accounts.c.email_key == email_key)
    rows = await connection.execute(
        sa.select(accounts.c.email_key, accounts.c.handle).where(
            sa.or_(*conditions), accounts.c.account_id != account_id
        )
    )
    for found_email, found_handle in rows:
        if found_email == email_key:
            raise EmailTaken(EMAIL_TAKEN)
        if found_handle == handle:
            raise HandleTaken(HANDLE_TAKEN)


EMAIL_TAKEN = "There is an account with this email already. Sign in instead."
HANDLE_TAKEN = "This handle belongs to somebody already. Choose another one."


def taken(error: sa.exc.IntegrityError) -> EmailTaken | HandleTaken:
    """Which unique index refused: both databases name the column or the index in the message."""
    return EmailTaken(EMAIL_TAKEN) if "email_key" in str(error.orig) else HandleTaken(HANDLE_TAKEN)


def _row(row: Any) -> AccountRow | None:
    if row is None:
        return None
    values = dict(row._mapping)
    values["featuring_allowed"] = bool(values["featuring_allowed"])
    return AccountRow(**values)
