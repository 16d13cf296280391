"""What things cost: shipping per parcel, the platform's fee, the curator's share. Integers in minor units, never floats.

The seller keeps the same share whoever sold the piece: a curator's credit is taken out of the platform's fee, so nobody
earns less because somebody featured them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

SHIPPING = 500  # minor units for each parcel, whatever is in it: one number that a viewer can know before the tap
FEE_BASIS_POINTS = 1_000  # 10 % of the price goes to the platform
CREDIT_BASIS_POINTS = 500  # 5 % of the price, out of that fee, to whoever featured another seller's piece


@dataclass(frozen=True, slots=True)
class Split:
    """Who gets what of one price; the three parts sum to it."""

    seller: int
    platform: int
    curator: int


@dataclass(frozen=True, slots=True)
class Totals:
    subtotal: int
    shipping: int

    @property
    def total(self) -> int:
        return self.subtotal + self.shipping


def split(price: int, *, curated: bool) -> Split:
    """Fractions of a minor unit are rounded down, in favour of the seller first and the platform second."""
    fee = price * FEE_BASIS_POINTS // 10_000
    credit = price * CREDIT_BASIS_POINTS // 10_000 if curated else 0
    return Split(seller=price - fee, platform=fee - credit, curator=credit)


def totals(items: Sequence[tuple[str, int]]) -> Totals:
    """For (seller id, price) of everything in one currency."""
    return Totals(sum(price for _, price in items), SHIPPING * len(sellers(seller for seller, _ in items)))


def sellers(ids: Iterable[str]) -> tuple[str, ...]:
    """Each seller once, in the order of first appearance: one parcel each."""
    return tuple(dict.fromkeys(ids))
