"""A listing as it is shown in lists, lineups and bags."""

from __future__ import annotations

from typing import Literal

import msgspec

from hosts.person import Person

State = Literal["available", "held", "sold"]


class ListingCard(msgspec.Struct, frozen=True):
    """``price`` in minor units of ``currency``; ``photo`` a path of the 640 px thumb; ``held_until`` Unix ms."""

    listing_id: str
    title: str
    brand: str
    size: str
    category: str
    condition: str
    price: int
    currency: str
    photo: str | None
    seller: Person
    quantity: int
    left: int
    state: State
    held_until: int | None
    likes: int
    liked: bool  # by the one who looks; False for nobody in particular
    featuring_allowed: bool  # by the listing and by the whole closet


def stock_state(left: int, held: int) -> State:
    """Something left: available. Else held while a hold may still come free, else sold."""
    return "available" if left > 0 else "held" if held > 0 else "sold"
