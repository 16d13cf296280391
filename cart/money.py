"""Who gets what of a price, and what an order adds up to. Integers in minor units, never floats.

The platform's fee comes off the seller's price. So does a curator's credit, whose percentage the seller sets: whoever offers
others a share decides how large it is, and pays it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cart.quotes import ParcelQuote

FEE_BASIS_POINTS = 1_000  # 10 % of the price goes to the platform


@dataclass(frozen=True, slots=True)
class Split:
    """Who gets what of one price; the three parts sum to it."""

    seller: int
    platform: int
    curator: int


@dataclass(frozen=True, slots=True)
class Totals:
    """What the buyer pays: the platform's part of the shipping is not in it."""

    subtotal: int
    discount: int
    shipping: int

    @property
    def total(self) -> int:
        return self.subtotal - self.discount + self.shipping


def split(price: int, curator: int) -> Split:
    """``curator`` in basis points, 0 without one. Fractions of a minor unit are rounded down, in favour of the seller."""
    fee = price * FEE_BASIS_POINTS // 10_000
    credit = price * curator // 10_000
    return Split(seller=price - fee - credit, platform=fee, curator=credit)


def totals(parcels: Sequence[ParcelQuote]) -> Totals:
    """Of everything in one currency."""
    return Totals(
        sum(parcel.goods for parcel in parcels),
        sum(parcel.discount for parcel in parcels),
        sum(parcel.buyer_shipping for parcel in parcels),
    )
