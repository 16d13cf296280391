"""A flash price: a lower price for a short while in one show. Pure."""

from __future__ import annotations

from typing import Literal

from cart.errors import InvalidSale, SaleRefused

SHORTEST, LONGEST = 10, 1_800  # seconds
MOST_PER_BUYER = 10
Kind = Literal["percent", "amount"]


def flash_price(was: int, kind: Kind, off: int) -> int:
    """The price with ``off`` percent or minor units taken off, rounded down, in the buyer's favour.

    Raises: InvalidSale, SaleRefused when nothing or nearly everything would be taken off.
    """
    if kind == "percent":
        if not 1 <= off <= 95:
            raise InvalidSale("Take 1 to 95 percent off.", field="off")
        price = was * (100 - off) // 100
    else:
        if off < 1:
            raise InvalidSale("Take something off the price.", field="off")
        price = was - off
    if not 1 <= price < was:
        raise SaleRefused("The flash price must be below the price and above zero.", code="not_lower")
    return price


def check_times(seconds: int, per_buyer: int) -> None:
    """Raises: InvalidSale."""
    if not SHORTEST <= seconds <= LONGEST:
        raise InvalidSale(f"A flash price runs for {SHORTEST} to {LONGEST} seconds.", field="seconds")
    if not 1 <= per_buyer <= MOST_PER_BUYER:
        raise InvalidSale(f"One buyer may have 1 to {MOST_PER_BUYER} pieces at the flash price.", field="per_buyer")


def runs(ends_at: int, ended_at: int | None, now: int) -> bool:
    return ended_at is None and now < ends_at
