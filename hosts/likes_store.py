"""SQL of likes and follows. A pair is there or not and counts are counted, so they are right whoever taps at the same time."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from hosts.database_time import now_ms
from hosts.tables import follows, likes
from hosts.upsert import insert


async def like(connection: AsyncConnection, account_id: str, listing_id: str, on: bool) -> None:
    if on:
        await connection.execute(
            insert(connection, likes)
            .values(account_id=account_id, listing_id=listing_id, created_at=now_ms())
            .on_conflict_do_nothing()
        )
    else:
        await connection.execute(
            sa.delete(likes).where(likes.c.account_id == account_id, likes.c.listing_id == listing_id)
        )


async def count_likes(connection: AsyncConnection, listing_id: str) -> int:
    query = sa.select(sa.func.count()).select_from(likes).where(likes.c.listing_id == listing_id)
    return int(await connection.scalar(query) or 0)


async def follow(connection: AsyncConnection, follower_id: str, followed_id: str, on: bool) -> None:
    if on:
        await connection.execute(
            insert(connection, follows)
            .values(follower_id=follower_id, followed_id=followed_id, created_at=now_ms())
            .on_conflict_do_nothing()
        )
    else:
        await connection.execute(
            sa.delete(follows).where(follows.c.follower_id == follower_id, follows.c.followed_id == followed_id)
        )


async def count_followers(connection: AsyncConnection, followed_id: str) -> int:
    query = sa.select(sa.func.count()).select_from(follows).where(follows.c.followed_id == followed_id)
    return int(await connection.scalar(query) or 0)


async def followed_among(connection: AsyncConnection, follower_id: str, ids: list[str]) -> set[str]:
    """Which of these accounts somebody follows."""
    rows = await connection.execute(
        sa.select(follows.c.followed_id).where(follows.c.follower_id == follower_id, follows.c.followed_id.in_(ids))
    )
    return {str(row[0]) for row in rows}
