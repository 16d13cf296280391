"""SQL of curation: who asked whom to feature what, what features brought, and public thanks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cart.sale_store import sales
from cart.tables import curation_requests as requests
from cart.tables import curator_thanks, holds, lineup, parcels
from cart.upsert import insert
from hosts.database_time import now_ms
from hosts.tables import listings
from livestream.tables import shows


@dataclass(frozen=True, slots=True)
class RequestRow:
    request_id: str
    listing_id: str
    seller_id: str
    host_id: str
    by: str
    show_id: str | None
    note: str
    state: str
    created_at: int
    answered_at: int | None


_COLUMNS = tuple(requests.c[name] for name in RequestRow.__dataclass_fields__)


async def granted(connection: AsyncConnection, listing_id: str, host_id: str) -> bool:
    """Whether the seller lets this host feature it, whatever the listing says to others."""
    query = sa.select(requests.c.request_id).where(
        requests.c.listing_id == listing_id, requests.c.host_id == host_id, requests.c.state == "accepted"
    )
    return (await connection.execute(query.limit(1))).first() is not None


async def ask(connection: AsyncConnection, row: RequestRow) -> None:
    values = {name: getattr(row, name) for name in row.__dataclass_fields__}
    await connection.execute(sa.insert(requests).values(**values | {"created_at": now_ms()}))


async def open_between(connection: AsyncConnection, listing_id: str, host_id: str) -> bool:
    query = sa.select(requests.c.request_id).where(
        requests.c.listing_id == listing_id, requests.c.host_id == host_id, requests.c.state == "open"
    )
    return (await connection.execute(query.limit(1))).first() is not None


async def one(connection: AsyncConnection, request_id: str) -> RequestRow | None:
    row = (await connection.execute(sa.select(*_COLUMNS).where(requests.c.request_id == request_id))).first()
    return None if row is None else RequestRow(*row)


async def of(connection: AsyncConnection, account_id: str, limit: int) -> list[RequestRow]:
    """What somebody asked or was asked, what is open first, then the newest."""
    rows = await connection.execute(
        sa.select(*_COLUMNS)
        .where(sa.or_(requests.c.seller_id == account_id, requests.c.host_id == account_id))
        .order_by(
            sa.case((requests.c.state == "open", 0), else_=1), requests.c.created_at.desc(), requests.c.request_id
        )
        .limit(limit)
    )
    return [RequestRow(*row) for row in rows]


async def answer(connection: AsyncConnection, request_id: str, state: str, show_id: str | None) -> bool:
    """``show_id``: for which show it is now. False when it was answered already."""
    answered = await connection.execute(
        sa.update(requests)
        .where(requests.c.request_id == request_id, requests.c.state == "open")
        .values(state=state, show_id=show_id, answered_at=now_ms())
    )
    return answered.rowcount == 1


async def featuring_shows(
    connection: AsyncConnection, seller_id: str, before: tuple[int, str] | None, limit: int
) -> Sequence[sa.RowMapping]:
    """Other people's shows with this seller's pieces in their lineup, the newest first, with how many pieces."""
    after: sa.ColumnElement[bool] = sa.true()
    if before is not None:
        at, last = before
        after = sa.or_(shows.c.starts_at < at, sa.and_(shows.c.starts_at == at, shows.c.show_id > last))
    rows = await connection.execute(
        sa.select(
            shows.c.show_id,
            shows.c.title,
            shows.c.host_id,
            shows.c.state,
            shows.c.starts_at,
            sa.func.count().label("pieces"),
        )
        .join(lineup, lineup.c.show_id == shows.c.show_id)
        .join(listings, listings.c.listing_id == lineup.c.listing_id)
        .where(listings.c.seller_id == seller_id, shows.c.host_id != seller_id, after)
        .group_by(shows.c.show_id, shows.c.title, shows.c.host_id, shows.c.state, shows.c.starts_at)
        .order_by(shows.c.starts_at.desc(), shows.c.show_id)
        .limit(limit)
    )
    return rows.mappings().all()


async def claims(connection: AsyncConnection, seller_id: str, show_ids: Sequence[str]) -> dict[str, int]:
    """How many holds of this seller's pieces each show brought."""
    rows = await connection.execute(
        sa.select(holds.c.show_id, sa.func.count())
        .where(holds.c.seller_id == seller_id, holds.c.show_id.in_(show_ids))
        .group_by(holds.c.show_id)
    )
    return {row[0]: row[1] for row in rows}


async def brought(connection: AsyncConnection, seller_id: str, show_ids: Sequence[str]) -> Sequence[sa.RowMapping]:
    """By show and currency: pieces sold, what they cost the buyers, what the curator was credited."""
    rows = await connection.execute(
        sa.select(
            sales.c.show_id,
            sales.c.currency,
            sa.func.count().label("sold"),
            sa.func.sum(sales.c.revenue).label("revenue"),
            sa.func.sum(sales.c.credit).label("credit"),
        )
        .where(sales.c.seller_id == seller_id, sales.c.show_id.in_(show_ids))
        .group_by(sales.c.show_id, sales.c.currency)
        .order_by(sales.c.show_id, sales.c.currency)
    )
    return rows.mappings().all()


