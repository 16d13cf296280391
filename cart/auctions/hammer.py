"""The end of an auction: the winner's hold, or the piece comes free again; the sealed bids are opened."""

from __future__ import annotations

from typing import Any

import msgspec

from cart import hold_store, listing_store, payment_store, show_store
from cart.announce import Entry, announce
from cart.auctions import store, tell
from cart.auctions.award import award, final
from cart.auctions.rules import GRACE_MS, is_over, standing
from cart.auctions.store import AuctionRow, BidRow
from cart.auctions.views import placed
from cart.freeing import Freeing
from cart.hold_rules import AUCTION_MS
from cart.news import Told
from hosts.database_time import read_now_ms
from hosts.people import people_by_id
from livestream.timeline import Transaction

AWAY_MS = 5_000  # a hammer that falls later than this after its time: the server was away, and so was everybody
AGAIN_MS = 30_000  # time to come back and bid


async def fall(transaction: Transaction, auction_id: str, freeing: Freeing) -> list[Told]:
    """Close an auction that is over. The listing is locked. What is returned is to be told after the commit."""
    connection = transaction.connection
    row = await store.by_id(connection, auction_id)
    now = await read_now_ms(connection)
    if row is None or row.state != "open" or not is_over(row.ends_at, now):
        return []
    if now > row.ends_at + GRACE_MS + AWAY_MS:
        await store.extend(connection, auction_id, now + AGAIN_MS)
        data = {"auction_id": auction_id, "ends_at": now + AGAIN_MS}
        await transaction.append(row.show_id, "auction_extended", data)
        return []
    bids = await store.bid_rows(connection, auction_id)
    people = await people_by_id(connection, {bid.bidder_id for bid in bids})
    entries: list[Entry] = [("bid_placed", bid.bidder_id, data) for bid, data in _opened(row, bids, people)]
    stands, out = await final(connection, row, [bid.bid for bid in bids], (), freeing.may_buy)
    if out:
        await store.leave_out(connection, auction_id, out, stands)
    winner = people.get(stands.leader_id or "")
    closed: dict[str, Any] = {
        "auction_id": auction_id,
        "listing_id": row.listing_id,
        "state": "unsold" if stands.leader_id is None else "sold",
        "price": stands.price,
        "winner": msgspec.to_builtins(winner),
        "bids": len(bids),
        "hash": row.head,
        **({"left_out": out} if out else {}),
    }
    entries.append(("auction_closed", None, closed))
    facts = await listing_store.listing(connection, row.listing_id)
    if stands.leader_id is None:
        told = await freeing.free(transaction, row.listing_id, 1)
        await store.close(connection, auction_id, "unsold", None)
        await announce(transaction, "freed", [row.listing_id], {row.show_id: entries})
        return told
    # The piece that the auction reserved becomes the winner's; the stock does not change.
    hold = await award(connection, row, stands.leader_id, stands.price, now, AUCTION_MS, "auction")
    await store.close(connection, auction_id, "sold", hold.hold_id)
    events = await announce(transaction, "held", [row.listing_id], {row.show_id: entries})
    show = await show_store.show(connection, row.show_id)
    if show.state in show_store.ON_AIR:
        await hold_store.set_moment(connection, hold.hold_id, events[row.show_id].at)
    about = {"auction_id": auction_id, "listing_id": row.listing_id, "show_id": row.show_id, "title": facts.title}
    price = {"price": stands.price, "currency": row.currency}
    reserved = await payment_store.assigned(connection, f"{payment_store.BID}{auction_id}")
    paid = any(one.account_id == stands.leader_id and one.amount >= stands.price for one in reserved)
    for_winner = {**about, **price, "hold_id": hold.hold_id, "until": hold.until, "paid": paid}
    won = Told(stands.leader_id, "won", for_winner)
    if paid:
        await tell.won_paid(connection, row, stands.leader_id, facts.title, stands.price)
    else:
        await tell.won(connection, row, stands.leader_id, facts.title, stands.price, hold.until)
    others = sorted({bid.bidder_id for bid in bids} - {stands.leader_id})
    return [won, *(Told(account_id, "lost", {**about, **price}) for account_id in others)]


def _opened(row: AuctionRow, bids: list[BidRow], people: Any) -> list[tuple[BidRow, dict[str, Any]]]:
    """The sealed bids with how the auction stood after each, as everybody may know now."""
    told = []
    for bid in bids:
        if bid.sealed:
            known = [other.bid for other in bids if other.number <= bid.number]
            told.append((bid, placed(row, bid, standing(row.terms, known), row.ends_at, people)))
    return told
