"""What a buyer holds right now, as it will be paid and shipped; and what one more piece would cost."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from cart import hold_store, listing_store, order_store, quote_store, seller_terms_store
from cart.address import Address
from cart.holds import hold_views
from cart.money import totals
from cart.quotes import ParcelQuote, Piece
from cart.seller_terms import PLAIN, SellerTerms
from cart.views import Bag, BundleOffer, CartParcel, CurrencyTotal, ShippingQuote
from hosts.database import Database
from hosts.database_time import read_now_ms
from hosts.people import people_by_id


async def read_bag(database: Database, buyer_id: str, subsidy: int = 0, only: Collection[str] = ()) -> Bag:
    """``only`` these holds, where some are named: what paying for them alone would cost."""
    async with database.reading() as connection:
        rows = [row for row in await hold_store.live_of(connection, buyer_id) if not only or row.hold_id in only]
        now = await read_now_ms(connection)
        holds = await hold_views(connection, rows, buyer_id)
        address = await order_store.saved_address(connection, buyer_id)
        parcels = await quote_store.read(connection, buyer_id, address, rows, subsidy)
        persons = await people_by_id(connection, {row.seller_id for row in rows})
    sums = []
    for currency in dict.fromkeys(parcel.currency for parcel in parcels):
        found = totals([parcel for parcel in parcels if parcel.currency == currency])
        sums.append(CurrencyTotal(currency, found.subtotal, found.discount, found.shipping, found.total))
    first = sums[0] if sums else CurrencyTotal("USD", 0, 0, 0, 0)
    return Bag(
        holds=holds,
        parcels=[
            CartParcel(
                persons[parcel.seller_id],
                [piece.hold_id for piece in parcel.pieces],
                parcel.buyer_shipping,
                parcel.currency,
                parcel.discount,
                parcel.subsidy,
                parcel.joins is not None,
            )
            for parcel in parcels
        ],
        subtotal=first.subtotal,
        discount=first.discount,
        shipping=first.shipping,
        total=first.total,
        currency=first.currency,
        now=now,
        totals=sums,
    )


async def read_shipping(
    database: Database,
    buyer_id: str | None,
    listing_ids: Sequence[str],
    subsidy: int,
    address: Address | None = None,
) -> list[ShippingQuote]:
    """What each of these would add to what this buyer has already, in the bag and in parcels still to be shipped.

    To the saved address, when none is given.
    """
    async with database.reading() as connection:
        facts = await listing_store.facts(connection, listing_ids)
        sellers = {found.seller_id for found in facts.values()}
        weights = await quote_store.weights(connection, facts)
        if address is None and buyer_id is not None:
            address = await order_store.saved_address(connection, buyer_id)
        rows = [] if buyer_id is None else await hold_store.live_of(connection, buyer_id)
        rows = [row for row in rows if row.seller_id in sellers]
        held = await quote_store.weights(connection, {row.listing_id for row in rows})
        terms = await seller_terms_store.terms(connection, sellers)
        answers = []
        for listing_id in dict.fromkeys(listing_ids):
            found = facts.get(listing_id)
            if found is None:
                continue
            own = [
                Piece(row.hold_id, row.seller_id, row.price, row.currency, held[row.listing_id])
                for row in rows
                if row.seller_id == found.seller_id and row.currency == found.currency and row.listing_id != listing_id
            ]
            more = [*own, Piece("", found.seller_id, found.price, found.currency, weights[listing_id])]
            before = await quote_store.of_pieces(connection, buyer_id, address, own, subsidy)
            after = await quote_store.of_pieces(connection, buyer_id, address, more, subsidy)
            answers.append(_added(listing_id, before, after[0], terms.get(found.seller_id, PLAIN)))
    return answers


def _added(listing_id: str, before: Sequence[ParcelQuote], after: ParcelQuote, terms: SellerTerms) -> ShippingQuote:
    known = before[0] if before else None
    shipping = after.buyer_shipping - (known.buyer_shipping if known is not None else 0)
    discount = after.discount - (known.discount if known is not None else 0)
    offer = BundleOffer(terms.bundle_pieces, terms.bundle) if terms.bundle_pieces else None
    return ShippingQuote(
        listing_id=listing_id,
        shipping=shipping,
        discount=discount,
        total=after.pieces[-1].price - discount + shipping,
        currency=after.currency,
        joins=after.joins is not None or known is not None,
        subsidy=after.subsidy - (known.subsidy if known is not None else 0),
        bundle=offer,
    )