async def pieces_in(connection: AsyncConnection, seller_id: str, show_ids: Sequence[str]) -> Sequence[sa.RowMapping]:
    """This seller's pieces in those lineups, with the moments of their last showing and first sale there."""
    sold_at = (
        sa.select(sa.func.min(sales.c.at))
        .where(sales.c.show_id == lineup.c.show_id, sales.c.listing_id == lineup.c.listing_id)
        .scalar_subquery()
    )
    rows = await connection.execute(
        sa.select(
            lineup.c.show_id, listings.c.listing_id, listings.c.title, lineup.c.shown_at, sold_at.label("sold_at")
        )
        .join(listings, listings.c.listing_id == lineup.c.listing_id)
        .where(listings.c.seller_id == seller_id, lineup.c.show_id.in_(show_ids))
        .order_by(lineup.c.show_id, lineup.c.position, listings.c.listing_id)
    )
    return rows.mappings().all()


async def thank(connection: AsyncConnection, seller_id: str, show_id: str, curator_id: str, text: str) -> bool:
    """False when this seller has thanked for this show before: the words are replaced then."""
    row = {"seller_id": seller_id, "show_id": show_id, "curator_id": curator_id, "text": text}
    added = await connection.execute(
        insert(connection, curator_thanks).values(**row, created_at=now_ms()).on_conflict_do_nothing()
    )
    if added.rowcount == 1:
        return True
    await connection.execute(
        sa.update(curator_thanks)
        .where(curator_thanks.c.seller_id == seller_id, curator_thanks.c.show_id == show_id)
        .values(text=text)
    )
    return False


async def thanked_shows(connection: AsyncConnection, seller_id: str, show_ids: Sequence[str]) -> dict[str, str]:
    rows = await connection.execute(
        sa.select(curator_thanks.c.show_id, curator_thanks.c.text).where(
            curator_thanks.c.seller_id == seller_id, curator_thanks.c.show_id.in_(show_ids)
        )
    )
    return {row[0]: row[1] for row in rows}


async def thanks_to(connection: AsyncConnection, curator_id: str, limit: int) -> Sequence[sa.RowMapping]:
    """The newest first."""
    rows = await connection.execute(
        sa.select(curator_thanks, shows.c.title)
        .join(shows, shows.c.show_id == curator_thanks.c.show_id)
        .where(curator_thanks.c.curator_id == curator_id)
        .order_by(curator_thanks.c.created_at.desc(), curator_thanks.c.seller_id)
        .limit(limit)
    )
    return rows.mappings().all()


@dataclass(frozen=True, slots=True)
class CuratorCounts:
    """In public: pieces sold for others, of how many closets, in how many shows, and how many thanks."""

    pieces: int
    closets: int
    shows: int
    thanks: int


async def counts(connection: AsyncConnection, curator_id: str) -> CuratorCounts:
    sold = (
        await connection.execute(
            sa.select(
                sa.func.count(),
                sa.func.count(sa.distinct(sales.c.seller_id)),
                sa.func.count(sa.distinct(sales.c.show_id)),
            ).where(sales.c.curator_id == curator_id)
        )
    ).one()
    thanks = await connection.scalar(
        sa.select(sa.func.count()).select_from(curator_thanks).where(curator_thanks.c.curator_id == curator_id)
    )
    return CuratorCounts(sold[0], sold[1], sold[2], int(thanks or 0))


@dataclass(frozen=True, slots=True)
class Ratings:
    """Of a seller: how many buyers rated, and the sum of their stars."""

    count: int
    stars: int
    sold: int  # parcels that were not cancelled


async def ratings(connection: AsyncConnection, seller_id: str) -> Ratings:
    row = (
        await connection.execute(
            sa.select(
                sa.func.count(parcels.c.rating), sa.func.coalesce(sa.func.sum(parcels.c.rating), 0), sa.func.count()
            ).where(parcels.c.seller_id == seller_id, parcels.c.state != "cancelled")
        )
    ).one()
    return Ratings(int(row[0]), int(row[1]), int(row[2]))


async def reviews(connection: AsyncConnection, seller_id: str, limit: int) -> Sequence[sa.RowMapping]:
    """Ratings with words, the newest first."""
    rows = await connection.execute(
        sa.select(parcels.c.rating, parcels.c.review, parcels.c.received_at)
        .where(parcels.c.seller_id == seller_id, parcels.c.rating.is_not(None), parcels.c.review != "")
        .order_by(parcels.c.received_at.desc(), parcels.c.parcel_id)
        .limit(limit)
    )
    return rows.mappings().all()
