"""SQL of lineups. Whoever changes one has locked the listing first and the show second, as claims do."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cart.show_store import OVER
from cart.tables import lineup
from hosts.database_time import now_ms
from hosts.tables import listings
from livestream.tables import shows


@dataclass(frozen=True, slots=True)
class Entry:
    listing_id: str
    featured_at: int | None


@dataclass(frozen=True, slots=True)
class Place:
    """A show that is not over and has a certain listing in its lineup."""

    show_id: str
    listing_id: str
    host_id: str
    state: str
    featured: bool


async def entries(connection: AsyncConnection, show_id: str) -> list[Entry]:
    """A show's lineup in its order."""
    rows = await connection.execute(
        sa.select(lineup.c.listing_id, lineup.c.featured_at)
        .where(lineup.c.show_id == show_id)
        .order_by(lineup.c.position, lineup.c.listing_id)
    )
    return [Entry(*row) for row in rows]


async def has(connection: AsyncConnection, show_id: str, listing_id: str) -> bool:
    query = sa.select(lineup.c.position).where(lineup.c.show_id == show_id, lineup.c.listing_id == listing_id)
    return (await connection.execute(query)).first() is not None


_PLACES = (
    sa.select(lineup.c.show_id, lineup.c.listing_id, shows.c.host_id, shows.c.state, lineup.c.featured_at.is_not(None))
    .join(shows, shows.c.show_id == lineup.c.show_id)
    .where(lineup.c.listing_id.in_(sa.bindparam("ids", expanding=True)), shows.c.state.not_in(OVER))
    .order_by(lineup.c.show_id, lineup.c.listing_id)
)


async def places(connection: AsyncConnection, listing_ids: Collection[str]) -> list[Place]:
    """Where these listings are on sale in shows, in the order of the shows' ids (the order of their locks)."""
    rows = await connection.execute(_PLACES, {"ids": list(listing_ids)})
    return [Place(show, listing, host, state, bool(featured)) for show, listing, host, state, featured in rows]


async def listings_of(connection: AsyncConnection, seller_id: str) -> list[str]:
    """A seller's listings that are on sale in shows which are not over."""
    rows = await connection.execute(
        sa.select(lineup.c.listing_id)
        .distinct()
        .join(shows, shows.c.show_id == lineup.c.show_id)
        .join(listings, listings.c.listing_id == lineup.c.listing_id)
        .where(listings.c.seller_id == seller_id, shows.c.state.not_in(OVER))
        .order_by(lineup.c.listing_id)
    )
    return [row[0] for row in rows]


async def add(connection: AsyncConnection, show_id: str, listing_id: str) -> None:
    """At the end."""
    last = sa.select(sa.func.coalesce(sa.func.max(lineup.c.position), 0) + 1).where(lineup.c.show_id == show_id)
    await connection.execute(
        sa.insert(lineup).values(
            show_id=show_id, listing_id=listing_id, position=last.scalar_subquery(), added_at=now_ms()
        )
    )


async def remove(connection: AsyncConnection, show_id: str, listing_id: str) -> None:
    await connection.execute(sa.delete(lineup).where(lineup.c.show_id == show_id, lineup.c.listing_id == listing_id))


async def order(connection: AsyncConnection, show_id: str, listing_ids: Sequence[str]) -> None:
    if not listing_ids:
        return
    await connection.execute(
        sa.update(lineup)
        .where(lineup.c.show_id == show_id, lineup.c.listing_id == sa.bindparam("listing"))
        .values(position=sa.bindparam("place")),
        [{"listing": listing_id, "place": place} for place, listing_id in enumerate(listing_ids, 1)],
    )


async def feature(connection: AsyncConnection, show_id: str, listing_id: str, on: bool) -> None:
    await connection.execute(
        sa.update(lineup)
        .where(lineup.c.show_id == show_id, lineup.c.listing_id == listing_id)
        .values(featured_at=now_ms() if on else None)
    )


@dataclass(frozen=True, slots=True)
class Appearance:
    """A show on whose screen a listing was, and when by the show's clock."""

    show_id: str
    title: str
    host_id: str
    state: str
    started_at: int
    at: int


async def shown(connection: AsyncConnection, show_id: str, listing_id: str, at: int) -> None:
    """It is on the screen at this show time."""
    await connection.execute(
        sa.update(lineup).where(lineup.c.show_id == show_id, lineup.c.listing_id == listing_id).values(shown_at=at)
    )


async def appearances(connection: AsyncConnection, listing_id: str, limit: int) -> list[Appearance]:
    """Where a listing was shown, the newest show first."""
    rows = await connection.execute(
        sa.select(shows.c.show_id, shows.c.title, shows.c.host_id, shows.c.state, shows.c.started_at, lineup.c.shown_at)
        .join(shows, shows.c.show_id == lineup.c.show_id)
        .where(lineup.c.listing_id == listing_id, lineup.c.shown_at.is_not(None), shows.c.started_at.is_not(None))
        .order_by(shows.c.started_at.desc())
        .limit(limit)
    )
    return [Appearance(*row) for row in rows]


async def appearances_of_closet(connection: AsyncConnection, seller_id: str, limit: int) -> dict[str, Appearance]:
    """By listing of a seller: the newest show on whose screen it was; ``limit``: the showings that are looked at."""
    rows = await connection.execute(
        sa.select(
            lineup.c.listing_id,
            shows.c.show_id,
            shows.c.title,
            shows.c.host_id,
            shows.c.state,
            shows.c.started_at,
            lineup.c.shown_at,
        )
        .join(shows, shows.c.show_id == lineup.c.show_id)
        .join(listings, listings.c.listing_id == lineup.c.listing_id)
        .where(listings.c.seller_id == seller_id, lineup.c.shown_at.is_not(None), shows.c.started_at.is_not(None))
        .order_by(shows.c.started_at.desc())
        .limit(limit)
    )
    found: dict[str, Appearance] = {}
    for listing_id, *showing in rows:
        found.setdefault(listing_id, Appearance(*showing))
    return found


async def featured_sellers(connection: AsyncConnection, show_ids: Collection[str]) -> dict[str, set[str]]:
    """By show: whose listings it features now."""
    rows = await connection.execute(
        sa.select(lineup.c.show_id, listings.c.seller_id)
        .join(listings, listings.c.listing_id == lineup.c.listing_id)
        .where(lineup.c.show_id.in_(show_ids), lineup.c.featured_at.is_not(None))
    )
    found: dict[str, set[str]] = {}
    for show_id, seller_id in rows:
        found.setdefault(show_id, set()).add(seller_id)
    return found
