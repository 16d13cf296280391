"""Whom an auction tells by the bell, in the transaction of the bid or the hammer (``hosts.notices``)."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from cart.auctions.store import AuctionRow
from hosts import notices
from hosts.notices import Kind


async def outbid(
    connection: AsyncConnection, row: AuctionRow, account_id: str, title: str, price: int, bid: int
) -> None:
    """Who led until this bid; ``price`` is what the piece stands at now, in minor units."""
    await notices.add(
        connection,
        Kind.OUTBID,
        [account_id],
        about=f"{row.auction_id}:{bid}",
        path=f"/show/{row.show_id}",
        title=title,
        amount=price,
        currency=row.currency,
    )


async def won(
    connection: AsyncConnection, row: AuctionRow, account_id: str, title: str, price: int, until: int
) -> None:
    """The winner, with the time (Unix ms) until which the piece is held for paying."""
    await notices.add(
        connection,
        Kind.WON,
        [account_id],
        about=row.auction_id,
        path="/cart",
        title=title,
        amount=price,
        currency=row.currency,
        ends_at=until,
    )


async def confirm(
    connection: AsyncConnection, row: AuctionRow, account_id: str, title: str, amount: int, until: int
) -> None:
    """A bidder whose bank wants ``amount`` minor units confirmed until then (Unix ms); the bid counts already."""
    await notices.add(
        connection,
        Kind.BID_CONFIRM,
        [account_id],
        about=f"{row.auction_id}:{amount}",
        path=f"/show/{row.show_id}",
        title=title,
        amount=amount,
        currency=row.currency,
        ends_at=until,
    )


async def second_chance(
    connection: AsyncConnection, row: AuctionRow, account_id: str, title: str, price: int, until: int, hold_id: str
) -> None:
    """Who comes first without the winner, who has not paid; the piece is held for them until then (Unix ms)."""
    await notices.add(
        connection,
        Kind.SECOND_CHANCE,
        [account_id],
        about=hold_id,
        path="/cart",
        title=title,
        amount=price,
        currency=row.currency,
        ends_at=until,
    )


async def lapsed(connection: AsyncConnection, row: AuctionRow, account_id: str, title: str) -> None:
    """Who has not paid what they won, or were offered next."""
    about, path = f"{row.auction_id}:{account_id}", f"/listing/{row.listing_id}"
    await notices.add(connection, Kind.WIN_LAPSED, [account_id], about=about, path=path, title=title)


async def not_paid(connection: AsyncConnection, row: AuctionRow, title: str) -> None:
    """The seller, and the host where that is somebody else."""
    about, path = row.auction_id, f"/listing/{row.listing_id}"
    people = sorted({row.seller_id, row.host_id})
    await notices.add(connection, Kind.NOT_PAID, people, about=about, path=path, title=title)


async def won_paid(connection: AsyncConnection, row: AuctionRow, account_id: str, title: str, price: int) -> None:
    """The winner, whose saved card pays what was authorised for the bid."""
    await notices.add(
        connection,
        Kind.WON_PAID,
        [account_id],
        about=row.auction_id,
        path="/orders",
        title=title,
        amount=price,
        currency=row.currency,
    )
