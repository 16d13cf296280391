"""What a parcel costs by its weight: a seller's own table, or one flat price. Pure; grams and minor units, never floats."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Final

import msgspec

from cart.errors import InvalidTerms
from hosts.listing_rules import CURRENCIES, PRICE_MOST, WEIGHT_MOST

FLAT: Final = (
    500  # minor units for a parcel of a seller without a table: one number that a viewer can know before the tap
)
ROWS_MOST: Final = 12


class Rate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A parcel of up to ``up_to`` grams costs ``price``."""

    up_to: int
    price: int


def parcel_price(rates: Sequence[Rate], grams: int) -> int:
    """By the first row that the parcel fits in. A heavier one is sent as several of the heaviest row. Nothing costs nothing."""
    if grams <= 0:
        return 0
    if not rates:
        return FLAT
    for rate in rates:
        if grams <= rate.up_to:
            return rate.price
    heaviest = rates[-1]
    full, rest = divmod(grams, heaviest.up_to)
    return full * heaviest.price + (parcel_price(rates, rest) if rest else 0)


def clean_rates(tables: dict[str, list[Rate]]) -> dict[str, tuple[Rate, ...]]:
    """By currency, lightest row first; a currency without rows has no table. Raises: InvalidTerms, naming what is accepted."""
    cleaned: dict[str, tuple[Rate, ...]] = {}
    for currency, rows in tables.items():
        if currency not in CURRENCIES:
            raise InvalidTerms(f"Shipping prices can be in {', '.join(CURRENCIES)}.", field="rates")
        if len(rows) > ROWS_MOST:
            raise InvalidTerms(f"A table of shipping prices has at most {ROWS_MOST} rows.", field="rates")
        ordered = sorted(rows, key=lambda row: row.up_to)
        for row in ordered:
            if not (1 <= row.up_to <= WEIGHT_MOST and 0 <= row.price <= PRICE_MOST):
                raise InvalidTerms(
                    f"Each row has a weight of 1 to {WEIGHT_MOST} grams and a price that is not negative.",
                    field="rates",
                )
        for light, heavy in itertools.pairwise(ordered):
            if light.up_to == heavy.up_to:
                raise InvalidTerms("Two rows are for the same weight. Keep one.", field="rates")
            if light.price > heavy.price:
                raise InvalidTerms("A heavier parcel must not cost less than a lighter one.", field="rates")
        if ordered:
            cleaned[currency] = tuple(ordered)
    return cleaned
