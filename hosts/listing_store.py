"""SQL of listings, their photos and the words they are found by."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from hosts.card_store import card_query
from hosts.database_time import now_ms
from hosts.tables import listing_photos, listing_words, listings


async def add(connection: AsyncConnection, values: dict[str, Any], words: Collection[str]) -> None:
    await connection.execute(sa.insert(listings).values(**values, created_at=now_ms()))
    await _add_words(connection, values["listing_id"], words)


async def lock(connection: AsyncConnection, listing_id: str) -> bool:
    """Nobody else changes the listing until the commit. False: there is none."""
    query = sa.select(listings.c.listing_id).where(listings.c.listing_id == listing_id)
    return (await connection.execute(query.with_for_update(key_share=True))).first() is not None


async def seller_of(connection: AsyncConnection, listing_id: str) -> str | None:
    return await connection.scalar(sa.select(listings.c.seller_id).where(listings.c.listing_id == listing_id))


async def view(connection: AsyncConnection, listing_id: str, viewer: str | None) -> Any:
    """The row of a card with ``story``, ``created_at``, ``weight`` and ``withdrawn``, or None."""
    query = (
        card_query(viewer)
        .add_columns(
            listings.c.story,
            listings.c.created_at,
            listings.c.weight,
            listings.c.withdrawn_at.is_not(None).label("withdrawn"),
        )
        .where(listings.c.listing_id == listing_id)
    )
    return (await connection.execute(query)).first()


async def change(connection: AsyncConnection, listing_id: str, values: dict[str, Any]) -> None:
    """The stock's own condition is in the caller's hands: the row is locked."""
    await connection.execute(sa.update(listings).where(listings.c.listing_id == listing_id).values(**values))


@dataclass(frozen=True, slots=True)
class Offer:
    """What a listing is offered for, in minor units, and how many can be had now."""

    seller_id: str
    title: str
    price: int
    currency: str
    left: int


async def offer(connection: AsyncConnection, listing_id: str) -> Offer:
    left = sa.case(
        (listings.c.withdrawn_at.is_(None), listings.c.quantity - listings.c.held - listings.c.sold), else_=0
    )
    query = sa.select(listings.c.seller_id, listings.c.title, listings.c.price, listings.c.currency, left)
    seller_id, title, price, currency, count = (
        await connection.execute(query.where(listings.c.listing_id == listing_id))
    ).one()
    return Offer(seller_id, title, price, currency, count)


async def in_use(connection: AsyncConnection, listing_id: str) -> int:
    """Pieces that are held or sold."""
    query = sa.select(listings.c.held + listings.c.sold).where(listings.c.listing_id == listing_id)
    return int(await connection.scalar(query) or 0)


async def texts(connection: AsyncConnection, listing_id: str) -> tuple[str, str, str, str, str]:
    """What a listing is found by, the most telling first."""
    query = sa.select(listings.c.title, listings.c.brand, listings.c.size, listings.c.category, listings.c.story).where(
        listings.c.listing_id == listing_id
    )
    title, brand, size, category, story = (await connection.execute(query)).one()
    return title, brand, size, category, story


async def replace_words(connection: AsyncConnection, listing_id: str, words: Collection[str]) -> None:
    await connection.execute(sa.delete(listing_words).where(listing_words.c.listing_id == listing_id))
    await _add_words(connection, listing_id, words)


async def _add_words(connection: AsyncConnection, listing_id: str, words: Collection[str]) -> None:
    if words:
        rows = [{"word": word, "listing_id": listing_id} for word in words]
        await connection.execute(sa.insert(listing_words), rows)


async def withdraw(connection: AsyncConnection, listing_id: str) -> bool:
    """False: it was withdrawn already."""
    result = await connection.execute(
        sa.update(listings)
        .where(listings.c.listing_id == listing_id, listings.c.withdrawn_at.is_(None))
        .values(withdrawn_at=now_ms())
    )
    return bool(result.rowcount)


async def photo_ids(connection: AsyncConnection, listing_id: str) -> list[str]:
    """In their order."""
    rows = await connection.execute(
        sa.select(listing_photos.c.photo_id)
        .where(listing_photos.c.listing_id == listing_id)
        .order_by(listing_photos.c.position, listing_photos.c.photo_id)
    )
    return [str(row[0]) for row in rows]


async def add_photo(connection: AsyncConnection, listing_id: str, photo_id: str) -> None:
    """At the end."""
    last = sa.select(sa.func.coalesce(sa.func.max(listing_photos.c.position), 0) + 1).where(
        listing_photos.c.listing_id == listing_id
    )
    await connection.execute(
        sa.insert(listing_photos).values(
            photo_id=photo_id, listing_id=listing_id, position=last.scalar_subquery(), created_at=now_ms()
        )
    )


async def remove_photo(connection: AsyncConnection, listing_id: str, photo_id: str) -> bool:
    """False: there is no such photo."""
    result = await connection.execute(
        sa.delete(listing_photos).where(
            listing_photos.c.listing_id == listing_id, listing_photos.c.photo_id == photo_id
        )
    )
    return bool(result.rowcount)
