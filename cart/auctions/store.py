"""SQL of auctions and their bids. Whoever changes one has locked its listing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cart import hold_store
from cart.auctions.rules import GRACE_MS, Bid, Standing, State, Terms
from cart.hold_store import HoldRow
from cart.selling_tables import auctions, bids
from hosts.database_time import now_ms
from hosts.fields import is_id

PASSED_ON_MS = 2 * 3_600_000


@dataclass(frozen=True, slots=True)
class AuctionRow:
    auction_id: str
    show_id: str
    listing_id: str
    host_id: str
    seller_id: str
    currency: str
    start_price: int
    step: int
    sudden_death: bool
    state: str
    created_at: int
    ends_at: int
    announced_end: int
    closed_at: int | None
    price: int
    leader_id: str | None
    bids: int
    head: str
    hold_id: str | None
    left_out: str | None = None

    @property
    def out(self) -> tuple[str, ...]:
        """Whose bids did not count at the end."""
        return () if self.left_out is None else msgspec.json.decode(self.left_out, type=tuple[str, ...])

    @property
    def terms(self) -> Terms:
        return Terms(self.start_price, self.step, bool(self.sudden_death))


@dataclass(frozen=True, slots=True)
class BidRow:
    number: int
    bidder_id: str
    key: str
    amount: int
    maximum: int
    received_at: int
    lag_ms: int
    made_at: int
    sealed: bool
    salt: str
    hash: str

    @property
    def bid(self) -> Bid:
        return Bid(self.number, self.bidder_id, self.amount, self.maximum, self.made_at)


_AUCTION = tuple(auctions.c[name] for name in AuctionRow.__dataclass_fields__)
_BID = tuple(bids.c[name] for name in BidRow.__dataclass_fields__)


async def add(connection: AsyncConnection, row: AuctionRow) -> None:
    await connection.execute(
        sa.insert(auctions).values(**{name: getattr(row, name) for name in row.__dataclass_fields__})
    )


async def _rows(connection: AsyncConnection, query: sa.Select[Any]) -> list[AuctionRow]:
    return [AuctionRow(*row) for row in await connection.execute(query)]


async def by_id(connection: AsyncConnection, auction_id: str) -> AuctionRow | None:
    if not is_id(auction_id):
        return None
    found = await _rows(connection, sa.select(*_AUCTION).where(auctions.c.auction_id == auction_id))
    return found[0] if found else None


async def open_of(
    connection: AsyncConnection, *, listing_id: str | None = None, show_id: str | None = None
) -> list[AuctionRow]:
    """Open auctions of a listing, or of a show."""
    query = sa.select(*_AUCTION).where(auctions.c.state == "open").order_by(auctions.c.created_at)
    if listing_id is not None:
        query = query.where(auctions.c.listing_id == listing_id)
    if show_id is not None:
        query = query.where(auctions.c.show_id == show_id)
    return await _rows(connection, query)


async def due(connection: AsyncConnection, limit: int) -> list[AuctionRow]:
    """Open ones for which no bid can count any more."""
    over = sa.and_(auctions.c.state == "open", auctions.c.ends_at <= now_ms() - GRACE_MS)
    return await _rows(connection, sa.select(*_AUCTION).where(over).order_by(auctions.c.ends_at).limit(limit))


async def wait_ms(connection: AsyncConnection) -> int | None:
    """Milliseconds until the next hammer; None: nothing is open."""
    query = sa.select(sa.func.min(auctions.c.ends_at), now_ms()).where(auctions.c.state == "open")
    row = (await connection.execute(query)).one()
    return None if row[0] is None else int(row[0]) + GRACE_MS - int(row[1])


async def bid_rows(connection: AsyncConnection, auction_id: str) -> list[BidRow]:
    """In the order of their numbers, which is the order of arrival."""
    rows = await connection.execute(sa.select(*_BID).where(bids.c.auction_id == auction_id).order_by(bids.c.number))
    return [BidRow(*row) for row in rows]


async def add_bid(connection: AsyncConnection, auction_id: str, row: BidRow) -> None:
    values = {name: getattr(row, name) for name in row.__dataclass_fields__}
    await connection.execute(sa.insert(bids).values(auction_id=auction_id, **values))


async def stand(
    connection: AsyncConnection, auction_id: str, standing: Standing, count: int, ends_at: int, head: str
) -> None:
    await connection.execute(
        sa.update(auctions)
        .where(auctions.c.auction_id == auction_id)
        .values(price=standing.price, leader_id=standing.leader_id, bids=count, ends_at=ends_at, head=head)
    )


async def extend(connection: AsyncConnection, auction_id: str, ends_at: int) -> None:
    await connection.execute(sa.update(auctions).where(auctions.c.auction_id == auction_id).values(ends_at=ends_at))


async def close(connection: AsyncConnection, auction_id: str, state: State, hold_id: str | None) -> None:
    await connection.execute(
        sa.update(auctions)
        .where(auctions.c.auction_id == auction_id)
        .values(state=state, closed_at=now_ms(), hold_id=hold_id)
    )


async def unpaid(connection: AsyncConnection, listing_id: str) -> list[tuple[AuctionRow, HoldRow]]:
    """Auctions of a listing whose winner's hold has ended without being paid, and that hold."""
    # Not what an older version of the shop left: the winner's hold and the next bidder's end within an hour.
    lately = auctions.c.closed_at > now_ms() - PASSED_ON_MS
    query = sa.select(*_AUCTION).where(auctions.c.listing_id == listing_id, auctions.c.state == "sold", lately)
    rows = {row.hold_id: row for row in await _rows(connection, query) if row.hold_id is not None}
    holds = await hold_store.by_ids(connection, list(rows))
    return [(rows[hold.hold_id], hold) for hold in holds if hold.state in ("expired", "released")]


async def passed(connection: AsyncConnection, auction_id: str, hold_id: str | None) -> None:
    """The next bidder's hold, or None: nobody has paid."""
    values: dict[str, Any] = {"state": "unpaid"} if hold_id is None else {"hold_id": hold_id}
    await connection.execute(sa.update(auctions).where(auctions.c.auction_id == auction_id).values(**values))


async def leave_out(
    connection: AsyncConnection, auction_id: str, account_ids: Sequence[str], standing: Standing
) -> None:
    """How it ended without these bidders."""
    values = {"left_out": msgspec.json.encode(account_ids).decode()}
    await connection.execute(
        sa.update(auctions)
        .where(auctions.c.auction_id == auction_id)
        .values(price=standing.price, leader_id=standing.leader_id, **values)
    )


async def of_listings(connection: AsyncConnection, listing_ids: Sequence[str]) -> dict[str, AuctionRow]:
    """The open auction of each of these listings that has one."""
    query = sa.select(*_AUCTION).where(auctions.c.state == "open", auctions.c.listing_id.in_(listing_ids))
    return {row.listing_id: row for row in await _rows(connection, query)}
