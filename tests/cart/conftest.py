"""A shop with people, listings and shows in a real database, and everything that selling does on top of it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cart import tables as cart_tables
from cart.address import Address
from cart.checkout import CardInput, CheckoutRequest
from cart.service import Cart
from cart.test_provider import TestProvider
from cart.views import Hold, Order
from hosts.listings import CardChangedIn, PhotoKept
from hosts.tables import accounts, listings
from livestream.broker import LocalBroker
from livestream.events import Event
from livestream.tables import shows
from livestream.timeline import Timeline
from web.database import SqlDatabase

ADDRESS = Address(name="Ana Lima", line1="1 Harbour Street", city="Lisbon", country="PT", postcode="1100-001")
GOOD_CARD = CardInput("4242 4242 4242 4242", "12/39", "123")
BAD_CARD = CardInput("4000 0000 0000 0002", "12/39", "123")


@dataclass
class Closets:
    """The hooks of the people's facade, which this package's tests do without."""

    card_changed_in: list[CardChangedIn] = field(default_factory=list)
    photo_kept_in: list[PhotoKept] = field(default_factory=list)


class Shop:
    def __init__(self, database: SqlDatabase, numbers: int = 0) -> None:
        self.database = database
        self.clock: dict[str, int] = {}  # show id -> show clock
        self.banned: set[tuple[str, str]] = set()
        self.timeline = Timeline(database, LocalBroker(), self.clock.get)
        self.closets = Closets()
        self.use_provider(TestProvider(database))
        self._numbers = itertools.count(numbers + 1)

    def use_provider(self, provider: TestProvider) -> None:
        """Everything anew on the same database, with this bank."""
        self.provider = provider
        self.cart = Cart(self.timeline, self.database, self.closets, provider, may_buy=self._may_buy)

    def numbers_so_far(self) -> int:
        """For a shop that goes on with the same database."""
        return next(self._numbers)

    async def _may_buy(self, connection: AsyncConnection, show_id: str, account_id: str) -> bool:
        return (show_id, account_id) not in self.banned

    def key(self) -> str:
        return f"key-{next(self._numbers)}"

    async def person(self, name: str = "Ana") -> str:
        number = next(self._numbers)
        account_id = f"a{number:03}"
        await self._insert(
            accounts,
            account_id=account_id,
            email=f"{name}{number}@example.org",
            email_key=f"{name}{number}@example.org".lower(),
            handle=f"{name.lower()}{number}",
            name=name,
            password_hash="none",
            created_at=number,
        )
        return account_id

    async def people(self, count: int) -> list[str]:
        return [await self.person() for _ in range(count)]

    async def listing(self, seller_id: str, **fields: Any) -> str:
        number = next(self._numbers)
        row = {
            "listing_id": f"l{number:03}",
            "seller_id": seller_id,
            "title": "Wool coat",
            "category": "outerwear",
            "condition": "good",
            "price": 4_800,
            "currency": "USD",
            "quantity": 1,
            "created_at": number,
        } | fields
        await self._insert(listings, **row)
        return str(row["listing_id"])

    async def show(self, host_id: str, state: str = "live") -> str:
        number = next(self._numbers)
        show_id = f"s{number:03}"
        row = {"title": "First show", "starts_at": 0, "created_at": 0, "stream_key": "key", "epoch": "one"}
        await self._insert(shows, show_id=show_id, host_id=host_id, state=state, **row)
        if state == "live":
            self.clock[show_id] = 1_000 * number
        return show_id

    async def _insert(self, table: sa.Table, **row: Any) -> None:
        await self.change(sa.insert(table).values(**row))

    async def change(self, *statements: sa.Executable) -> None:
        """Run statements past all rules: what a test needs to be true."""
        async with self.database.writing() as connection:
            for statement in statements:
                await connection.execute(statement)

    async def rows(self, table: sa.Table, *where: sa.ColumnElement[bool]) -> list[Any]:
        async with self.database.reading() as connection:
            return list(await connection.execute(sa.select(table).where(*where)))

    async def stock(self, listing_id: str) -> tuple[int, int, int]:
        """(quantity, held, sold)."""
        row = (await self.rows(listings, listings.c.listing_id == listing_id))[0]
        return row.quantity, row.held, row.sold

    async def events(self, show_id: str) -> list[Event]:
        return await self.timeline.read(show_id, 0)

    async def kinds(self, show_id: str) -> list[str]:
        return [event.kind for event in await self.events(show_id)]

    async def hold(self, buyer_id: str, listing_id: str, show_id: str | None = None) -> Hold:
        return await self.cart.holds.claim(buyer_id, listing_id, show_id, self.key())

    async def run_out(self, *hold_ids: str) -> None:
        """Let the holds' time be over, as far as the database knows."""
        holds = cart_tables.holds
        await self.change(sa.update(holds).where(holds.c.hold_id.in_(hold_ids)).values(until=1))

    async def pay(self, buyer_id: str, *hold_ids: str, key: str | None = None, card: CardInput = GOOD_CARD) -> Order:
        request = CheckoutRequest(list(hold_ids), ADDRESS, card)
        return await self.cart.checkout.pay(buyer_id, key or self.key(), request)

    async def payment_states(self) -> list[tuple[str, str]]:
        """(ours, the provider's) of every payment."""
        payments = await self.rows(cart_tables.payments)
        return sorted([(row.state, await self.provider.standing(row.payment_id)) for row in payments])


async def until(read: Callable[[], Awaitable[object]], wanted: object) -> None:
    """Wait until ``read`` answers ``wanted``. Raises: TimeoutError after ten seconds."""
    async with asyncio.timeout(10):
        while await read() != wanted:  # noqa: ASYNC110 - a database does not notify
            await asyncio.sleep(0.02)


@pytest.fixture
async def shop(database: SqlDatabase) -> AsyncIterator[Shop]:
    """On both databases. Its keepers do not run: tests call their work."""
    shop = Shop(database)
    yield shop
    await shop.cart.stop()


@pytest.fixture
async def sqlite_shop(sqlite_database: SqlDatabase) -> AsyncIterator[Shop]:
    shop = Shop(sqlite_database)
    yield shop
    await shop.cart.stop()
