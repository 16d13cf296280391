"""A piece comes free: the next in line gets it at once, in the same transaction, before anybody else can claim it."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from cart import hold_store, listing_store, show_store, terms_store, waitlist_store
from cart.announce import Entry
from cart.auctions.second import pass_on
from cart.hold_rules import WAITED_MS
from cart.listing_store import ListingFacts
from cart.may_buy import MayBuy as MayBuy
from cart.news import Told
from cart.waitlist_store import Waiter
from hosts import notices, stock_store
from hosts.database_time import read_now_ms
from hosts.notices import Kind
from livestream.timeline import Transaction


class Freeing:
    def __init__(self, may_buy: MayBuy) -> None:
        self._may_buy = may_buy

    async def may_buy(self, connection: AsyncConnection, show_id: str, account_id: str) -> bool:
        """Whether they may buy in this show now."""
        return await self._may_buy(connection, show_id, account_id)

    async def free(
        self, transaction: Transaction, listing_id: str, pieces: int, besides: dict[str, list[Entry]] | None = None
    ) -> list[Told]:
        """Give ``pieces`` held ones back, to those who wait first. The listing is locked; the caller announces "freed", and
        tells what is returned after the commit. ``besides``: where what was won in an auction may be among them, gets what
        is to be announced with it: the next bidder comes before those who wait."""
        if pieces and not await stock_store.release(transaction.connection, listing_id, pieces):
            raise RuntimeError(f"listing {listing_id} has fewer held pieces than its holds say")
        told = []
        if besides is not None:
            told = await pass_on(transaction, listing_id, self._may_buy, besides)
        return told + await self._serve(transaction, listing_id)

    async def _serve(self, transaction: Transaction, listing_id: str) -> list[Told]:
        """Hold what is left for those who wait, in their order."""
        connection = transaction.connection
        told: list[Told] = []
        facts = await listing_store.listing(connection, listing_id)
        if facts.left == 0 or facts.withdrawn:
            return told
        terms = await terms_store.read(connection, listing_id)
        for waiter in await waitlist_store.of_listing(connection, listing_id):
            if not await self._may_have(connection, waiter, terms.per_buyer):
                await waitlist_store.leave(connection, listing_id, waiter.buyer_id)
                continue
            if not await stock_store.claim(connection, listing_id):
                break
            await waitlist_store.leave(connection, listing_id, waiter.buyer_id)
            told.append(await self._hold(connection, waiter, facts))
        return told

    async def _may_have(self, connection: AsyncConnection, waiter: Waiter, per_buyer: int | None) -> bool:
        if waiter.show_id is not None and not await self._may_buy(connection, waiter.show_id, waiter.buyer_id):
            return False
        return per_buyer is None or (
            await terms_store.pieces_of(connection, waiter.listing_id, waiter.buyer_id) < per_buyer
        )

    async def _hold(self, connection: AsyncConnection, waiter: Waiter, facts: ListingFacts) -> Told:
        now = await read_now_ms(connection)
        show = await show_store.show(connection, waiter.show_id) if waiter.show_id is not None else None
        row = await hold_store.begin(
            connection,
            waiter.buyer_id,
            waiter.listing_id,
            seller_id=facts.seller_id,
            price=facts.price,
            currency=facts.currency,
            now=now,
            until=now + WAITED_MS,
            show_id=waiter.show_id,
            host_id=show.host_id if show is not None else None,
            terms="waitlist",
        )
        await notices.add(
            connection,
            Kind.CAME_FREE,
            [waiter.buyer_id],
            about=row.hold_id,
            path="/cart",
            title=facts.title,
            ends_at=row.until,
        )
        data = {"hold_id": row.hold_id, "listing_id": row.listing_id, "title": facts.title, "until": row.until}
        return Told(waiter.buyer_id, "came_free", {**data, "show_id": waiter.show_id})
