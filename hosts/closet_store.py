"""SQL of closets: people with what hangs there and who follows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from hosts.cursors import Cursor
from hosts.people_store import PERSON_COLUMNS
from hosts.person import Person, person
from hosts.tables import accounts, follows, listings


@dataclass(frozen=True, slots=True)
class ClosetRow:
    person: Person
    bio: str
    featuring_allowed: bool
    followers: int
    listings: int  # on sale or sold, not withdrawn
    created_at: int


async def by_handle(connection: AsyncConnection, handle: str) -> ClosetRow | None:
    row = (await connection.execute(_query().where(accounts.c.handle == handle))).first()
    return None if row is None else _closet(row)


async def newest(connection: AsyncConnection, after: Cursor | None, limit: int) -> list[ClosetRow]:
    """Closets in which something hangs."""
    hangs = sa.exists().where(listings.c.seller_id == accounts.c.account_id, listings.c.withdrawn_at.is_(None))
    query = _query().where(hangs)
    if after is not None:
        query = query.where(
            sa.or_(
                accounts.c.created_at < after.created_at,
                sa.and_(accounts.c.created_at == after.created_at, accounts.c.account_id < after.entry_id),
            )
        )
    rows = await connection.execute(
        query.order_by(accounts.c.created_at.desc(), accounts.c.account_id.desc()).limit(limit)
    )
    return [_closet(row) for row in rows]


def _query() -> sa.Select[Any]:
    followers = (
        sa.select(sa.func.count()).select_from(follows).where(follows.c.followed_id == accounts.c.account_id)
    ).scalar_subquery()
    count = (
        sa.select(sa.func.count())
        .select_from(listings)
        .where(listings.c.seller_id == accounts.c.account_id, listings.c.withdrawn_at.is_(None))
    ).scalar_subquery()
    return sa.select(
        *PERSON_COLUMNS,
        accounts.c.bio,
        accounts.c.featuring_allowed,
        accounts.c.created_at,
        followers.label("followers"),
        count.label("listings"),
    )


def _closet(row: Any) -> ClosetRow:
    return ClosetRow(
        person=person(row.account_id, row.handle, row.name, row.avatar),
        bio=row.bio,
        featuring_allowed=bool(row.featuring_allowed),
        followers=row.followers,
        listings=row.listings,
        created_at=row.created_at,
    )
