"""SQL of cards: one statement for any number of listings."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from hosts.cards import ListingCard, stock_state
from hosts.people_store import AT_ONCE, PERSON_COLUMNS
from hosts.person import person
from hosts.picture_urls import thumb_url
from hosts.tables import accounts, likes, listing_photos, listings


async def cards(connection: AsyncConnection, ids: Collection[str], viewer: str | None) -> dict[str, ListingCard]:
    """Cards by listing id, withdrawn ones too; unknown ids are left out. ``viewer`` (an account id) decides ``liked``."""
    wanted = list(dict.fromkeys(ids))
    found: dict[str, ListingCard] = {}
    for start in range(0, len(wanted), AT_ONCE):
        asked = {"ids": wanted[start : start + AT_ONCE]}
        if viewer is None:
            rows = await connection.execute(_ANYBODY_S, asked)
        else:
            rows = await connection.execute(_VIEWER_S, {**asked, "viewer": viewer})
        found.update((row[0], card(row)) for row in rows)
    return found


def card_query(viewer: str | sa.BindParameter[str] | None) -> sa.Select[Any]:
    """Select the columns that ``card`` reads; add conditions, order and limit to it."""
    photo = (
        sa.select(listing_photos.c.photo_id)
        .where(listing_photos.c.listing_id == listings.c.listing_id)
        .order_by(listing_photos.c.position, listing_photos.c.photo_id)
        .limit(1)
        .scalar_subquery()
    )
    count = (
        sa.select(sa.func.count()).select_from(likes).where(likes.c.listing_id == listings.c.listing_id)
    ).scalar_subquery()
    liked: sa.ColumnElement[bool] = sa.false()
    if viewer is not None:
        liked = sa.exists().where(likes.c.listing_id == listings.c.listing_id, likes.c.account_id == viewer)
    return sa.select(
        listings.c.listing_id,
        listings.c.title,
        listings.c.brand,
        listings.c.size,
        listings.c.category,
        listings.c.condition,
        listings.c.price,
        listings.c.currency,
        listings.c.quantity,
        listings.c.held,
        listings.c.sold,
        listings.c.held_until,
        sa.and_(listings.c.featuring_allowed, accounts.c.featuring_allowed).label("featurable"),
        photo.label("photo"),
        count.label("likes"),
        liked.label("liked"),
        *PERSON_COLUMNS,
    ).join_from(listings, accounts, accounts.c.account_id == listings.c.seller_id)


_WANTED = listings.c.listing_id.in_(sa.bindparam("ids", expanding=True))
_ANYBODY_S = card_query(None).where(_WANTED)
_VIEWER_S = card_query(sa.bindparam("viewer", type_=sa.String)).where(_WANTED)


def card(row: Any) -> ListingCard:
    left = row.quantity - row.held - row.sold
    state = stock_state(left, row.held)
    return ListingCard(
        listing_id=row.listing_id,
        title=row.title,
        brand=row.brand,
        size=row.size,
        category=row.category,
        condition=row.condition,
        price=row.price,
        currency=row.currency,
        photo=thumb_url(row.photo),
        seller=person(row.account_id, row.handle, row.name, row.avatar),
        quantity=row.quantity,
        left=left,
        state=state,
        held_until=row.held_until if state == "held" else None,
        likes=row.likes,
        liked=bool(row.liked),
        featuring_allowed=bool(row.featurable),
    )
