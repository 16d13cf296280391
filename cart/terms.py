"""What a seller allows for one listing: how low a host may go, whether offers are welcome, how many one buyer may have."""

from __future__ import annotations

import msgspec

from cart import listing_store, terms_store
from cart.errors import InvalidSale, SaleRefused
from cart.listing_store import ListingFacts
from cart.terms_store import TermsRow
from hosts.database import Database

MOST_PER_BUYER = 100
HIGHEST = 100_000_000  # minor units, as for a price


class SellingTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``lowest``: hosts may discount or auction it down to this, null: they may not. ``per_buyer``: null: no limit of its own."""

    lowest: int | None = None
    offers: bool = True
    per_buyer: int | None = None


class Terms:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def view(self, listing_id: str) -> SellingTerms:
        """Raises: ListingUnknown."""
        async with self._database.reading() as connection:
            await listing_store.listing(connection, listing_id)
            row = await terms_store.read(connection, listing_id)
        return SellingTerms(row.lowest, row.offers, row.per_buyer)

    async def change(self, listing_id: str, terms: SellingTerms) -> SellingTerms:
        """Raises: InvalidSale, ListingUnknown."""
        if terms.lowest is not None and not 1 <= terms.lowest <= HIGHEST:
            raise InvalidSale("The lowest price must be a price above zero.", field="lowest")
        if terms.per_buyer is not None and not 1 <= terms.per_buyer <= MOST_PER_BUYER:
            raise InvalidSale(f"One buyer may have 1 to {MOST_PER_BUYER} pieces.", field="per_buyer")
        async with self._database.writing() as connection:
            await listing_store.lock_listings(connection, [listing_id])
            await listing_store.listing(connection, listing_id)
            await terms_store.write(connection, listing_id, TermsRow(terms.lowest, terms.offers, terms.per_buyer))
        return terms


def check_floor(host_id: str, facts: ListingFacts, terms: TermsRow, price: int) -> None:
    """Whether this host may sell it for ``price``: one's own for anything, another's as far as its seller allows. Pure.

    Raises: SaleRefused.
    """
    if facts.seller_id == host_id or price >= facts.price:
        return
    if terms.lowest is None:
        raise SaleRefused(
            "The seller has not said how low a host may go with this piece. Ask them, or sell it at its price.",
            code="not_discountable",
        )
    if price < terms.lowest:
        raise SaleRefused("The seller does not go as low as this.", code="floor", lowest=terms.lowest)
