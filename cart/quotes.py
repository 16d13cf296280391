"""What pieces cost together: parcels per seller, shipping by weight, what joins a parcel that is still open, bundle discounts,
and what the platform pays for a seller's first sale. Pure; the result is frozen with the payment, so nothing changes after
the tap.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import msgspec

from cart.seller_terms import PLAIN, SellerTerms
from cart.shipping import parcel_price


@dataclass(frozen=True, slots=True)
class Piece:
    """One held piece. ``weight`` in grams, packed."""

    hold_id: str
    seller_id: str
    price: int
    currency: str
    weight: int


@dataclass(frozen=True, slots=True)
class OpenParcel:
    """What this buyer has bought from a seller to the same address and what has not been shipped yet: new pieces join it."""

    shipment_id: str
    weight: int
    pieces: int
    shipping: int  # what has been charged for it so far, the platform's part included


class PieceQuote(msgspec.Struct, frozen=True):
    hold_id: str
    price: int
    discount: int

    @property
    def net(self) -> int:
        return self.price - self.discount


class ParcelQuote(msgspec.Struct, frozen=True):
    """What one seller ships. ``shipping`` is what the seller receives for it; of that ``subsidy`` is paid by the platform."""

    seller_id: str
    currency: str
    pieces: list[PieceQuote]
    weight: int
    shipping: int
    subsidy: int
    curator: int  # basis points
    joins: str | None  # the shipment that is still open

    @property
    def goods(self) -> int:
        return sum(piece.price for piece in self.pieces)

    @property
    def discount(self) -> int:
        return sum(piece.discount for piece in self.pieces)

    @property
    def buyer_shipping(self) -> int:
        return self.shipping - self.subsidy

    @property
    def total(self) -> int:
        return self.goods - self.discount + self.buyer_shipping


def quote(
    pieces: Iterable[Piece],
    terms: Mapping[str, SellerTerms],
    open_parcels: Mapping[tuple[str, str], OpenParcel],
    first_sales: Collection[str],
    subsidy_most: int,
) -> list[ParcelQuote]:
    """One parcel per seller and currency, in the order of first appearance.

    ``open_parcels`` by (seller id, currency); ``first_sales``: sellers whose first sale this is, once each.
    """
    groups: dict[tuple[str, str], list[Piece]] = {}
    for piece in pieces:
        groups.setdefault((piece.seller_id, piece.currency), []).append(piece)
    left = set(first_sales)
    quotes = []
    for (seller_id, currency), group in groups.items():
        found = _parcel(group, terms.get(seller_id, PLAIN), open_parcels.get((seller_id, currency)))
        if seller_id in left:
            left.discard(seller_id)
            found = msgspec.structs.replace(found, subsidy=min(found.shipping, subsidy_most))
        quotes.append(found)
    return quotes


def _parcel(group: list[Piece], terms: SellerTerms, there: OpenParcel | None) -> ParcelQuote:
    first = group[0]
    rates = terms.rates.get(first.currency, ())
    weight = sum(piece.weight for piece in group)
    before = there.weight if there is not None else 0
    shipping = parcel_price(rates, before + weight) - (there.shipping if there is not None else 0)
    count = len(group) + (there.pieces if there is not None else 0)
    off = terms.bundle if terms.bundle_pieces and count >= terms.bundle_pieces else 0
    return ParcelQuote(
        seller_id=first.seller_id,
        currency=first.currency,
        # Fractions of a minor unit are rounded down: the seller's promise is "10 % off", and 0.9 cents are not paid out.
        pieces=[PieceQuote(piece.hold_id, piece.price, piece.price * off // 10_000) for piece in group],
        weight=weight,
        shipping=max(shipping, 0),
        subsidy=0,
        curator=terms.curator,
        joins=there.shipment_id if there is not None else None,
    )
