"""After the sale: the note that goes into the parcel, what the seller suggests to send along, received, rated."""

from __future__ import annotations

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from cart import order_store, parcel_states, suggestion_store
from cart.bag import read_shipping
from cart.errors import ParcelNotFound, ParcelStateError
from cart.orders import read_parcel
from cart.views import Offer, Parcel, Suggestion, Suggestions
from hosts import card_store, notices
from hosts.database import Database
from hosts.fields import is_id
from hosts.notices import Kind

SUGGESTED = 6
OFFERED_MOST = 3
MAX_OFFER = 500


class AfterSale:
    def __init__(self, database: Database, subsidy: int = 0) -> None:
        self._database = database
        self._subsidy = subsidy

    async def thank(self, parcel_id: str, text: str) -> Parcel:
        """The seller's note: on the packing slip, and for the buyer to read. Raises: ParcelNotFound, ParcelStateError."""
        note = parcel_states.note(text, parcel_states.MAX_THANKS)
        return await self._change(parcel_id, thanks=note)

    async def offer(self, parcel_id: str, text: str, listing_ids: list[str]) -> Parcel:
        """Suggest up to three of one's pieces to go into the same parcel, and tell the buyer once.

        Raises: ParcelNotFound, ParcelStateError (codes ``invalid_note``, ``invalid_offer``, ``parcel_state``).
        """
        note = parcel_states.note(text, MAX_OFFER)
        if not 1 <= len(set(listing_ids)) <= OFFERED_MOST or not all(is_id(one) for one in listing_ids):
            raise ParcelStateError(f"Choose 1 to {OFFERED_MOST} pieces of your closet.", code="invalid_offer")
        async with self._database.writing() as connection:
            row = await _parcel(connection, parcel_id)
            if row.state != "to_ship":
                raise ParcelStateError("This parcel is on its way already; nothing fits in any more.")
            own = await suggestion_store.available(connection, row.seller.id, row.currency, listing_ids)
            if own != set(listing_ids):
                raise ParcelStateError(
                    "Choose pieces of your own closet that are on sale in the currency of this order.",
                    code="invalid_offer",
                )
            wanted = Offer(note, list(dict.fromkeys(listing_ids)))
            await order_store.change_parcel(connection, parcel_id, offer=msgspec.json.encode(wanted).decode())
            await notices.add(
                connection,
                Kind.PARCEL_OFFER,
                [row.buyer.id],
                about=parcel_id,
                path="/orders",
                title=row.items[0].title if row.items else "",
                name=row.seller.name,
            )
            return await read_parcel(connection, parcel_id)

    async def received(self, parcel_id: str) -> Parcel:
        """The buyer has it. Again is fine. Raises: ParcelNotFound, ParcelStateError before it was shipped."""
        async with self._database.writing() as connection:
            parcel = await _parcel(connection, parcel_id)
            if parcel.state not in ("shipped", "delivered"):
                raise ParcelStateError("This parcel is not on its way.", state=parcel.state)
            await order_store.receive(connection, parcel_id)
            return await read_parcel(connection, parcel_id)

    async def rate(self, parcel_id: str, rating: int, review: str) -> Parcel:
        """Again replaces it. Raises: ParcelNotFound, ParcelStateError before it was received."""
        values = {"rating": parcel_states.stars(rating), "review": parcel_states.note(review, parcel_states.MAX_REVIEW)}
        async with self._database.writing() as connection:
            parcel = await _parcel(connection, parcel_id)
            if parcel.received_at is None and parcel.state != "delivered":
                raise ParcelStateError("Say that you have received it first.", code="not_received")
            await order_store.change_parcel(connection, parcel_id, **values)
            return await read_parcel(connection, parcel_id)

    async def suggestions(self, parcel_id: str, viewer_id: str) -> Suggestions:
        """What goes with a parcel and would still travel in it: the seller's own choice first. Raises: ParcelNotFound."""
        async with self._database.reading() as connection:
            parcel = await _parcel(connection, parcel_id)
            offer = await order_store.offer_of(connection, parcel_id)
            if parcel.state != "to_ship":
                return Suggestions("", [])
            chosen = offer.listing_ids if offer is not None else []
            ids = await suggestion_store.beside(
                connection, parcel.seller.id, parcel.currency, {item.listing_id for item in parcel.items}, SUGGESTED
            )
            still = await suggestion_store.available(connection, parcel.seller.id, parcel.currency, chosen)
            wanted = [*(one for one in chosen if one in still), *ids]
            wanted = list(dict.fromkeys(wanted))[:SUGGESTED]
            cards = await card_store.cards(connection, wanted, viewer_id)
        quotes = {
            quote.listing_id: quote
            for quote in await read_shipping(self._database, viewer_id, wanted, self._subsidy, parcel.address)
        }
        return Suggestions(
            offer.text if offer is not None else "",
            [Suggestion(cards[one], quotes[one], one in chosen) for one in wanted if one in cards and one in quotes],
        )

    async def _change(self, parcel_id: str, **values: object) -> Parcel:
        async with self._database.writing() as connection:
            await _parcel(connection, parcel_id)
            await order_store.change_parcel(connection, parcel_id, **values)
            return await read_parcel(connection, parcel_id)


async def _parcel(connection: AsyncConnection, parcel_id: str) -> Parcel:
    if not is_id(parcel_id):
        raise ParcelNotFound("There is no such parcel.")
    return await read_parcel(connection, parcel_id)
