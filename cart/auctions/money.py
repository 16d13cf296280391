"""The money behind bids: authorised with the saved card before a bid counts, let go when it is outbid, spent when it has won.

The provider is never called in a transaction. A reservation belongs to an auction through its payment's key, which it gets
in the transaction of the bid; before that nobody else touches it. ``settle`` looks at all of them again and again, so what a
killed server left behind is brought to its end by the next one.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter

from cart import hold_store, listing_store, order_store, payment_store, quote_store
from cart.auctions import store, tell
from cart.auctions.rules import Bid, standing
from cart.auctions.store import AuctionRow
from cart.errors import CartError, ConfirmationNeeded, Declined, InvalidCheckout, PaymentUnavailable
from cart.hold_rules import DECLINED_MS
from cart.money import totals
from cart.news import News, Told
from cart.payment_states import PROVIDER_SECONDS
from cart.payment_store import Payment
from cart.quotes import Piece
from cart.reservations import Reservations
from cart.settlement import needed
from hosts.database import Database
from hosts.database_time import read_now_ms

logger = logging.getLogger(__name__)

# So near to its end no bid waits for a bank: the bank may take PROVIDER_SECONDS, and the hammer would fall meanwhile.
LATE_MS = round(PROVIDER_SECONDS * 1_000) + 2_000
SETTLE_SECONDS = 0.5  # the order of a won auction is there while the winner still looks at the hammer
MOST_LATE = 200  # authorisations under way after their bids; further winners pay from their bag


class BidMoney:
    """``stop`` ends what is under way."""

    def __init__(self, database: Database, reservations: Reservations, news: News) -> None:
        self._database = database
        self._reservations = reservations
        self._news = news
        self._late: set[asyncio.Task[None]] = set()
        self.counters: Counter[str] = Counter()

    async def stop(self) -> None:
        """Waits for the banks that are being asked: a reservation that nobody knows of would block money for a day."""
        if self._late:
            await asyncio.wait(self._late, timeout=PROVIDER_SECONDS)
        for task in list(self._late):
            task.cancel()

    async def ahead(self, row: AuctionRow, bid: Bid, key: str) -> str | None:
        """Authorise what a bid may come to; the payment's id, to be given to ``payment_store.assign`` in the bid's transaction
        or to ``let_go``. None: there is no saved card or address, enough is reserved already, the auction ends too soon to
        ask a bank first, or the bid is one that will be answered or refused without. Raises: Declined; ConfirmationNeeded:
        the bidder confirms and bids again, with the money reserved."""
        async with self._database.reading() as connection:
            rows = await store.bid_rows(connection, row.auction_id)
            now = await read_now_ms(connection)
        if any(one.bidder_id == bid.bidder_id and one.key == key for one in rows):
            return None
        public = standing(row.terms, [one.bid for one in rows if not one.sealed])
        hopeless = bid.bidder_id != public.leader_id and bid.maximum < public.next_amount(row.terms)
        owner = bid.bidder_id in (row.seller_id, row.host_id)
        if row.state != "open" or owner or hopeless or row.ends_at - now < LATE_MS:
            return None
        try:
            return await self._reserve(row, bid, payment_store.ASKED)
        except ConfirmationNeeded as question:
            raise ConfirmationNeeded(
                "Your bank wants you to confirm the amount of this bid. It counts once you have confirmed it.",
                **(question.details or {}),
            ) from None

    def afterwards(self, row: AuctionRow, bid: Bid) -> None:
        """Authorise for a bid that counts already. What the bank refuses is then paid from the bag, as without a card."""
        if len(self._late) >= MOST_LATE:
            self.counters["bids_not_reserved"] += 1
            return
        task = asyncio.create_task(self._afterwards(row, bid), name="bid money")
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    async def _afterwards(self, row: AuctionRow, bid: Bid) -> None:
        try:
            payment_id = await self._reserve(row, bid, payment_store.LATE)
            if payment_id is not None:
                async with self._database.writing() as connection:
                    await payment_store.assign(connection, payment_id, _key(row.auction_id))
        except ConfirmationNeeded as question:
            await self._tell_asked(row, bid, question)
        except Declined:
            logger.info("a late bid in auction %s is not reserved: declined", row.auction_id)
        except Exception:
            logger.exception("a late bid in auction %s is not reserved", row.auction_id)

    async def _tell_asked(self, row: AuctionRow, bid: Bid, question: ConfirmationNeeded) -> None:
        """The bid counts; what is missing is the bidder's word to the bank."""
        details = question.details or {}
        async with self._database.writing() as connection:
            title = (await listing_store.listing(connection, row.listing_id)).title
            await tell.confirm(connection, row, bid.bidder_id, title, details["amount"], details["until"])
        about = {"auction_id": row.auction_id, "listing_id": row.listing_id, "show_id": row.show_id, "title": title}
        await self._news.tell([Told(bid.bidder_id, "confirm_bid", {**about, **details})])

    async def _reserve(self, row: AuctionRow, bid: Bid, way: str) -> str | None:
        async with self._database.reading() as connection:
            if await order_store.saved_address(connection, bid.bidder_id) is None:
                return None
            # Not joined to an open parcel, which may be shipped before the hammer falls: never less than it will cost.
            weight = (await quote_store.weights(connection, [row.listing_id]))[row.listing_id]
            piece = Piece("", row.seller_id, bid.maximum, row.currency, weight)
            most = totals(await quote_store.of_pieces(connection, None, None, [piece], 0)).total
            there = await payment_store.assigned(connection, _key(row.auction_id))
            asked = await payment_store.reserved_by(connection, bid.bidder_id, f"{way}{row.auction_id}")
        if any(one.account_id == bid.bidder_id and one.amount >= most for one in there):
            return None
        for one in asked:
            # Only what the bank has asked about: another one may still be on its way to being authorised.
            if one.confirmation is not None and one.amount >= most:
                if one.state == "asking":
                    raise needed(one)
                return one.payment_id
        try:
            payment_id = await self._reservations.reserve(bid.bidder_id, most, row.currency, f"{way}{row.auction_id}")
        except InvalidCheckout:
            return None  # no card that is still good
        except Declined as error:
            self.counters["bids_declined"] += 1
            raise Declined(
                "Your bank declined the amount of this bid, so the bid does not count. Nothing was charged. "
                "Bid less, or choose another card in your bag and bid again.",
                code=error.code,
            ) from error
        except PaymentUnavailable:
            return None  # a bank that is away takes nobody's bid: the winner pays from the bag
        self.counters["bids_reserved"] += 1
        return payment_id

    async def let_go(self, payment_id: str) -> None:
        """Of a bid that did not come to count."""
        await self._reservations.release(payment_id)

    async def settle(self) -> float:
        """Spend what has won and let go of what cannot win any more. Returns the seconds until the next look."""
        async with self._database.reading() as connection:
            found = await payment_store.assigned(connection)
        by_auction: dict[str, list[Payment]] = {}
        for payment in found:
            by_auction.setdefault(payment.key.removeprefix(payment_store.BID), []).append(payment)
        await self._refused()
        for auction_id, payments in by_auction.items():
            try:
                await self._settle(auction_id, payments)
            except Exception:
                logger.exception("the money of auction %s is not settled yet", auction_id)
        return SETTLE_SECONDS

    async def _refused(self) -> None:
        """A bid that counted before the bank refused its money, and has won: a short while to pay another way."""
        async with self._database.reading() as connection:
            found = await payment_store.refused_late(connection)
        for payment in found:
            told: list[Told] = []
            async with self._database.writing() as connection:
                row = await store.by_id(connection, payment.key.removeprefix(payment_store.LATE))
                if row is None or row.state == "open" or not await payment_store.seen(connection, payment.payment_id):
                    continue
                holds = await hold_store.by_ids(connection, [row.hold_id] if row.hold_id else [])
                backed = await payment_store.assigned(connection, _key(row.auction_id))
                until = await read_now_ms(connection) + DECLINED_MS
                for hold in holds:
                    owns = hold.buyer_id == payment.account_id
                    if owns and not backed and await hold_store.shorten(connection, hold.hold_id, until):
                        title = (await listing_store.listing(connection, row.listing_id)).title
                        data = {"auction_id": row.auction_id, "hold_id": hold.hold_id, "until": until, "title": title}
                        told.append(Told(hold.buyer_id, "bid_declined", data))
            await self._news.tell(told)

    async def _settle(self, auction_id: str, payments: list[Payment]) -> None:
        async with self._database.reading() as connection:
            row = await store.by_id(connection, auction_id)
            rows = await store.bid_rows(connection, auction_id)
            holds = await hold_store.by_ids(connection, [row.hold_id] if row and row.hold_id else [])
        assert row is not None
        if row.state == "open":
            leader = standing(row.terms, [one.bid for one in rows if not one.sealed]).leader_id
            # What sealed bids do is nobody's to know, the bank statement of the one who led included.
            kept = {leader, *(one.bidder_id for one in rows if one.sealed)}
        else:
            kept = {one.buyer_id for one in holds if one.state == "active"}
        largest: dict[str, Payment] = {}
        for payment in payments:
            if payment.account_id in kept:
                before = largest.get(payment.account_id)
                largest[payment.account_id] = payment if before is None or payment.amount > before.amount else before
        for payment in payments:
            if largest.get(payment.account_id) is not payment:
                await self._reservations.release(payment.payment_id)
                self.counters["bids_released"] += 1
            elif row.state != "open":
                await self._spend(row, payment, holds[0].until)

    async def _spend(self, row: AuctionRow, payment: Payment, until: int) -> None:
        assert row.hold_id is not None
        try:
            await self._reservations.spend(payment.payment_id, [row.hold_id])
        except CartError as error:
            logger.warning("the winner of auction %s pays from the bag: %s", row.auction_id, error.code)
            if error.code in ("hold_gone", "reservation_over", "settled"):
                return  # paid from the bag meanwhile, or by another server
            async with self._database.writing() as connection:
                facts = await listing_store.listing(connection, row.listing_id)
                await tell.won(connection, row, payment.account_id, facts.title, row.price, until)
            return
        self.counters["bids_paid"] += 1


def _key(auction_id: str) -> str:
    return f"{payment_store.BID}{auction_id}"
