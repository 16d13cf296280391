"""What was won and not paid for goes on once: to the bidder who comes first without the one who did not pay.

At the price that the bids give without theirs, so nobody gains by bidding others up and not paying; and as a hold that need
not be paid for: this bidder had been told that somebody else won. Unpaid again, or with nobody left, the piece comes free.
"""

from __future__ import annotations

from typing import Any

import msgspec

from cart import listing_store
from cart.announce import Entry
from cart.auctions import store, tell
from cart.auctions.award import award, final
from cart.auctions.store import AuctionRow
from cart.hold_rules import SECOND_MS
from cart.hold_store import HoldRow
from cart.may_buy import MayBuy
from cart.news import Told
from hosts import stock_store
from hosts.database_time import read_now_ms
from hosts.people import people_by_id
from livestream.timeline import Transaction

SECOND = "second"  # the terms of such a hold


async def pass_on(
    transaction: Transaction, listing_id: str, may_buy: MayBuy, besides: dict[str, list[Entry]]
) -> list[Told]:
    """After a hold of a listing has ended unpaid; its piece is free and the listing locked. ``besides`` gets what the show's
    log is to be told."""
    told: list[Told] = []
    for row, hold in await store.unpaid(transaction.connection, listing_id):
        told += await _pass_on(transaction, row, hold, may_buy, besides)
    return told


async def _pass_on(
    transaction: Transaction, row: AuctionRow, hold: HoldRow, may_buy: MayBuy, besides: dict[str, list[Entry]]
) -> list[Told]:
    connection = transaction.connection
    facts = await listing_store.listing(connection, row.listing_id)
    bids = [one.bid for one in await store.bid_rows(connection, row.auction_id)]
    stands, out = await final(connection, row, bids, [*row.out, hold.buyer_id], may_buy)
    await store.leave_out(connection, row.auction_id, out, stands)
    await tell.lapsed(connection, row, hold.buyer_id, facts.title)
    await tell.not_paid(connection, row, facts.title)
    about = {"auction_id": row.auction_id, "listing_id": row.listing_id, "show_id": row.show_id, "title": facts.title}
    told = [Told(hold.buyer_id, "win_lapsed", about)]
    following: HoldRow | None = None
    next_id = stands.leader_id if hold.terms != SECOND and not facts.withdrawn else None
    if next_id is not None and await stock_store.claim(connection, row.listing_id):
        now = await read_now_ms(connection)
        following = await award(connection, row, next_id, stands.price, now, SECOND_MS, SECOND)
        await tell.second_chance(
            connection, row, following.buyer_id, facts.title, following.price, following.until, following.hold_id
        )
        price = {"price": stands.price, "currency": row.currency}
        data = {**about, **price, "hold_id": following.hold_id, "until": following.until}
        told.append(Told(following.buyer_id, "second_chance", data))
    await store.passed(connection, row.auction_id, following.hold_id if following is not None else None)
    people = await people_by_id(connection, {following.buyer_id if following is not None else ""})
    closed: dict[str, Any] = {
        "auction_id": row.auction_id,
        "listing_id": row.listing_id,
        "state": "sold" if following is not None else "unpaid",
        "price": stands.price,
        "winner": msgspec.to_builtins(people.get(following.buyer_id)) if following is not None else None,
        "bids": len(bids),
        "hash": row.head,
        "left_out": out,
        "second": following is not None,
    }
    besides.setdefault(row.show_id, []).append(("auction_closed", None, closed))
    return told
