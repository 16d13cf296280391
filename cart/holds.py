"""Claim a piece for two minutes, give it back, let it go when its time is over.

A claim is one transaction: the key, the price, one conditional UPDATE of the stock, the hold, the event. Those who find
nothing left are refused from one plain read for all of them, where that suffices (``crowd``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from cart import hold_store, idempotency_store, lineup_store, listing_store, show_store, waitlist_store
from cart.announce import Entry, announce
from cart.crowd import Crowds
from cart.errors import BuyerBanned, HoldGone, HoldNotFound, HoldRefused
from cart.freeing import Freeing, MayBuy
from cart.hold_rules import HOLD_MS, HOLDS_PER_BUYER
from cart.hold_store import HoldRow
from cart.idempotency import answered, fingerprint
from cart.listing_store import ListingFacts
from cart.news import News, Told
from cart.pricing import check_limits, priced
from cart.views import Hold
from hosts import card_store, stock_store
from hosts.database import Database
from hosts.database_time import read_now_ms
from livestream.timeline import Timeline, Transaction


async def everybody(connection: AsyncConnection, show_id: str, account_id: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Wish:
    buyer_id: str
    listing_id: str
    show_id: str | None
    key: str
    price: int | None = None  # what the buyer's page showed; more is not taken

    @property
    def fingerprint(self) -> str:
        return fingerprint("hold", self.listing_id, self.show_id, self.price)


class Holds:
    def __init__(self, timeline: Timeline, database: Database, may_buy: MayBuy, freeing: Freeing, news: News) -> None:
        self._timeline = timeline
        self._database = database
        self._may_buy = may_buy
        self._freeing = freeing
        self._news = news
        self._crowds: Crowds[Wish, Hold] = Crowds(self._look, self._attempt)
        self.counters: Counter[str] = Counter()

    async def claim(
        self, buyer_id: str, listing_id: str, show_id: str | None, key: str, price: int | None = None
    ) -> Hold:
        """Hold one piece. A show counts where it has the listing in its lineup; else the hold has no show.

        ``price``: what the buyer's page showed; a higher one is refused, a lower one taken. The same key gives the same
        hold, unless that has run out.

        Raises: ListingUnknown, ShowUnknown, BuyerBanned, HoldRefused, IdempotencyMismatch, TooCrowded.
        """
        try:
            hold = await self._crowds.enter(listing_id, Wish(buyer_id, listing_id, show_id, key, price))
        except HoldRefused as refusal:
            self.counters[f"claims_{refusal.code}"] += 1
            raise
        self.counters["claims_granted"] += 1
        return hold

    async def stop(self) -> None:
        """Returns when every claim that has begun is answered."""
        await self._crowds.stop()

    def statistics(self) -> dict[str, int]:
        crowds = {"claim_looks": self._crowds.looks, "claims_crowded": self._crowds.turned_away}
        return {**self.counters, **crowds}

    async def _look(self, listing_id: str, wishes: Sequence[Wish]) -> tuple[list[Exception | None], int]:
        """Refuse those whom the claim would refuse anyway: never a key that may have an answer, nor where a hold is over."""
        async with self._database.reading() as connection:
            facts = await listing_store.listing(connection, listing_id)
            if facts.left > 0 and not facts.withdrawn:
                return [None] * len(wishes), facts.left
            active = await hold_store.active_on(connection, listing_id)
            now = await read_now_ms(connection)
            overdue = sum(not row.live(now) for row in active)
            if overdue and not facts.withdrawn:
                return [None] * len(wishes), overdue
            known = await idempotency_store.known(connection, [(wish.buyer_id, wish.key) for wish in wishes])
        refusals = Refusals(facts, active)
        asked = ((wish, (wish.buyer_id, wish.key) in known) for wish in wishes)
        return [None if used else refusals.of(wish.buyer_id) for wish, used in asked], len(wishes)

    async def _attempt(self, wish: Wish) -> Hold:
        async with self._timeline.transaction() as transaction:
            return await self._claim(transaction, wish)

    async def _claim(self, transaction: Transaction, wish: Wish) -> Hold:
        connection, wanted = transaction.connection, wish.fingerprint
        buyer_id, listing_id, show_id, key = wish.buyer_id, wish.listing_id, wish.show_id, wish.key
        await listing_store.lock_buyer(connection, buyer_id)
        earlier = await idempotency_store.earlier_answer(connection, buyer_id, key, wanted)
        if earlier is not None:
            answer = msgspec.json.decode(earlier, type=Hold)
            if not await self._has_run_out(connection, answer.hold_id):
                return answer
            # A page whose answer was lost asks again much later: what it got has run out meanwhile, and this is a new wish.
            await idempotency_store.forget(connection, buyer_id, key)
        show = await self._admit(connection, show_id, buyer_id) if show_id is not None else None
        own = await hold_store.live_of(connection, buyer_id)
        await self._take(connection, buyer_id, listing_id, own)
        facts = await listing_store.listing(
            connection, listing_id
        )  # locked by the claim: the price stands until the commit
        if show is not None and not await lineup_store.has(connection, show.show_id, listing_id):
            show = None
        now = await read_now_ms(connection)
        place = show.show_id if show is not None else None
        cost = await priced(connection, facts, place, buyer_id, wish.price, now)
        row = await hold_store.begin(
            connection,
            buyer_id,
            listing_id,
            seller_id=facts.seller_id,
            price=cost.price,
            currency=facts.currency,
            now=now,
            until=now + HOLD_MS,
            show_id=place,
            host_id=show.host_id if show is not None else None,
            terms=cost.terms,
            terms_id=cost.terms_id,
        )
        await waitlist_store.leave(connection, listing_id, buyer_id)
        told = await announce(transaction, "held", [listing_id])
        if show is not None:
            # A ban locks the show, as the event has by now: it came before, or finds this hold when it ends the others.
            await self._refuse_banned(connection, show, buyer_id)
        if show is not None and show.state in show_store.ON_AIR and show.show_id in told:
            row = replace(row, at=told[show.show_id].at)
            await hold_store.set_moment(connection, row.hold_id, row.at or 0)
        hold = (await hold_views(connection, [row], buyer_id))[0]
        await idempotency_store.remember(connection, buyer_id, key, wanted, answered(hold))
        return hold

    async def _has_run_out(self, connection: AsyncConnection, hold_id: str) -> bool:
        row = await self._row(connection, hold_id)
        return row.state == "expired" or (row.state == "active" and not row.live(await read_now_ms(connection)))

    async def _admit(self, connection: AsyncConnection, show_id: str, buyer_id: str) -> show_store.ShowFacts:
        show = await show_store.show(connection, show_id)
        await self._refuse_banned(connection, show, buyer_id)
        return show

    async def _refuse_banned(self, connection: AsyncConnection, show: show_store.ShowFacts, buyer_id: str) -> None:
        if not show.over and not await self._may_buy(connection, show.show_id, buyer_id):
            raise BuyerBanned("You are banned from this show and cannot buy in it.")

    async def _take(self, connection: AsyncConnection, buyer_id: str, listing_id: str, own: list[HoldRow]) -> None:
        """Claim one piece of the stock, if need be one whose hold is over. Raises: ListingUnknown, HoldRefused."""
        facts = await listing_store.listing(connection, listing_id)
        if facts.seller_id == buyer_id or facts.withdrawn:
            raise Refusals(facts, []).of(buyer_id)
        if len(own) >= HOLDS_PER_BUYER:
            raise HoldRefused(
                f"Your bag is full: {HOLDS_PER_BUYER} pieces. Pay for them or give one back first.", code="holds_limit"
            )
        await listing_store.lock_listings(connection, [listing_id])
        await check_limits(connection, facts, buyer_id, await read_now_ms(connection))
        if await stock_store.claim(connection, listing_id):
            return
        # Else the next in line, or the next bidder, gets it.
        waited = await waitlist_store.of_listing(connection, listing_id, limit=1)
        if not waited and not await hold_store.won_and_overdue(connection, listing_id):
            freed = await hold_store.end_overdue(connection, listing_id)
            if freed:
                self.counters["holds_expired"] += freed
                await stock_store.release(connection, listing_id, freed)
                if await stock_store.claim(connection, listing_id):
                    return
        facts = await listing_store.listing(connection, listing_id)
        raise Refusals(facts, await hold_store.active_on(connection, listing_id)).of(buyer_id)

    async def release(self, hold_id: str) -> None:
        """Give a piece back. A hold that is already over stays over. Raises: HoldNotFound, HoldGone when it was paid."""
        told: list[Told] = []
        besides: dict[str, list[Entry]] = {}
        async with self._timeline.transaction() as transaction:
            row = await self._row(transaction.connection, hold_id)
            if row.state == "sold":
                raise HoldGone("This piece has been paid for; see your orders.", hold_ids=[hold_id])
            await listing_store.lock_listings(transaction.connection, [row.listing_id])
            if await hold_store.end(transaction.connection, [hold_id], "released"):
                told = await self._freeing.free(transaction, row.listing_id, 1, besides)
                await announce(transaction, "freed", [row.listing_id], besides)
                self.counters["holds_released"] += 1
        await self._news.tell(told)

    async def end_in_show(self, show_id: str, buyer_id: str) -> None:
        """Let go of what somebody holds from a show: they have been banned there. What is paid stays theirs."""
        told: list[Told] = []
        besides: dict[str, list[Entry]] = {}
        async with self._timeline.transaction() as transaction:
            connection = transaction.connection
            await listing_store.lock_buyer(connection, buyer_id)
            rows = [row for row in await hold_store.live_of(connection, buyer_id) if row.show_id == show_id]
            await listing_store.lock_listings(connection, {row.listing_id for row in rows})
            ended = [row.listing_id for row in rows if await hold_store.end(connection, [row.hold_id], "released")]
            for listing_id in ended:
                told += await self._freeing.free(transaction, listing_id, 1, besides)
            if ended:
                await announce(transaction, "freed", set(ended), besides)
        self.counters["holds_released"] += len(ended)
        await self._news.tell(told)

    async def buyer(self, hold_id: str) -> str:
        """Whose hold it is. Raises: HoldNotFound."""
        async with self._database.reading() as connection:
            return (await self._row(connection, hold_id)).buyer_id

    async def expire(self) -> float:
        """Let go of what is over. Returns the seconds until it should be called again: when a hold ends, at most one."""
        async with self._database.reading() as connection:
            overdue = await hold_store.overdue_listings(connection, limit=100)
            wait = await hold_store.wait_ms(connection)
        for listing_id in overdue:
            await self._let_go(listing_id)
        if overdue:
            return 0.0
        # A second at most: another claim or another server may have made a hold that ends earlier than the known ones.
        return 1.0 if wait is None else min(max(wait / 1000, 0.01), 1.0)

    async def _let_go(self, listing_id: str) -> None:
        told: list[Told] = []
        besides: dict[str, list[Entry]] = {}
        async with self._timeline.transaction() as transaction:
            await listing_store.lock_listings(transaction.connection, [listing_id])
            if freed := await hold_store.end_overdue(transaction.connection, listing_id):
                self.counters["holds_expired"] += freed
                told = await self._freeing.free(transaction, listing_id, freed, besides)
                await announce(transaction, "freed", [listing_id], besides)
        await self._news.tell(told)

    async def serve_waiting(self) -> float:
        """For lines that nobody's hold moves: more pieces came (a higher quantity, a return), or all are sold."""
        async with self._database.reading() as connection:
            waited = await waitlist_store.to_look_at(connection, limit=100)
        for listing_id in waited:
            told: list[Told] = []
            async with self._timeline.transaction() as transaction:
                connection = transaction.connection
                await listing_store.lock_listings(connection, [listing_id])
                facts = await listing_store.listing(connection, listing_id)
                if facts.state == "sold" or facts.withdrawn:
                    gone = {"listing_id": listing_id, "title": facts.title}
                    told = [
                        Told(buyer_id, "wait_over", gone)
                        for buyer_id in await waitlist_store.clear(connection, listing_id)
                    ]
                elif facts.left > 0:
                    told = await self._freeing.free(transaction, listing_id, 0)
                    if told:
                        await announce(transaction, "freed", [listing_id])
            await self._news.tell(told)
        return 1.0

    @staticmethod
    async def _row(connection: AsyncConnection, hold_id: str) -> HoldRow:
        rows = await hold_store.by_ids(connection, [hold_id])
        if not rows:
            raise HoldNotFound("There is no such hold.")
        return rows[0]


