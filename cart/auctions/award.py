"""Who gets the piece of an auction, and the hold that makes it theirs: when the hammer falls, and when it is passed on unpaid."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from cart import hold_store
from cart.auctions.rules import Bid, Standing, standing
from cart.auctions.store import AuctionRow
from cart.hold_store import HoldRow
from cart.may_buy import MayBuy


async def final(
    connection: AsyncConnection, row: AuctionRow, bids: Sequence[Bid], out: Sequence[str], may_buy: MayBuy
) -> tuple[Standing, list[str]]:
    """How it ends without the bidders ``out`` and those who lead and were banned since; and all who are left out: the log
    keeps their bids."""
    left_out = list(out)
    stands = standing(row.terms, bids, left_out)
    while stands.leader_id is not None and not await may_buy(connection, row.show_id, stands.leader_id):
        left_out.append(stands.leader_id)
        stands = standing(row.terms, bids, left_out)
    return stands, left_out


async def award(
    connection: AsyncConnection, row: AuctionRow, buyer_id: str, price: int, now: int, lasts_ms: int, terms: str
) -> HoldRow:
    """The piece, which the caller has claimed, is theirs to pay for. ``price``: where the bids stand."""
    return await hold_store.begin(
        connection,
        buyer_id,
        row.listing_id,
        seller_id=row.seller_id,
        price=price,
        currency=row.currency,
        now=now,
        until=now + lasts_ms,
        show_id=row.show_id,
        host_id=row.host_id,
        terms=terms,
        terms_id=row.auction_id,
    )
