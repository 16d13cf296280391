"""What auctions answer, as structs of the JSON API and as plain data of events."""

from __future__ import annotations

from typing import Any

import msgspec

from cart.auctions import log
from cart.auctions.rules import GRACE_MS, Standing
from cart.auctions.store import AuctionRow, BidRow
from hosts.person import Person


class NewAuction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``step`` 0: by the table of steps. ``sudden_death``: a late bid does not move the end."""

    listing_id: str
    start_price: int
    seconds: int
    step: int = 0
    sudden_death: bool = False


class AuctionView(msgspec.Struct, frozen=True):
    """``next``: the least that a new bid must be. ``grace_ms``: how long after ``ends_at`` bids made before it still count."""

    auction_id: str
    show_id: str
    listing_id: str
    currency: str
    start_price: int
    step: int
    sudden_death: bool
    state: str
    created_at: int
    ends_at: int
    price: int
    next: int
    leader: Person | None
    bids: int
    hash: str
    grace_ms: int = GRACE_MS


class BidAnswer(msgspec.Struct, frozen=True):
    """``leading`` is None for a sealed bid: nobody knows before the hammer. ``hash``: keep it to check the log later."""

    auction_id: str
    number: int
    leading: bool | None
    sealed: bool
    price: int
    next: int
    ends_at: int
    lag_ms: int
    hash: str


class LoggedBid(msgspec.Struct, frozen=True):
    """An entry of the log, who made it, and its hash."""

    entry: log.Entry
    bidder: Person | None
    hash: str


class BidLog(msgspec.Struct, frozen=True):
    """The whole log, to be kept and checked: how is in docs/auctions.md. ``opened``: maxima of all once it has closed, else
    one's own. ``left_out``: bidders who led at the hammer and were banned by then, whose bids count for nothing."""

    terms: log.LogTerms
    entries: list[LoggedBid]
    opened: list[log.Opened]
    state: str
    price: int
    winner: Person | None
    left_out: tuple[str, ...] = ()


def log_terms(row: AuctionRow) -> log.LogTerms:
    return log.LogTerms(
        auction_id=row.auction_id,
        listing_id=row.listing_id,
        show_id=row.show_id,
        currency=row.currency,
        start_price=row.start_price,
        step=row.step,
        sudden_death=bool(row.sudden_death),
        created_at=row.created_at,
        ends_at=row.announced_end,
    )


def entry(row: BidRow, previous: str) -> log.Entry:
    return log.Entry(
        number=row.number,
        bidder_id=row.bidder_id,
        amount=row.amount,
        commitment=log.commitment(row.maximum, row.salt),
        received_at=row.received_at,
        lag_ms=row.lag_ms,
        made_at=row.made_at,
        previous=previous,
    )


def placed(row: AuctionRow, bid: BidRow, standing: Standing, ends_at: int, people: dict[str, Person]) -> dict[str, Any]:
    """The data of ``bid_placed``: how the auction stands after this bid. Maxima stay secret."""
    leader = people.get(standing.leader_id or "")
    return {
        "auction_id": row.auction_id,
        "listing_id": row.listing_id,
        "number": bid.number,
        "bidder": msgspec.to_builtins(people.get(bid.bidder_id)),
        "amount": bid.amount,
        "price": standing.price,
        "next": standing.next_amount(row.terms),
        "leader": msgspec.to_builtins(leader),
        "ends_at": ends_at,
        "hash": bid.hash,
    }


def view(
    row: AuctionRow, people: dict[str, Person], *, sealed: int = 0, standing: Standing | None = None
) -> AuctionView:
    """``standing``: as far as it is public; ``sealed``: bids that nobody may know of yet."""
    stands = standing or Standing(row.price, row.leader_id)
    return AuctionView(
        auction_id=row.auction_id,
        show_id=row.show_id,
        listing_id=row.listing_id,
        currency=row.currency,
        start_price=row.start_price,
        step=row.step,
        sudden_death=bool(row.sudden_death),
        state=row.state,
        created_at=row.created_at,
        ends_at=row.ends_at,
        price=stands.price,
        next=stands.next_amount(row.terms),
        leader=people.get(stands.leader_id or ""),
        bids=row.bids - sealed,
        hash=row.head,
    )
