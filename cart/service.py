"""Selling as the layers above see it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from cart import idempotency_store, order_store, provider_event_store, seller_terms_store
from cart.after_sale import AfterSale
from cart.auctions.money import BidMoney
from cart.auctions.service import Auctions
from cart.bag import read_bag, read_shipping
from cart.card_changes import CardChanges
from cart.checkout import CardInput, Checkout
from cart.confirmations import Confirmations
from cart.curation import Curation
from cart.dashboard import Dashboards
from cart.drops import Drops
from cart.ending_holds import EndingHolds
from cart.flash import Flash
from cart.freeing import Freeing, MayBuy
from cart.giveaways.service import Giveaways
from cart.holds import Holds, everybody
from cart.keeper import Keeper
from cart.lineups import Lineups
from cart.news import News
from cart.offers.service import Offers
from cart.orders import Orders
from cart.packing_slip import packing_slip
from cart.payment_card import payment_card
from cart.payment_methods import Methods
from cart.payments import PaymentProvider
from cart.payouts import Books
from cart.provider_events import ProviderEvents
from cart.refunds import Refunds
from cart.reservations import Reservations
from cart.seller_terms import SellerTerms, clean_terms
from cart.settlement import Settlement
from cart.terms import Terms
from cart.views import Bag, ShippingQuote
from cart.waitlist import Waitlist
from hosts.database import Database
from hosts.database_time import read_now_ms
from hosts.listings import CardChangedIn, PhotoKept
from livestream.timeline import Timeline

FORGET_SECONDS = 600.0


class Closets(Protocol):
    """What selling asks of the people's facade: to be called in the transactions that change a listing."""

    card_changed_in: list[CardChangedIn]
    photo_kept_in: list[PhotoKept]


class Cart:
    """``start`` settles what a killed server left behind and lets holds end; ``stop`` ends both tasks."""

    def __init__(
        self,
        timeline: Timeline,
        database: Database,
        hosts: Closets,
        provider: PaymentProvider,
        *,
        may_buy: MayBuy = everybody,
        first_sale_shipping: int = 0,
    ) -> None:
        self._database = database
        self._subsidy = first_sale_shipping
        self._provider = provider
        self._settlement = Settlement(timeline, database, provider)
        self.methods = Methods(database, provider)
        self.provider_events = ProviderEvents(database, provider, self._settlement)
        self.confirmations = Confirmations(database, provider, self._settlement)
        self.reservations = Reservations(
            timeline, database, provider, self._settlement, self.methods, first_sale_shipping
        )
        self._card_changes = CardChanges(timeline, database)
        self.lineups = Lineups(timeline, database)
        self.news = News(timeline.broker)
        freeing = Freeing(may_buy)
        self.holds = Holds(timeline, database, may_buy, freeing, self.news)
        self.waitlist = Waitlist(timeline, database, may_buy)
        self.terms = Terms(database)
        self.flash = Flash(timeline, database)
        self.drops = Drops(timeline, database)
        self.bid_money = BidMoney(database, self.reservations, self.news)
        self.auctions = Auctions(timeline, database, may_buy, freeing, self.news, self.bid_money)
        self.offers = Offers(timeline, database, may_buy, self.news)
        self.giveaways = Giveaways(timeline, database, may_buy, freeing, self.news)
        self.checkout = Checkout(timeline, database, provider, self._settlement, self.methods, first_sale_shipping)
        self.orders = Orders(database)
        self.refunds = Refunds(timeline, database, provider, freeing, self.news)
        self.after_sale = AfterSale(database, first_sale_shipping)
        self.curation = Curation(timeline, database, self.lineups, first_sale_shipping)
        self.dashboards = Dashboards(database)
        self.books = Books(database)
        self._keepers = (
            Keeper("hold keeper", self.holds.expire),
            Keeper("waitlists", self.holds.serve_waiting),
            Keeper("flash prices", self.flash.expire),
            Keeper("drops", self.drops.sweep),
            Keeper("auctions", self.auctions.close_due),
            Keeper("money of bids", self.bid_money.settle),
            Keeper("offers", self.offers.expire),
            Keeper("giveaways", self.giveaways.draw_due),
            Keeper("ending holds", EndingHolds(database).look),
            Keeper("payment settlement", self._settlement.sweep),
            Keeper("refunds", self.refunds.sweep),
            Keeper("books", self.books.check),
            Keeper("idempotency keys", self._forget),
        )
        hosts.card_changed_in.append(self._card_changes.listing_changed)
        hosts.photo_kept_in.append(order_store.shows_photo)

    async def start(self) -> None:
        await self._settlement.start()
        for keeper in self._keepers:
            await keeper.start()

    async def stop(self) -> None:
        for keeper in self._keepers:
            await keeper.stop()
        await self.holds.stop()
        await self.bid_money.stop()
        await self._provider.stop()
        await self._card_changes.stop()

    async def bag(self, buyer_id: str, only: Sequence[str] = ()) -> Bag:
        """What a buyer holds, or ``only`` these holds, with totals."""
        return await read_bag(self._database, buyer_id, self._subsidy, only)

    async def shipping(self, buyer_id: str | None, listing_ids: Sequence[str]) -> list[ShippingQuote]:
        """What each listing would add to what this buyer has already."""
        return await read_shipping(self._database, buyer_id, listing_ids, self._subsidy)

    async def seller_terms(self, seller_id: str) -> SellerTerms:
        """How this seller sells."""
        async with self._database.reading() as connection:
            return await seller_terms_store.terms_of(connection, seller_id)

    async def set_seller_terms(self, seller_id: str, wanted: SellerTerms) -> SellerTerms:
        """For what is tapped from now on; what is being paid keeps what was shown. Raises: InvalidTerms."""
        cleaned = clean_terms(wanted)
        async with self._database.writing() as connection:
            await seller_terms_store.save(connection, seller_id, cleaned)
        return cleaned

    async def packing_slip(self, parcel_id: str) -> bytes:
        """PDF of all that travels with this parcel. Raises: ParcelNotFound."""
        parcels = await self.orders.shipment(parcel_id)
        return await asyncio.to_thread(packing_slip, parcels)  # setting type takes a tenth of a second, CJK longer

    async def save_card(self, account_id: str, typed: CardInput) -> str:
        """Save a card for one tap; its method id. Raises: InvalidCard, Declined, PaymentMethodsFull."""
        async with self._database.reading() as connection:
            now = await read_now_ms(connection)
        return await self.methods.add(account_id, payment_card(typed.card_number, typed.expiry, typed.cvc, now))

    async def closet_changed(self, seller_id: str) -> None:
        """Call it after a seller has switched featuring on or off for the whole closet."""
        await self._card_changes.closet_changed(seller_id)

    def statistics(self) -> dict[str, int]:
        """Counters since start."""
        counters = (
            self._settlement.counters,
            self.provider_events.counters,
            self.auctions.counters,
            self.bid_money.counters,
            self.refunds.counters,
            self.books.counters,
        )
        return {**self.holds.statistics(), **{name: n for counter in counters for name, n in counter.items()}}

    async def _forget(self) -> float:
        async with self._database.writing() as connection:
            await idempotency_store.forget_old(connection)
            await provider_event_store.forget_old(connection)
        return FORGET_SECONDS
