"""Auctions in a show: begun by its host, bid on by everybody who may buy there, closed by the clock of the database."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import msgspec

from cart import lineup_store, listing_store, payment_store, show_store, terms_store
from cart.announce import announce
from cart.auctions import hammer, log, rules, store, tell
from cart.auctions.money import BidMoney
from cart.auctions.rules import Bid, standing
from cart.auctions.store import AuctionRow, BidRow
from cart.auctions.views import AuctionView, BidAnswer, BidLog, LoggedBid, NewAuction, entry, log_terms, placed, view
from cart.errors import (
    BidRefused,
    BuyerBanned,
    IdempotencyMismatch,
    InvalidSale,
    NotInLineup,
    SaleRefused,
    SaleUnknown,
)
from cart.freeing import Freeing, MayBuy
from cart.lineups import may_sell
from cart.news import News, Told
from cart.terms import check_floor
from hosts import stock_store
from hosts.database import Database
from hosts.database_time import read_now_ms
from hosts.people import people_by_id
from livestream.timeline import Timeline, Transaction

REFUSALS = {
    "over": "The auction is over.",
    "too_low": "Somebody was faster. Bid a little more.",
    "too_high": "This is more than any piece here costs.",
    "not_higher": "You lead already. To raise your maximum, give a higher one.",
    "own": "Hosts and sellers do not bid on their own auctions.",
    "too_many": "This auction takes no more bids.",
}


class Auctions:
    """``received`` below is the loop's time at which the request reached this process."""

    def __init__(
        self,
        timeline: Timeline,
        database: Database,
        may_buy: MayBuy,
        freeing: Freeing,
        news: News,
        money: BidMoney | None = None,
    ) -> None:
        self._timeline = timeline
        self._database = database
        self._may_buy = may_buy
        self._freeing = freeing
        self._news = news
        self._money = money
        self.counters: Counter[str] = Counter()

    async def begin(self, show_id: str, by: str, new: NewAuction) -> AuctionView:
        """Reserves one piece. Raises: InvalidSale, SaleRefused, ShowUnknown, ShowOver, NotInLineup, ListingUnknown."""
        _check(new)
        async with self._timeline.transaction() as transaction:
            connection = transaction.connection
            await listing_store.lock_listings(connection, [new.listing_id])
            facts = await listing_store.listing(connection, new.listing_id)
            show = await show_store.open_show(connection, show_id)
            if show.state not in show_store.ON_AIR:
                raise SaleRefused("Go live first: an auction needs an audience.", code="not_live")
            if not await lineup_store.has(connection, show_id, new.listing_id) or not may_sell(show, facts):
                raise NotInLineup("This piece is not in the show's lineup.")
            if await store.open_of(connection, show_id=show_id):
                raise SaleRefused("One auction at a time: another one is running.", code="running")
            check_floor(show.host_id, facts, await terms_store.read(connection, new.listing_id), new.start_price)
            if not await stock_store.claim(connection, new.listing_id):
                raise SaleRefused("Nothing of this piece is left to sell.", code="nothing_left")
            now = await read_now_ms(connection)
            row = AuctionRow(
                auction_id=secrets.token_urlsafe(12),
                show_id=show_id,
                listing_id=new.listing_id,
                host_id=show.host_id,
                seller_id=facts.seller_id,
                currency=facts.currency,
                start_price=new.start_price,
                step=new.step,
                sudden_death=new.sudden_death,
                state="open",
                created_at=now,
                ends_at=now + new.seconds * 1_000,
                announced_end=now + new.seconds * 1_000,
                closed_at=None,
                price=new.start_price,
                leader_id=None,
                bids=0,
                head="",
                hold_id=None,
            )
            row = replace(row, head=log.digest(log_terms(row)))
            await store.add(connection, row)
            shown = view(row, {})
            started = ("auction_started", by, {"auction": msgspec.to_builtins(shown)})
            await announce(transaction, "held", [new.listing_id], {show_id: [started]})
        self.counters["auctions_started"] += 1
        return shown

    async def cancel(self, auction_id: str, show_id: str, by: str) -> None:
        """While nobody has bid. Raises: SaleUnknown, SaleRefused."""
        row = await self._row(auction_id)
        async with self._timeline.transaction() as transaction:
            connection = transaction.connection
            await listing_store.lock_listings(connection, [row.listing_id])
            present = await store.by_id(connection, auction_id)
            if present is None or present.show_id != show_id:
                raise SaleUnknown("There is no such auction in this show.")
            if present.state != "open":
                raise SaleRefused("The auction is over.", code="over")
            if present.bids:
                raise SaleRefused("Somebody has bid: this auction goes on to its end.", code="has_bids")
            await store.close(connection, auction_id, "cancelled", None)
            told = await self._freeing.free(transaction, row.listing_id, 1)
            cancelled = ("auction_cancelled", by, {"auction_id": auction_id, "listing_id": row.listing_id})
            await announce(transaction, "freed", [row.listing_id], {row.show_id: [cancelled]})
        await self._news.tell(told)

    async def bid(
        self,
        auction_id: str,
        bidder_id: str,
        amount: int,
        key: str,
        *,
        maximum: int | None = None,
        seen: int = 0,
        received: float | None = None,
        lag_ms: int | None = None,
        show_id: str | None = None,
    ) -> BidAnswer:
        """Durable when this returns. ``maximum``: how far the server may go on; ``seen``: the number of the newest bid on the
        bidder's screen; ``lag_ms``: as the server measured it. The same key gives the same bid.

        With a saved card and address what it may come to is authorised first (``auctions.money``).

        Raises: SaleUnknown, BidRefused, BuyerBanned, IdempotencyMismatch, Declined (then the bid does not count).
        """
        received = asyncio.get_running_loop().time() if received is None else received
        row = await self._row(auction_id)
        if show_id is not None and row.show_id != show_id:
            raise SaleUnknown("There is no such auction in this show.")
        told: list[Told] = []
        wish = Bid(0, bidder_id, amount, amount if maximum is None else max(amount, maximum), 0)
        payment_id = await self._ahead(row, wish, key)
        try:
            async with self._timeline.transaction() as transaction:
                await listing_store.lock_buyer(transaction.connection, bidder_id)
                await listing_store.lock_listings(transaction.connection, [row.listing_id])
                answer = await self._bid(transaction, auction_id, wish, key, seen, received, lag_ms, told)
                if payment_id is not None:
                    await payment_store.assign(transaction.connection, payment_id, f"{payment_store.BID}{auction_id}")
        except BaseException as error:
            if isinstance(error, BidRefused):
                self.counters[f"bids_{error.code}"] += 1
            if payment_id is not None and self._money is not None:
                await self._money.let_go(payment_id)
            raise
        self.counters["bids_taken"] += 1
        if self._money is not None and payment_id is None and answer.leading is not False:
            self._money.afterwards(row, wish)
        await self._news.tell(told)
        return answer

    async def _ahead(self, row: AuctionRow, wish: Bid, key: str) -> str | None:
        if self._money is None or wish.maximum > rules.HIGHEST:
            return None
        async with self._database.reading() as connection:
            if not await self._may_buy(connection, row.show_id, wish.bidder_id):
                return None  # refused in a moment
        return await self._money.ahead(row, wish, key)

    async def _bid(
        self,
        transaction: Transaction,
        auction_id: str,
        wish: Bid,
        key: str,
        seen: int,
        received: float,
        lag_ms: int | None,
        told: list[Told],
    ) -> BidAnswer:
        connection = transaction.connection
        row = await store.by_id(connection, auction_id)
        assert row is not None
        rows = await store.bid_rows(connection, auction_id)
        earlier = next((one for one in rows if one.bidder_id == wish.bidder_id and one.key == key), None)
        if earlier is not None:
            if (earlier.amount, earlier.maximum) != (wish.amount, wish.maximum):
                raise IdempotencyMismatch("This key was used for another bid. Take a new key for a new one.")
            return _answer(row, earlier, rows)
        if not await self._may_buy(connection, row.show_id, wish.bidder_id):
            raise BuyerBanned("You are banned from this show and cannot bid in it.")
        if row.state != "open":
            raise _refused(rules.Refusal("over"))
        # The database's clock, less the time since the request reached this process: waiting for the lock costs nobody.
        now, newest = await read_now_ms(connection), max((one.received_at for one in rows), default=0)
        received_at = now - max(0, round((asyncio.get_running_loop().time() - received) * 1_000))
        if now < newest:
            # The clock was set back. It does not go back within an auction: bids stand in the order in which they arrive.
            received_at, lag_ms = newest, None
        seen_at = next((one.received_at for one in rows if one.number == seen and not one.sealed), 0)
        made = rules.made_at(received_at, lag_ms, seen_at)
        bid = Bid(row.bids + 1, wish.bidder_id, wish.amount, wish.maximum, made)
        known = [one.bid for one in rows if not one.sealed or one.bidder_id == wish.bidder_id]
        owners = (row.seller_id, row.host_id)
        refusal = rules.judge(row.terms, known, row.ends_at, bid, received_at, owners)
        if refusal is not None:
            raise _refused(refusal)
        salt = secrets.token_hex(8)
        sealed = rules.is_sealed(row.terms, row.ends_at, received_at)
        placed_bid = BidRow(
            bid.number,
            bid.bidder_id,
            key,
            bid.amount,
            bid.maximum,
            received_at,
            received_at - made,
            made,
            sealed,
            salt,
            "",
        )
        digest = log.digest(entry(placed_bid, row.head))
        placed_bid = replace(placed_bid, hash=digest)
        before = standing(row.terms, known)
        ends_at = rules.ends_after(row.terms, row.ends_at, bid, before)
        after = standing(row.terms, [one.bid for one in (*rows, placed_bid)])
        await store.add_bid(connection, auction_id, placed_bid)
        await store.stand(connection, auction_id, after, bid.number, ends_at, digest)
        present = replace(row, ends_at=ends_at, bids=bid.number)
        if not sealed:
            ids = {bid.bidder_id, after.leader_id or ""}
            people = await people_by_id(connection, ids)
            data = placed(row, placed_bid, after, ends_at, people)
            await transaction.append(row.show_id, "bid_placed", data, by=bid.bidder_id)
            if before.leader_id is not None and after.leader_id != before.leader_id:
                facts = await listing_store.listing(connection, row.listing_id)
                about = {
                    "auction_id": auction_id,
                    "listing_id": row.listing_id,
                    "show_id": row.show_id,
                    "title": facts.title,
                    "price": after.price,
                    "next": after.next_amount(row.terms),
                    "currency": row.currency,
                }
                told.append(Told(before.leader_id, "outbid", about))
                await tell.outbid(connection, row, before.leader_id, facts.title, after.price, bid.number)
        return _answer(present, placed_bid, [*rows, placed_bid])

    async def view(self, auction_id: str) -> AuctionView:
        """As everybody may know it. Raises: SaleUnknown."""
        async with self._database.reading() as connection:
            row = await store.by_id(connection, auction_id)
            if row is None:
                raise SaleUnknown("There is no such auction.")
            rows = await store.bid_rows(connection, auction_id)
            public = [one for one in rows if not (one.sealed and row.state == "open")]
            stands = standing(row.terms, [one.bid for one in public], row.out)
            people = await people_by_id(connection, {stands.leader_id or ""})
        head = public[-1].hash if public else log.digest(log_terms(row))
        return msgspec.structs.replace(view(row, people, standing=stands), bids=len(public), hash=head)

    async def log(self, auction_id: str, viewer_id: str | None) -> BidLog:
        """Everything that is needed to check the outcome. Raises: SaleUnknown."""
        async with self._database.reading() as connection:
            row = await store.by_id(connection, auction_id)
            if row is None:
                raise SaleUnknown("There is no such auction.")
            rows = await store.bid_rows(connection, auction_id)
            closed = row.state != "open"
            public = [one for one in rows if closed or not one.sealed]
            people = await people_by_id(connection, {one.bidder_id for one in public})
        previous = log.digest(log_terms(row))
        entries = []
        for one in public:
            entries.append(LoggedBid(entry(one, previous), people.get(one.bidder_id), one.hash))
            previous = one.hash
        opened = [
            log.Opened(one.number, one.maximum, one.salt)
            for one in public
            if closed or (viewer_id is not None and one.bidder_id == viewer_id)
        ]
        stands = standing(row.terms, [one.bid for one in public], row.out)
        winner = people.get(stands.leader_id or "") if row.state == "sold" else None
        return BidLog(log_terms(row), entries, opened, row.state, stands.price, winner, row.out)

    async def close_due(self) -> float:
        """Let the hammer fall where it is due. Returns the seconds until it should be called again."""
        async with self._database.reading() as connection:
            due = await store.due(connection, limit=100)
            wait = await store.wait_ms(connection)
        for row in due:
            async with self._timeline.transaction() as transaction:
                await listing_store.lock_listings(transaction.connection, [row.listing_id])
                told = await hammer.fall(transaction, row.auction_id, self._freeing)
            self.counters["auctions_closed"] += 1
            await self._news.tell(told)
        if due:
            return 0.0
        return 1.0 if wait is None else min(max(wait / 1000, 0.01), 1.0)

    async def _row(self, auction_id: str) -> AuctionRow:
        async with self._database.reading() as connection:
            row = await store.by_id(connection, auction_id)
        if row is None:
            raise SaleUnknown("There is no such auction.")
        return row


