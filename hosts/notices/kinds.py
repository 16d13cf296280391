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
    BID_CONFIRM = "bid_confirm"  # title, amount and currency that the bank wants confirmed, ends_at until when
    SECOND_CHANCE = "second_chance"  # title, amount and currency to pay, ends_at; whoever won has not paid
    WIN_LAPSED = "win_lapsed"  # title; what one won and did not pay
    NOT_PAID = "not_paid"  # title; told to the seller: the winner has not paid
    CAME_FREE = "came_free"  # title, ends_at; the piece one waited for is held for one
    OFFER_MADE = "offer_made"  # title, amount and currency; told to the seller
    OFFER_COUNTERED = "offer_countered"  # title, amount and currency, ends_at of the piece held for one
    OFFER_ACCEPTED = "offer_accepted"  # title, amount and currency
    OFFER_DECLINED = "offer_declined"  # title
    GIVEAWAY_WON = "giveaway_won"  # title, ends_at
    REFUNDED = "refunded"  # title of the parcel's first piece, amount and currency that come back
    SALE_UNDONE = "sale_undone"  # title, amount and currency; told to the seller
    REFUND_FAILED = "refund_failed"  # title, amount and currency that did not reach the buyer; told to the seller
    REFUND_OWED = "refund_owed"  # title, amount and currency that the bank did not take; told to the buyer
    HOLD_ENDING = "hold_ending"  # title, ends_at
    ORDER_SHIPPED = "order_shipped"  # name of the seller, title of the first piece
    SOLD = "sold"  # title, amount and currency; told to the seller
    PARCEL_OFFER = "parcel_offer"  # name of the seller, title of a piece in the parcel that more could go into
    FEATURE_ASKED = "feature_asked"  # name of who asks (a seller a host, or a host a seller), title of the listing
    FEATURE_GRANTED = "feature_granted"  # name of who said yes (as above), title of the listing
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
    Kind.BID_CONFIRM: Rule(0, 5 * MINUTE, urgent=True, push=True, email=False),
    Kind.SECOND_CHANCE: Rule(0, DAY, urgent=True, push=True, email=True),
    Kind.WIN_LAPSED: Rule(0, DAY, urgent=False, push=True, email=True),
    Kind.NOT_PAID: Rule(0, DAY, urgent=False, push=True, email=False),
    Kind.CAME_FREE: Rule(0, 5 * MINUTE, urgent=True, push=True, email=False),
    Kind.OFFER_MADE: Rule(10_000, DAY, urgent=False, push=True, email=True),
    Kind.OFFER_COUNTERED: Rule(0, DAY, urgent=True, push=True, email=True),
    Kind.OFFER_ACCEPTED: Rule(0, DAY, urgent=True, push=True, email=True),
    Kind.OFFER_DECLINED: Rule(10_000, DAY, urgent=False, push=True, email=False),
    Kind.GIVEAWAY_WON: Rule(0, DAY, urgent=True, push=True, email=True),
    Kind.REFUNDED: Rule(10_000, DAY, urgent=False, push=True, email=True),
    Kind.SALE_UNDONE: Rule(10_000, DAY, urgent=False, push=True, email=True),
    Kind.REFUND_FAILED: Rule(0, DAY, urgent=False, push=True, email=True),
    Kind.REFUND_OWED: Rule(0, DAY, urgent=False, push=True, email=True),
    Kind.HOLD_ENDING: Rule(0, MINUTE, urgent=True, push=True, email=False),
    Kind.ORDER_SHIPPED: Rule(10_000, DAY, urgent=False, push=True, email=True),
    Kind.SOLD: Rule(10_000, DAY, urgent=False, push=True, email=True),
    Kind.PARCEL_OFFER: Rule(10_000, DAY, urgent=False, push=True, email=False),
    Kind.FEATURE_ASKED: Rule(10_000, DAY, urgent=False, push=True, email=False),
    Kind.FEATURE_GRANTED: Rule(10_000, DAY, urgent=False, push=True, email=False),
    Kind.THANKED: Rule(10_000, DAY, urgent=False, push=True, email=False),
}
