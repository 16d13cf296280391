"""Offers between a buyer and a seller, from a listing or from a show; what is agreed is held at that price."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Literal

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from cart import hold_store, lineup_store, listing_store, show_store, terms_store
from cart.announce import announce
from cart.errors import BuyerBanned, OfferNotFound, OfferRefused
from cart.freeing import MayBuy
from cart.hold_rules import COUNTER_MS, OFFER_MS
from cart.news import News, Told
from cart.offers import store
from cart.offers.rules import MOST_OPEN, OPEN_MS, Move, Refusal, Side, after, first_amount, judge
from cart.offers.store import OfferRow
from hosts import card_store, notices, stock_store
from hosts.cards import ListingCard
from hosts.database import Database
from hosts.database_time import read_now_ms
from hosts.notices import Kind
from hosts.people import people_by_id
from hosts.person import Person
from livestream.timeline import Timeline, Transaction

REFUSALS = {
    "closed": "This offer is settled already.",
    "over": "Nobody answered in time; this offer is over. Make a new one.",
    "not_your_turn": "It is the other side's turn.",
    "too_many": "You have gone back and forth long enough: accept or decline.",
}


class NewOffer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``show_id``: the show in which the buyer saw it, if any."""

    listing_id: str
    amount: int
    show_id: str | None = None


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``amount`` for a counter-offer."""

    do: Literal["counter", "accept", "decline", "withdraw"]
    amount: int | None = None


class Offer(msgspec.Struct, frozen=True):
    """``amount`` stands and waits for the side in ``turn``. ``mine``: on which side the one who looks is."""

    offer_id: str
    listing: ListingCard
    buyer: Person
    seller: Person
    mine: str
    show_id: str | None
    amount: int
    currency: str
    state: str
    turn: str
    until: int
    changed_at: int
    hold_id: str | None


class OfferList(msgspec.Struct, frozen=True):
    items: list[Offer]
    now: int


class Offers:
    def __init__(self, timeline: Timeline, database: Database, may_buy: MayBuy, news: News) -> None:
        self._timeline = timeline
        self._database = database
        self._may_buy = may_buy
        self._news = news

    async def make(self, buyer_id: str, new: NewOffer) -> Offer:
        """One open offer for each listing and buyer; making it again replaces nothing and is refused.

        Raises: ListingUnknown, ShowUnknown, BuyerBanned, OfferRefused.
        """
        async with self._timeline.transaction() as transaction:
            connection = transaction.connection
            await listing_store.lock_buyer(connection, buyer_id)
            await listing_store.lock_listings(connection, [new.listing_id])
            facts = await listing_store.listing(connection, new.listing_id)
            show_id = await self._place(connection, buyer_id, new)
            if facts.seller_id == buyer_id:
                raise OfferRefused("This is your own piece.", code="own")
            if facts.withdrawn or facts.state == "sold":
                raise OfferRefused("This piece is not for sale any more.", code="nothing_left")
            if not (await terms_store.read(connection, new.listing_id)).offers:
                raise OfferRefused("The seller takes no offers for this piece.", code="no_offers")
            opened = await store.open_by(connection, buyer_id)
            if any(row.listing_id == new.listing_id for row in opened):
                raise OfferRefused("You have an open offer for this piece.", code="open_already")
            if len(opened) >= MOST_OPEN:
                raise OfferRefused(f"{MOST_OPEN} of your offers wait for an answer already.", code="too_many")
            low, high = first_amount(facts.price)
            if not low <= new.amount <= high:
                raise OfferRefused(
                    "Offer less than the price, and a quarter of it at least.", code="amount", low=low, high=high
                )
            now = await read_now_ms(connection)
            row = OfferRow(
                offer_id=secrets.token_urlsafe(12),
                listing_id=new.listing_id,
                buyer_id=buyer_id,
                seller_id=facts.seller_id,
                show_id=show_id,
                amount=new.amount,
                currency=facts.currency,
                state="open",
                turn="seller",
                moves=1,
                created_at=now,
                changed_at=now,
                until=now + OPEN_MS,
                hold_id=None,
            )
            await store.add(connection, row)
            await _notice(connection, row, facts.title, Kind.OFFER_MADE, row.seller_id)
            view = await self._view(connection, row, buyer_id)
        await self._news.tell([_told(row, facts.title, "offer_made", row.seller_id)])
        return view

    async def answer(self, account_id: str, offer_id: str, answer: Answer) -> Offer:
        """A move by either side. Accepting holds the piece for the buyer at the agreed price.

        Raises: OfferNotFound, OfferRefused.
        """
        seen = await self._row(offer_id)
        async with self._timeline.transaction() as transaction:
            connection = transaction.connection
            await listing_store.lock_listings(connection, [seen.listing_id])
            row = await store.by_id(connection, offer_id)
            assert row is not None
            side: Side = "buyer" if account_id == row.buyer_id else "seller"
            facts = await listing_store.listing(connection, row.listing_id)
            now = await read_now_ms(connection)
            if answer.do == "accept" and row.state == "accepted":
                # A second click, or the first one's answer was lost.
                return await self._view(connection, row, account_id)
            refusal = judge(row.talk, side, answer.do, answer.amount, facts.price, now)
            if refusal is not None:
                raise _refused(refusal)
            talk = after(row.talk, side, answer.do, answer.amount, now)
            hold_id = None
            if answer.do == "accept":
                hold_id = await self._hold(transaction, row, now + (OFFER_MS if side == "seller" else COUNTER_MS))
            await store.change(connection, offer_id, talk, hold_id)
            await store.note(connection, offer_id, talk.moves, side, answer.do, talk.amount)
            row = replace(row, state=talk.state, turn=talk.turn, amount=talk.amount, until=talk.until, hold_id=hold_id)
            view = await self._view(connection, row, account_id)
            other = row.seller_id if side == "buyer" else row.buyer_id
            if answer.do in NOTICES:
                await _notice(connection, row, facts.title, NOTICES[answer.do], other)
        await self._news.tell([_told(row, facts.title, WORDS[answer.do], other)])
        return view

    async def list(self, account_id: str) -> OfferList:
        """Made and received, the newest change first."""
        async with self._database.reading() as connection:
            rows = await store.of(connection, account_id)
            now = await read_now_ms(connection)
            return OfferList([await self._view(connection, row, account_id) for row in rows], now)

    async def parties(self, offer_id: str) -> tuple[str, str]:
        """(buyer, seller). Raises: OfferNotFound."""
        row = await self._row(offer_id)
        return row.buyer_id, row.seller_id

    async def expire(self) -> float:
        """End what nobody answered in time."""
        async with self._database.reading() as connection:
            overdue = await store.overdue(connection)
        for seen in overdue:
            async with self._database.writing() as connection:
                await listing_store.lock_listings(connection, [seen.listing_id])
                row = await store.by_id(connection, seen.offer_id)
                if row is not None and row.state == "open" and row.until <= await read_now_ms(connection):
                    await store.change(connection, row.offer_id, replace(row.talk, state="expired"), None)
        return 0.0 if overdue else 5.0

    async def _place(self, connection: AsyncConnection, buyer_id: str, new: NewOffer) -> str | None:
        if new.show_id is None:
            return None
        show = await show_store.show(connection, new.show_id)
        if not await self._may_buy(connection, show.show_id, buyer_id):
            raise BuyerBanned("You are banned from this show and cannot buy in it.")
        return show.show_id if await lineup_store.has(connection, show.show_id, new.listing_id) else None

    async def _hold(self, transaction: Transaction, row: OfferRow, until: int) -> str:
        """Raises: OfferRefused when the piece is gone: the offer stays open, it may come free."""
        connection = transaction.connection
        if not await stock_store.claim(connection, row.listing_id):
            raise OfferRefused("Somebody else has this piece now. It may come free again.", code="nothing_left")
        show = await show_store.show(connection, row.show_id) if row.show_id is not None else None
        hold = await hold_store.begin(
            connection,
            row.buyer_id,
            row.listing_id,
            seller_id=row.seller_id,
            price=row.amount,
            currency=row.currency,
            now=await read_now_ms(connection),
            until=until,
            show_id=row.show_id,
            host_id=show.host_id if show is not None else None,
            terms="offer",
            terms_id=row.offer_id,
        )
        await announce(transaction, "held", [row.listing_id])
        return hold.hold_id

    async def _row(self, offer_id: str) -> OfferRow:
        async with self._database.reading() as connection:
            row = await store.by_id(connection, offer_id)
        if row is None:
            raise OfferNotFound("There is no such offer.")
        return row

    @staticmethod
    async def _view(connection: AsyncConnection, row: OfferRow, viewer_id: str) -> Offer:
        cards = await card_store.cards(connection, [row.listing_id], viewer_id)
        people = await people_by_id(connection, {row.buyer_id, row.seller_id})
        return Offer(
            offer_id=row.offer_id,
            listing=cards[row.listing_id],
            buyer=people[row.buyer_id],
            seller=people[row.seller_id],
            mine="buyer" if viewer_id == row.buyer_id else "seller",
            show_id=row.show_id,
            amount=row.amount,
            currency=row.currency,
            state=row.state,
            turn=row.turn,
            until=row.until,
            changed_at=row.changed_at,
            hold_id=row.hold_id,
        )


WORDS: dict[Move, str] = {
    "counter": "offer_countered",
    "accept": "offer_accepted",
    "decline": "offer_declined",
    "withdraw": "offer_withdrawn",
}


NOTICES: dict[Move, Kind] = {
    "counter": Kind.OFFER_COUNTERED,
    "accept": Kind.OFFER_ACCEPTED,
    "decline": Kind.OFFER_DECLINED,
}


async def _notice(connection: AsyncConnection, row: OfferRow, title: str, kind: Kind, account_id: str) -> None:
    await notices.add(
        connection,
        kind,
        [account_id],
        about=f"{row.offer_id}:{row.amount}",
        path="/orders?tab=offers",
        title=title,
        amount=row.amount,
        currency=row.currency,
        ends_at=row.until if row.state == "open" else None,
    )


def _told(row: OfferRow, title: str, kind: str, account_id: str) -> Told:
    data = {"offer_id": row.offer_id, "listing_id": row.listing_id, "title": title}
    return Told(account_id, kind, {**data, "amount": row.amount, "currency": row.currency, "hold_id": row.hold_id})


def _refused(refusal: Refusal) -> OfferRefused:
    if refusal.code == "amount":
        return OfferRefused(
            "A counter-offer lies between what the two of you have said.",
            code="amount",
            low=refusal.low,
            high=refusal.high,
        )
    return OfferRefused(REFUSALS[refusal.code], code=refusal.code)
