"""Waiting for a piece that somebody else holds: whoever waits longest gets it when it comes free, and is told."""

from __future__ import annotations

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from cart import hold_store, lineup_store, listing_store, show_store, waitlist_store
from cart.errors import BuyerBanned, WaitRefused
from cart.freeing import MayBuy
from hosts import card_store
from hosts.cards import ListingCard
from hosts.database import Database
from hosts.database_time import read_now_ms
from livestream.timeline import Timeline

MOST = 500  # who wait for one listing: the five-hundredth has no real hope any more, and is better told so
MOST_OF_ONE = 50  # listings that one person waits for


class Waiting(msgspec.Struct, frozen=True):
    """``place`` 1 is next."""

    listing: ListingCard
    show_id: str | None
    place: int


class Waitings(msgspec.Struct, frozen=True):
    items: list[Waiting]


class Waitlist:
    def __init__(self, timeline: Timeline, database: Database, may_buy: MayBuy) -> None:
        self._timeline = timeline
        self._database = database
        self._may_buy = may_buy

    async def join(self, buyer_id: str, listing_id: str, show_id: str | None) -> Waiting:
        """Stand at the end of the line; whoever stands there already keeps the place.

        Raises: ListingUnknown, ShowUnknown, BuyerBanned, WaitRefused.
        """
        async with self._timeline.transaction() as transaction:
            connection = transaction.connection
            await listing_store.lock_buyer(connection, buyer_id)
            await listing_store.lock_listings(connection, [listing_id])
            await listing_store.listing(connection, listing_id)
            if await waitlist_store.place(connection, listing_id, buyer_id) is None:
                show_id = await self._check(connection, buyer_id, listing_id, show_id)
                await waitlist_store.join(connection, listing_id, buyer_id, show_id)
            return (await self._views(connection, buyer_id, listing_id))[0]

    async def _check(
        self, connection: AsyncConnection, buyer_id: str, listing_id: str, show_id: str | None
    ) -> str | None:
        """The show that will count as the place of the sale, if any."""
        facts = await listing_store.listing(connection, listing_id)
        if show_id is not None:
            show = await show_store.show(connection, show_id)
            if not await self._may_buy(connection, show_id, buyer_id):
                raise BuyerBanned("You are banned from this show and cannot buy in it.")
            if not await lineup_store.has(connection, show.show_id, listing_id):
                show_id = None
        now = await read_now_ms(connection)
        if facts.seller_id == buyer_id:
            raise WaitRefused("This is your own piece.", code="own_listing")
        if facts.withdrawn:
            raise WaitRefused("The seller has taken this piece off sale.", code="withdrawn")
        if facts.left > 0:
            raise WaitRefused("It is free: you can buy it now.", code="available")
        if facts.state == "sold":
            raise WaitRefused("This piece is sold.", code="sold")
        if any(
            row.buyer_id == buyer_id and row.live(now) for row in await hold_store.active_on(connection, listing_id)
        ):
            raise WaitRefused("This piece is in your bag already.", code="held_by_you")
        if len(await waitlist_store.of_listing(connection, listing_id)) >= MOST:
            raise WaitRefused("Very many people wait for this piece already.", code="waits_full")
        if len(await waitlist_store.of_buyer(connection, buyer_id)) >= MOST_OF_ONE:
            raise WaitRefused(f"You wait for {MOST_OF_ONE} pieces already.", code="waits_full")
        return show_id

    async def leave(self, buyer_id: str, listing_id: str) -> None:
        """Nothing changes for whoever does not wait."""
        async with self._database.writing() as connection:
            await listing_store.lock_listings(connection, [listing_id])
            await waitlist_store.leave(connection, listing_id, buyer_id)

    async def view(self, buyer_id: str) -> Waitings:
        async with self._database.reading() as connection:
            return Waitings(await self._views(connection, buyer_id))

    async def _views(self, connection: AsyncConnection, buyer_id: str, only: str | None = None) -> list[Waiting]:
        rows = [row for row in await waitlist_store.of_buyer(connection, buyer_id) if only in (None, row.listing_id)]
        cards = await card_store.cards(connection, [row.listing_id for row in rows], buyer_id)
        views = []
        for row in rows:
            place = await waitlist_store.place(connection, row.listing_id, buyer_id)
            views.append(Waiting(cards[row.listing_id], row.show_id, place or 1))
        return views
