"""SQL of sessions. Only hashes of tokens come here."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from hosts.database_time import now_ms
from hosts.tables import sessions


async def add(connection: AsyncConnection, token_hash: str, account_id: str, lasts_ms: int) -> None:
    await connection.execute(
        sa.insert(sessions).values(
            token_hash=token_hash, account_id=account_id, created_at=now_ms(), expires_at=now_ms() + lasts_ms
        )
    )


async def accounts_of(connection: AsyncConnection, token_hashes: Collection[str]) -> dict[str, str]:
    """Accounts by token hash, of sessions that have not expired."""
    query = sa.select(sessions.c.token_hash, sessions.c.account_id).where(
        sessions.c.token_hash.in_(token_hashes), sessions.c.expires_at > now_ms()
    )
    return {row[0]: row[1] for row in await connection.execute(query)}


async def end(connection: AsyncConnection, token_hash: str) -> str | None:
    """Delete one session; whose it was."""
    result = await connection.execute(
        sa.delete(sessions).where(sessions.c.token_hash == token_hash).returning(sessions.c.account_id)
    )
    row = result.first()
    return None if row is None else str(row[0])


async def end_all(connection: AsyncConnection, account_id: str) -> None:
    await connection.execute(sa.delete(sessions).where(sessions.c.account_id == account_id))


async def tidy(connection: AsyncConnection, account_id: str, most: int) -> None:
    """Delete what has expired of everybody, and the oldest sessions of this account beyond ``most``."""
    await connection.execute(sa.delete(sessions).where(sessions.c.expires_at <= now_ms()))
    newest = (
        sa.select(sessions.c.token_hash)
        .where(sessions.c.account_id == account_id)
        .order_by(sessions.c.created_at.desc(), sessions.c.token_hash)
        .limit(most)
    )
    await connection.execute(
        sa.delete(sessions).where(sessions.c.account_id == account_id, sessions.c.token_hash.not_in(newest))
    )
