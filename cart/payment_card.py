"""A payment card as typed. It lives for one request: never stored, never logged, never part of an answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from cart.errors import InvalidCard

_DIGITS = re.compile(r"[0-9]{12,19}")  # ISO/IEC 7812-1: a card number has at most 19 digits
_EXPIRY = re.compile(r"\s*(0[1-9]|1[0-2])\s*/\s*([0-9]{2})\s*")
_CVC = re.compile(r"[0-9]{3,4}")


@dataclass(frozen=True, slots=True, repr=False)
class PaymentCard:
    number: str  # digits only
    month: int
    year: int
    cvc: str

    @property
    def hint(self) -> str:
        """What may be kept to tell two cards apart: last four digits and expiry."""
        return f"{self.number[-4:]} {self.month:02}/{self.year}"

    def __repr__(self) -> str:
        return f"PaymentCard(...{self.number[-4:]})"


def payment_card(number: str, expiry: str, cvc: str, now_ms: int) -> PaymentCard:
    """Check what the buyer typed; spaces and hyphens in the number are ignored. Raises: InvalidCard."""
    digits = re.sub(r"[\s-]", "", number[:64])
    if not _DIGITS.fullmatch(digits) or not luhn(digits):
        raise InvalidCard("This card number is not right. Please check its digits.", field="card_number")
    found = _EXPIRY.fullmatch(expiry[:16])
    if found is None:
        raise InvalidCard("Write the expiry as month and year, like 08/29.", field="expiry")
    month, year = int(found[1]), 2000 + int(found[2])
    today = datetime.fromtimestamp(now_ms / 1000, UTC)
    if (year, month) < (today.year, today.month):
        raise InvalidCard("This card has expired. Please use another one.", field="expiry")
    if not _CVC.fullmatch(cvc):
        raise InvalidCard("The security code is the 3 or 4 digits printed on the card.", field="cvc")
    return PaymentCard(digits, month, year, cvc)


def luhn(digits: str) -> bool:
    """ISO/IEC 7812-1 annex B: doubled every second digit from the right, digit sums add up to a multiple of ten."""
    total = 0
    for place, character in enumerate(reversed(digits)):
        value = int(character) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
