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
    HOLD_ENDING = "hold_ending"  # title, ends_at
    ORDER_SHIPPED = "order_shipped"  # name of the seller, title of the first piece
    SOLD = "sold"  # title, amount and currency; told to the seller


@dataclass(frozen=True, slots=True)
class Rule:
    """``wait_ms``: how long others of the kind may join it before it goes out. ``urgent``: worth nothing later, so it is
    neither merged with others nor counted against the cap of the rest. ``push``, ``email``: without a choice."""

    wait_ms: int
    urgent: bool
    push: bool
    email: bool


RULES: Final[dict[Kind, Rule]] = {
    # A minute in which a seller who goes through the closet with a red pencil makes one notice, not fifteen.
    Kind.PRICE_DROP: Rule(wait_ms=60_000, urgent=False, push=True, email=False),
    Kind.SHOW_STARTED: Rule(wait_ms=2_000, urgent=False, push=True, email=False),
    Kind.OUTBID: Rule(wait_ms=0, urgent=True, push=True, email=False),
    Kind.WON: Rule(wait_ms=0, urgent=True, push=True, email=True),
    Kind.HOLD_ENDING: Rule(wait_ms=0, urgent=True, push=True, email=False),
    Kind.ORDER_SHIPPED: Rule(wait_ms=10_000, urgent=False, push=True, email=True),
    Kind.SOLD: Rule(wait_ms=10_000, urgent=False, push=True, email=True),
}
