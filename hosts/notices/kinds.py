"""The kinds of notices as a table: how urgent each is, how it merges, and how it goes out when nobody chose."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What happened. The fields that its sentence needs stand beside it; ``path`` is always needed."""

    SHOW_STARTED = "show_started"  # title of the show, name of the host
    PRICE_DROP = "price_drop"  # title of the listing, amount and currency of the new price
    OUTBID = "outbid"  # title, amount and currency of the bid that now leads
    WON = "won"  # title, amount and currency to pay, ends_at until when
    WON_PAID = "won_paid"  # title, amount and currency that the saved card pays
    HOLD_ENDING = "hold_ending"  # title, ends_at
    ORDER_SHIPPED = "order_shipped"  # name of the seller, title of the first piece
    SOLD = "sold"  # title, amount and currency; told to the seller
    PARCEL_OFFER = "parcel_offer"  # name of the seller, title of a piece in the parcel that more could go into
    FEATURE_ASKED = "feature_asked"  # name of who asks (a seller a host, or a host a seller), title of the listing
    THANKED = "thanked"  # name of the seller, title of the show in which the host featured them


@dataclass(frozen=True, slots=True)
class Rule:
    """How a kind goes out.

    ``wait_ms``: how long others of the kind may join it first. ``stale_ms``: after this it is not worth a push or mail any
    more and stays in the bell. ``urgent``: goes out alone, with a cap of its own. ``push``, ``email``: when nobody chose.
    """

    wait_ms: int
    stale_ms: int
    urgent: bool
    push: bool
    email: bool


MINUTE = 60_000
DAY = 24 * 60 * MINUTE

RULES: Final[dict[Kind, Rule]] = {
    Kind.SHOW_STARTED: Rule(2_000, 30 * MINUTE, urgent=False, push=True, email=False),
    # In a minute a seller who goes through the closet with a red pencil makes one push, not fifteen.
    Kind.PRICE_DROP: Rule(MINUTE, DAY, urgent=False, push=True, email=False),
    Kind.OUTBID: Rule(0, 5 * MINUTE, urgent=True, push=True, email=False),
    Kind.WON: Rule(0, DAY, urgent=True, push=True, email=True),
    Kind.WON_PAID: Rule(0, DAY, urgent=True, push=True, email=True),
    Kind.HOLD_ENDING: Rule(0, MINUTE, urgent=True, push=True, email=False),
    Kind.ORDER_SHIPPED: Rule(10_000, DAY, urgent=False, push=True, email=True),
    Kind.SOLD: Rule(10_000, DAY, urgent=False, push=True, email=True),
    Kind.PARCEL_OFFER: Rule(10_000, DAY, urgent=False, push=True, email=False),
    Kind.FEATURE_ASKED: Rule(10_000, DAY, urgent=False, push=True, email=False),
    Kind.THANKED: Rule(10_000, DAY, urgent=False, push=True, email=False),
}
