"""What was paid: orders for those who bought, parcels for those who ship, and what featuring others brought."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cart import order_store, parcel_states, show_store
from cart.address import Address
from cart.errors import OrderNotFound, ParcelNotFound
from cart.paging import Page, cursor, page, position
from cart.parcel_states import Move
from cart.views import CuratedListing, CuratedSale, CuratedShow, Order, OrderItem, Parcel
from hosts import notices
from hosts.database import Database
from hosts.notices import Kind
from hosts.people import Person, people_by_id

PAGE = 50


class Orders:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def buyer(self, order_id: str) -> str:
        """Raises: OrderNotFound."""
        async with self._database.reading() as connection:
            found = await order_store.buyer(connection, order_id)
        if found is None:
            raise OrderNotFound("There is no such order.")
        return found

    async def parcel_seller(self, parcel_id: str) -> str:
        """Raises: ParcelNotFound."""
        async with self._database.reading() as connection:
            found = await order_store.parcel_seller(connection, parcel_id)
        if found is None:
            raise ParcelNotFound("There is no such parcel.")
        return found

    async def get(self, order_id: str) -> Order:
        """Raises: OrderNotFound."""
        async with self._database.reading() as connection:
            return await read_order(connection, order_id)

    async def bought(self, buyer_id: str, after: str | None = None, limit: int = PAGE) -> Page[Order]:
        """A buyer's orders, newest first. Raises: BadCursor."""
        async with self._database.reading() as connection:
            rows = await order_store.orders_of(connection, buyer_id, position(after), limit + 1)
            views = await _orders(connection, rows)
        return page(views, [cursor(row["created_at"], row["order_id"]) for row in rows], limit)

    async def to_ship(self, seller_id: str, after: str | None = None, limit: int = PAGE) -> Page[Parcel]:
        """A seller's parcels, newest first. Raises: BadCursor."""
        async with self._database.reading() as connection:
            rows = await order_store.parcels_of_seller(connection, seller_id, position(after), limit + 1)
            views = await _parcels(connection, rows)
        return page(views, [cursor(row["created_at"], row["parcel_id"]) for row in rows], limit)

    async def shipment(self, parcel_id: str) -> list[Parcel]:
        """What travels with a parcel, itself included, the oldest first; without what was cancelled, unless that is it.

        Raises: ParcelNotFound.
        """
        async with self._database.reading() as connection:
            parcel = await read_parcel(connection, parcel_id)
            together = await _parcels(connection, await order_store.shipment(connection, parcel.shipment_id))
        return [one for one in reversed(together) if one.state != "cancelled"] or [parcel]

    async def parcel(self, parcel_id: str) -> Parcel:
        """Raises: ParcelNotFound."""
        async with self._database.reading() as connection:
            return await read_parcel(connection, parcel_id)

    async def parcel_buyer(self, parcel_id: str) -> str:
        """Raises: ParcelNotFound."""
        async with self._database.reading() as connection:
            return (await read_parcel(connection, parcel_id)).buyer.id

    async def move_parcel(self, parcel_id: str, state: Move, tracking: str | None) -> Parcel:
        """With all that travels with it. Raises: ParcelNotFound, ParcelStateError."""
        number = parcel_states.tracking_number(tracking)
        async with self._database.writing() as connection:
            parcel = await read_parcel(connection, parcel_id)
            parcel_states.check(parcel.state, state)
            if not await order_store.move_parcel(connection, parcel_id, parcel.state, state, number):
                # Somebody moved it in this very moment: judge by what it is now.
                parcel_states.check((await read_parcel(connection, parcel_id)).state, state)
            for row in await order_store.shipment(connection, parcel.shipment_id):
                if row["state"] == parcel.state != state or row["state"] == state == "shipped":
                    await order_store.move_parcel(connection, row["parcel_id"], row["state"], state, number)
            moved = await read_parcel(connection, parcel_id)
            if state == "shipped" and parcel.state == "to_ship":
                await notices.add(
                    connection,
                    Kind.ORDER_SHIPPED,
                    [moved.buyer.id],
                    about=moved.shipment_id,
                    path="/orders",
                    title=moved.items[0].title if moved.items else "",
                    name=moved.seller.name,
                )
            return moved

    async def curation(self, account_id: str, after: str | None = None, limit: int = PAGE) -> Page[CuratedSale]:
        """What this person's featuring sold for others, newest first. Raises: BadCursor."""
        async with self._database.reading() as connection:
            rows = await order_store.curated_by(connection, account_id, position(after), limit + 1)
            persons = await people_by_id(connection, {row["seller_id"] for row in rows})
            titles = await show_store.titles(connection, {row["show_id"] for row in rows})
        views = [
            CuratedSale(
                listing=CuratedListing(row["listing_id"], row["title"], row["photo"], persons[row["seller_id"]]),
                show=CuratedShow(row["show_id"], titles.get(row["show_id"], "")),
                sold_at=row["sold_at"],
                price=row["price"],
                credit=row["credit"],
                currency=row["currency"],
                at=row["at"],
            )
            for row in rows
        ]
        return page(views, [cursor(row["sold_at"], row["hold_id"]) for row in rows], limit)

    async def address(self, account_id: str) -> Address | None:
        """The address saved for the next checkout."""
        async with self._database.reading() as connection:
            return await order_store.saved_address(connection, account_id)

    async def save_address(self, account_id: str, address: Address) -> None:
        """``address`` is clean already."""
        async with self._database.writing() as connection:
            await order_store.save_address(connection, account_id, address)