def _check(new: NewAuction) -> None:
    """Raises: InvalidSale."""
    if not 1 <= new.start_price <= rules.HIGHEST:
        raise InvalidSale("The starting price must be above zero.", field="start_price")
    if not 0 <= new.step <= rules.HIGHEST:
        raise InvalidSale("The step must be an amount, or 0 for the usual steps.", field="step")
    if not rules.SHORTEST_MS <= new.seconds * 1_000 <= rules.LONGEST_MS:
        raise InvalidSale(
            f"An auction runs for {rules.SHORTEST_MS // 1_000} seconds to {rules.LONGEST_MS // 60_000} minutes.",
            field="seconds",
        )


def _refused(refusal: rules.Refusal) -> BidRefused:
    return BidRefused(REFUSALS[refusal.code], code=refusal.code, least=refusal.least)


def _answer(row: AuctionRow, own: BidRow, rows: Sequence[BidRow]) -> BidAnswer:
    """What the bidder may know: of the sealed bids nothing, not even whether one's own leads."""
    hidden = own.sealed and row.state == "open"
    stands = standing(row.terms, [one.bid for one in rows if not (hidden and one.sealed)])
    return BidAnswer(
        auction_id=row.auction_id,
        number=own.number,
        leading=None if hidden else stands.leader_id == own.bidder_id,
        sealed=own.sealed,
        price=stands.price,
        next=stands.next_amount(row.terms),
        ends_at=row.ends_at,
        lag_ms=own.lag_ms,
        hash=own.hash,
    )
