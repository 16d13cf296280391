"""Cards that a buyer has saved: what one tap pays with."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

import msgspec

from cart import listing_store, payment_method_store
from cart.errors import InvalidCheckout, PaymentMethodNotFound, PaymentMethodsFull
from cart.payment_card import PaymentCard
from cart.payments import PaymentProvider, SavedCard
from hosts.database import Database
from hosts.database_time import read_now_ms

MOST = 10  # cards per person


class PaymentMethod(msgspec.Struct, frozen=True):
    """``main``: one tap pays with it. ``expired``: no longer with any."""

    method_id: str
    brand: str
    last4: str
    month: int
    year: int
    main: bool
    expired: bool


class PaymentMethods(msgspec.Struct, frozen=True):
    """``provider`` "test" or "stripe"; with ``publishable_key`` cards are typed on the provider's form, else on ours."""

    provider: str
    publishable_key: str | None
    methods: list[PaymentMethod]


class CardSetup(msgspec.Struct, frozen=True):
    """What the provider's form needs to save a card."""

    setup_id: str
    client_secret: str


class Methods:
    def __init__(self, database: Database, provider: PaymentProvider) -> None:
        self._database = database
        self._provider = provider

    async def view(self, account_id: str) -> PaymentMethods:
        """The one used last first."""
        async with self._database.reading() as connection:
            found = await payment_method_store.of(connection, account_id, self._provider.name)
            now = await read_now_ms(connection)
        views = [
            PaymentMethod(method_id, card.brand, card.last4, card.month, card.year, place == 0, expired(card, now))
            for place, (method_id, card) in enumerate(found)
        ]
        return PaymentMethods(self._provider.name, self._provider.publishable_key, views)

    async def add(self, account_id: str, card: PaymentCard) -> str:
        """Save a card typed here; its method id. Raises: Declined, InvalidCard, PaymentMethodsFull."""
        customer = await self._provider.customer(account_id)
        return await self._keep(account_id, await self._provider.save(customer, card))

    async def begin_setup(self, account_id: str) -> CardSetup:
        """Raises: InvalidCheckout where cards are typed on our own pages."""
        setup = await self._provider.begin_setup(await self._provider.customer(account_id))
        if setup is None:
            raise InvalidCheckout("Cards are typed on this shop's own pages here.", code="no_setup")
        return CardSetup(setup.setup_id, setup.client_secret)

    async def finish_setup(self, account_id: str, setup_id: str) -> str:
        """Keep what was saved on the provider's form; its method id. Raises: InvalidCard, PaymentMethodsFull."""
        customer = await self._provider.customer(account_id)
        return await self._keep(account_id, await self._provider.finish_setup(setup_id, customer))

    async def choose(self, account_id: str, method_id: str) -> None:
        """One tap pays with it from now on. Raises: PaymentMethodNotFound."""
        async with self._database.writing() as connection:
            if not await payment_method_store.use(connection, account_id, method_id):
                raise _unknown()

    async def remove(self, account_id: str, method_id: str) -> None:
        """Raises: PaymentMethodNotFound."""
        async with self._database.writing() as connection:
            found = await payment_method_store.one(connection, account_id, self._provider.name, method_id)
            if found is None:
                raise _unknown()
            await payment_method_store.remove(connection, account_id, method_id)
        await self._provider.forget(found[1])

    async def source(self, account_id: str, method_id: str | None) -> tuple[str, SavedCard]:
        """A saved card to pay with, the main one when none is named.

        Raises: PaymentMethodNotFound, InvalidCheckout (code ``no_saved_card``).
        """
        async with self._database.reading() as connection:
            if method_id is not None:
                found = await payment_method_store.one(connection, account_id, self._provider.name, method_id)
                if found is None:
                    raise _unknown()
                return found
            every = await payment_method_store.of(connection, account_id, self._provider.name)
            now = await read_now_ms(connection)
        usable = [method for method in every if not expired(method[1], now)]
        if not usable:
            raise InvalidCheckout("Add a card first.", code="no_saved_card", field="payment")
        return usable[0]

    async def _keep(self, account_id: str, card: SavedCard) -> str:
        async with self._database.writing() as connection:
            await listing_store.lock_buyer(connection, account_id)
            there = await payment_method_store.of(connection, account_id, self._provider.name)
            for method_id, known in there:
                if known == card or known.token == card.token:
                    await payment_method_store.use(connection, account_id, method_id)
                    return method_id
            if len(there) >= MOST:
                raise PaymentMethodsFull(f"At most {MOST} cards can be saved. Remove one first.")
            method_id = secrets.token_urlsafe(12)
            await payment_method_store.add(connection, method_id, account_id, self._provider.name, card)
            return method_id


def expired(card: SavedCard, now_ms: int) -> bool:
    """A card is good until the end of its month."""
    today = datetime.fromtimestamp(now_ms / 1000, UTC)
    return (card.year, card.month) < (today.year, today.month)


def _unknown() -> PaymentMethodNotFound:
    return PaymentMethodNotFound("There is no such saved card.")
