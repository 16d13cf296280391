"""How an auction ends, given its bids and whose of them do not count. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from cart.auctions.rules import Standing, opening, topped
from cart.auctions.store import AuctionRow, BidRow


def final(row: AuctionRow, bids: Sequence[BidRow], out: Collection[str] = ()) -> Standing:
    """In the order in which the bids were made, without those of ``out``."""
    found = opening(row.terms)
    for one in sorted(bids, key=lambda each: (each.made_at, each.number)):
        if one.bidder_id not in out:
            found = topped(row.terms, found, one.bid)
    return found