async def read_order(connection: AsyncConnection, order_id: str) -> Order:
    """Raises: OrderNotFound."""
    rows = await order_store.order_by_id(connection, order_id)
    if not rows:
        raise OrderNotFound("There is no such order.")
    return (await _orders(connection, rows))[0]


async def read_parcel(connection: AsyncConnection, parcel_id: str) -> Parcel:
    """Raises: ParcelNotFound."""
    rows = await order_store.parcel_by_id(connection, parcel_id)
    if not rows:
        raise ParcelNotFound("There is no such parcel.")
    return (await _parcels(connection, rows))[0]


async def _orders(connection: AsyncConnection, rows: Sequence[sa.RowMapping]) -> list[Order]:
    found = await order_store.parcels_of_orders(connection, [row["order_id"] for row in rows])
    parcels: dict[str, list[Parcel]] = {}
    for parcel in await _parcels(connection, found):
        parcels.setdefault(parcel.order_id, []).append(parcel)
    return [
        Order(
            order_id=row["order_id"],
            created_at=row["created_at"],
            total=row["subtotal"] - row["discount"] + row["shipping"],
            subtotal=row["subtotal"],
            discount=row["discount"],
            shipping=row["shipping"],
            refunded=sum(parcel.refunded for parcel in parcels.get(row["order_id"], [])),
            currency=row["currency"],
            address=msgspec.json.decode(row["address"], type=Address),
            parcels=parcels.get(row["order_id"], []),
        )
        for row in rows
    ]


async def _parcels(connection: AsyncConnection, rows: Sequence[sa.RowMapping]) -> list[Parcel]:
    pieces: dict[str, list[sa.RowMapping]] = {}
    for piece in await order_store.items_of_parcels(connection, [row["parcel_id"] for row in rows]):
        pieces.setdefault(piece["parcel_id"], []).append(piece)
    ids = {row[column] for row in rows for column in ("seller_id", "buyer_id")}
    ids |= {piece["curator_id"] for items in pieces.values() for piece in items if piece["curator_id"]}
    persons = await people_by_id(connection, ids)
    return [
        Parcel(
            parcel_id=row["parcel_id"],
            order_id=row["order_id"],
            seller=persons[row["seller_id"]],
            buyer=persons[row["buyer_id"]],
            state=row["state"],
            tracking=row["tracking"],
            address=msgspec.json.decode(row["address"], type=Address),
            shipment_id=row["shipment_id"] or row["parcel_id"],
            items=[_item(piece, persons) for piece in pieces.get(row["parcel_id"], [])],
            currency=row["currency"],
            weight=row["weight"],
            shipping=row["shipping"] - row["subsidy"],
            subsidy=row["subsidy"],
            refunded=row["refunded"] + row["refunded_shipping"],
            thanks=row["thanks"],
            rating=row["rating"],
            review=row["review"],
            dispute=row["dispute"],
            created_at=row["created_at"],
            shipped_at=row["shipped_at"],
            delivered_at=row["delivered_at"],
            received_at=row["received_at"],
            cancelled_at=row["cancelled_at"],
        )
        for row in rows
    ]


def _item(piece: sa.RowMapping, persons: dict[str, Person]) -> OrderItem:
    return OrderItem(
        listing_id=piece["listing_id"],
        title=piece["title"],
        photo=piece["photo"],
        price=piece["price"],
        discount=piece["discount"],
        currency=piece["currency"],
        show_id=piece["show_id"],
        curator=persons.get(piece["curator_id"]) if piece["curator_id"] else None,
        at=piece["at"],
    )