class Refusals:
    """Why nothing can be claimed of a listing, in each buyer's words."""

    def __init__(self, facts: ListingFacts, active: Sequence[HoldRow]) -> None:
        self._facts = facts
        self._own = {row.buyer_id: row for row in reversed(active)}
        self._until = min((row.until for row in active), default=None)

    def of(self, buyer_id: str) -> HoldRefused:
        own = self._own.get(buyer_id)
        if self._facts.seller_id == buyer_id:
            return HoldRefused("This is your own piece.", code="own_listing")
        if self._facts.withdrawn:
            return HoldRefused("The seller has taken this piece off sale.", code="withdrawn")
        if own is not None:
            return HoldRefused(
                "This piece is in your bag already.", code="held_by_you", until=own.until, hold_id=own.hold_id
            )
        if self._until is None and self._facts.held > 0:
            return HoldRefused("This piece is reserved in a show right now. It may come free again.", code="reserved")
        if self._until is None:
            return HoldRefused("This piece is sold.", code="sold")
        return HoldRefused("Somebody else is buying this piece right now. It may come free again.", until=self._until)


async def hold_views(connection: AsyncConnection, rows: list[HoldRow], viewer_id: str) -> list[Hold]:
    cards = await card_store.cards(connection, [row.listing_id for row in rows], viewer_id)
    return [Hold(row.hold_id, cards[row.listing_id], row.show_id, row.price, row.currency, row.until) for row in rows]
