"""What a quote is made from: weights, terms, open parcels and first sales, as they are now."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cart import seller_terms_store
from cart.address import Address
from cart.hold_store import HoldRow
from cart.quotes import OpenParcel, ParcelQuote, Piece, quote
from cart.tables import first_sales, order_items, orders, parcels, payments
from cart.upsert import insert
from hosts.listing_rules import USUAL_WEIGHT
from hosts.tables import listings

OVER = ("voiding", "voided", "declined")  # payments that have bought nothing


async def read(
    connection: AsyncConnection, buyer_id: str, address: Address | None, holds: Sequence[HoldRow], subsidy_most: int
) -> list[ParcelQuote]:
    """What these holds cost now. Without an address nothing joins an open parcel."""
    found = await weights(connection, {row.listing_id for row in holds})
    pieces = [Piece(row.hold_id, row.seller_id, row.price, row.currency, found[row.listing_id]) for row in holds]
    return await of_pieces(connection, buyer_id, address, pieces, subsidy_most)


async def of_pieces(
    connection: AsyncConnection,
    buyer_id: str | None,
    address: Address | None,
    pieces: Sequence[Piece],
    subsidy_most: int,
) -> list[ParcelQuote]:
    seller_ids = {piece.seller_id for piece in pieces}
    terms = await seller_terms_store.terms(connection, seller_ids)
    there: dict[tuple[str, str], OpenParcel] = {}
    if buyer_id is not None and address is not None:
        there = await open_parcels(connection, buyer_id, address, seller_ids)
    fresh = await without_a_sale(connection, seller_ids) if subsidy_most > 0 else set()
    return quote(pieces, terms, there, fresh, subsidy_most)


_WEIGHTS = sa.select(listings.c.listing_id, listings.c.weight, listings.c.category).where(
    listings.c.listing_id.in_(sa.bindparam("ids", expanding=True))
)
_PIECES = (
    sa.select(sa.func.count()).select_from(order_items).where(order_items.c.parcel_id == parcels.c.parcel_id)
).scalar_subquery()
_OPEN_PARCELS = (
    sa.select(parcels, orders.c.currency, orders.c.address, _PIECES.label("pieces"))
    .join(orders, orders.c.order_id == parcels.c.order_id)
    .where(
        orders.c.buyer_id == sa.bindparam("buyer"),
        parcels.c.seller_id.in_(sa.bindparam("sellers", expanding=True)),
        parcels.c.state == "to_ship",
    )
    .order_by(parcels.c.created_at, parcels.c.parcel_id)
)


async def weights(connection: AsyncConnection, listing_ids: Collection[str]) -> dict[str, int]:
    rows = await connection.execute(_WEIGHTS, {"ids": list(listing_ids)})
    return {row[0]: row[1] or USUAL_WEIGHT.get(row[2], USUAL_WEIGHT["other"]) for row in rows}


async def open_parcels(
    connection: AsyncConnection, buyer_id: str, address: Address, seller_ids: Collection[str]
) -> dict[tuple[str, str], OpenParcel]:
    """By (seller id, currency): the oldest shipment to this address that is still to be shipped."""
    rows = await connection.execute(_OPEN_PARCELS, {"buyer": buyer_id, "sellers": list(seller_ids)})
    found: dict[tuple[str, str], OpenParcel] = {}
    for row in rows:
        if msgspec.json.decode(row.address, type=Address) != address:
            continue
        key, shipment_id = (row.seller_id, row.currency), row.shipment_id or row.parcel_id
        before = found.get(key, OpenParcel(shipment_id, 0, 0, 0))
        if before.shipment_id == shipment_id:
            paid = row.shipping - row.refunded_shipping
            found[key] = OpenParcel(
                shipment_id, before.weight + row.weight, before.pieces + row.pieces, before.shipping + paid
            )
    return found


async def without_a_sale(connection: AsyncConnection, seller_ids: Collection[str]) -> set[str]:
    """Sellers who have sold nothing, and whose first sale nobody is paying for right now."""
    sold = await connection.execute(
        sa.select(parcels.c.seller_id).distinct().where(parcels.c.seller_id.in_(seller_ids))
    )
    claimed = await connection.execute(
        sa.select(first_sales.c.seller_id)
        .join(payments, payments.c.payment_id == first_sales.c.payment_id)
        .where(first_sales.c.seller_id.in_(seller_ids), payments.c.state.not_in(OVER))
    )
    return set(seller_ids) - {row[0] for row in sold} - {row[0] for row in claimed}


async def claim_first_sales(
    connection: AsyncConnection, payment_id: str, quotes: Iterable[ParcelQuote]
) -> list[ParcelQuote]:
    """The quotes as they can be kept: one payment gets the platform's part, whoever else was shown it pays in full."""
    kept = []
    for parcel in quotes:
        if parcel.subsidy and not await _claim(connection, payment_id, parcel.seller_id):
            parcel = msgspec.structs.replace(parcel, subsidy=0)
        kept.append(parcel)
    return kept


async def _claim(connection: AsyncConnection, payment_id: str, seller_id: str) -> bool:
    query = insert(connection, first_sales).values(seller_id=seller_id, payment_id=payment_id).on_conflict_do_nothing()
    if (await connection.execute(query)).rowcount == 1:
        return True
    over = sa.select(payments.c.payment_id).where(payments.c.state.in_(OVER))
    taken = await connection.execute(
        sa.update(first_sales)
        .where(first_sales.c.seller_id == seller_id, first_sales.c.payment_id.in_(over))
        .values(payment_id=payment_id)
    )
    return taken.rowcount == 1
