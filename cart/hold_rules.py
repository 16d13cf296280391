"""A hold: one piece of a listing, claimed for one buyer until a time. Pure; the time is given.

active -> sold       paid while it lived
       -> released   given back by the buyer
       -> expired    its time was over
"""

from __future__ import annotations

from typing import Literal

from cart.payment_states import CONFIRM_MS

State = Literal["active", "sold", "released", "expired"]
TRANSITIONS: dict[State, frozenset[State]] = {
    "active": frozenset({"sold", "released", "expired"}),
    "sold": frozenset(),
    "released": frozenset(),
    "expired": frozenset(),
}

HOLD_MS = 120_000  # long enough to type an address on a phone, short enough for those who wait
CHECKOUT_MS = 60_000  # what is left at least when a checkout begins; given once, so nobody holds a piece for ever
WAITED_MS = 300_000  # for whoever waited in line and is told now: the phone may lie on the table
AUCTION_MS = 900_000  # to pay for what was won, without missing the rest of the show
SECOND_MS = 1_800_000  # for who comes next when the winner has not paid: they have stopped waiting for it
DECLINED_MS = 300_000  # to pay another way for what the bank refused after the bid
OFFER_MS = 12 * 3_600_000  # the seller may agree while the buyer is asleep
COUNTER_MS = 900_000  # the buyer agrees to a counter-offer: is there, and can pay
GIVEAWAY_MS = 48 * 3_600_000  # a winner may have left by the time of the draw's end
HOLDS_PER_BUYER = 10


def is_live(state: str, until: int, now: int) -> bool:
    """Whether the piece is still the buyer's at ``now``: a hold ends at ``until`` exactly."""
    return state == "active" and now < until


def extended_until(until: int, extended: bool, now: int) -> int:
    """The end of a live hold once its checkout has begun."""
    return until if extended else max(until, now + CHECKOUT_MS)


def confirming_until(until: int, created_at: int, now: int) -> int:
    """The end of a live hold while the buyer's bank waits for its confirmation. However often a bank asks, a hold that was
    claimed by a tap ends after eight minutes: nobody keeps a piece from others by never confirming."""
    return max(until, min(now + CONFIRM_MS, created_at + HOLD_MS + CHECKOUT_MS + CONFIRM_MS))
