"""Closets: a person's shop, and who follows it."""

from __future__ import annotations

from collections.abc import Collection

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from hosts import closet_store, likes_store, search_store
from hosts.closet_store import ClosetRow
from hosts.cursors import Cursor, parse
from hosts.database import Database
from hosts.errors import AccountNotFound, InvalidField, OwnCloset
from hosts.fields import is_handle
from hosts.listing_pages import LIMIT_MOST, ListingPage, Wanted
from hosts.person import Person


class Closet(msgspec.Struct, frozen=True):
    """``listings`` counts what is not withdrawn; ``live_show`` is the show in which this person is on air."""

    person: Person
    bio: str
    followers: int
    following: bool
    listings: int
    featuring_allowed: bool
    live_show: str | None = None


class ClosetPage(msgspec.Struct, frozen=True):
    items: list[Closet]
    next: str | None


class Following(msgspec.Struct, frozen=True):
    following: bool
    followers: int


class Closets:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def view(self, handle: str, viewer: str | None) -> Closet:
        """Raises: AccountNotFound."""
        async with self._database.reading() as connection:
            row = await _row(connection, handle)
            return (await _views(connection, [row], viewer))[0]

    async def page(self, viewer: str | None, after: str | None, limit: int) -> ClosetPage:
        """Closets in which something hangs, the newest first. Raises: InvalidField."""
        _check_limit(limit)
        start = parse(after)
        async with self._database.reading() as connection:
            rows = await closet_store.newest(connection, start, limit + 1)
            items = await _views(connection, rows[:limit], viewer)
        more = len(rows) > limit
        return ClosetPage(items, Cursor(rows[limit - 1].created_at, items[-1].person.id).text() if more else None)

    async def listings(self, handle: str, viewer: str | None, after: str | None, limit: int) -> ListingPage:
        """What hangs there, sold pieces too, the newest first. Raises: AccountNotFound, InvalidField."""
        _check_limit(limit)
        start = parse(after)
        async with self._database.reading() as connection:
            row = await _row(connection, handle)
            return await search_store.find(connection, Wanted(seller_id=row.person.id), viewer, start, limit)

    async def follow(self, handle: str, follower_id: str, on: bool) -> Following:
        """Raises: AccountNotFound, OwnCloset."""
        async with self._database.reading() as connection:
            followed = (await _row(connection, handle)).person.id
        if followed == follower_id:
            raise OwnCloset("This is your own closet.")
        async with self._database.writing() as connection:
            await likes_store.follow(connection, follower_id, followed, on)
            return Following(on, await likes_store.count_followers(connection, followed))

    async def followed(self, follower_id: str | None, ids: Collection[str]) -> set[str]:
        """Which of these accounts somebody follows."""
        if follower_id is None or not ids:
            return set()
        async with self._database.reading() as connection:
            return await likes_store.followed_among(connection, follower_id, list(ids))


async def _row(connection: AsyncConnection, handle: str) -> ClosetRow:
    handle = handle.lower()
    row = await closet_store.by_handle(connection, handle) if is_handle(handle) else None
    if row is None:
        raise AccountNotFound("There is no closet of that name.")
    return row


async def _views(connection: AsyncConnection, rows: list[ClosetRow], viewer: str | None) -> list[Closet]:
    followed: set[str] = set()
    if viewer is not None and rows:
        followed = await likes_store.followed_among(connection, viewer, [row.person.id for row in rows])
    return [
        Closet(
            person=row.person,
            bio=row.bio,
            followers=row.followers,
            following=row.person.id in followed,
            listings=row.listings,
            featuring_allowed=row.featuring_allowed,
        )
        for row in rows
    ]


def _check_limit(limit: int) -> None:
    if not 1 <= limit <= LIMIT_MOST:
        raise InvalidField("limit", f"must be a whole number from 1 to {LIMIT_MOST}.")
