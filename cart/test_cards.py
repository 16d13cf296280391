"""The cards of the test provider: each number always does the same, so that every outcome can be tried out. No money moves.

Numbers that Stripe's test mode knows do here what they do there.
"""

from __future__ import annotations

from typing import Literal

Behaviour = Literal[
    "pays", "declined", "no_money", "declined_later", "asks", "asks_in_vain", "slow", "unanswered", "disputed"
]

CARDS: dict[str, Behaviour] = {
    "4000000000000002": "declined",
    "4000000000009995": "no_money",
    "4000000000000341": "declined_later",  # can be saved, and is declined when it has to pay
    "4000002760003184": "asks",  # the bank asks the buyer each time, and pays when the answer is yes
    "4000008400001629": "asks_in_vain",  # the bank asks, and declines whatever the answer
    "4000000000000259": "disputed",  # pays; the buyer's bank takes the money back afterwards
    "4000000000000127": "slow",  # pays after SLOW_SECONDS; its event comes before the answer
    "4000000000000119": "unanswered",  # the bank has paid, but its answer is lost; only the late event tells
}
DECLINED_CARD = "4000000000000002"
SLOW_SECONDS = 2.0
LATE_SECONDS = 1.0  # after which an unanswered payment's event, and a dispute, arrive

DECLINED = "The bank declined this card. Nothing was charged; please try another card."
_NO_MONEY = (
    "The bank says that there is not enough money on this card. Nothing was charged; please try another card. "
    "Your piece stays held meanwhile."
)

REFUSALS: dict[Behaviour, tuple[str, str]] = {
    "declined": ("declined", DECLINED),
    "declined_later": ("declined", DECLINED),
    "no_money": ("not_enough_money", _NO_MONEY),
}


def behaviour(number: str) -> Behaviour:
    return CARDS.get(number, "pays")


def brand(number: str) -> str:
    """By the first digits of ISO/IEC 7812 numbers."""
    for first, name in (("4", "visa"), ("34", "amex"), ("37", "amex"), ("35", "jcb"), ("6", "discover")):
        if number.startswith(first):
            return name
    return "mastercard" if number[:1] in ("2", "5") else "card"
