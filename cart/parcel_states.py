"""A parcel on its way: one table."""

from __future__ import annotations

from typing import Literal

from cart.errors import ParcelStateError

State = Literal["to_ship", "shipped", "delivered", "cancelled"]
Move = Literal["to_ship", "shipped", "delivered"]  # what a seller may ask for; cancelling also gives the money back
TRANSITIONS: dict[State, frozenset[State]] = {
    "to_ship": frozenset({"shipped", "cancelled"}),
    "shipped": frozenset({"shipped", "delivered"}),  # again: to mend a tracking number
    "delivered": frozenset(),
    "cancelled": frozenset(),
}
MAX_TRACKING = 80

MAX_THANKS = 1_000
MAX_REVIEW = 1_000


def check(before: State, after: State) -> None:
    """Raises: ParcelStateError."""
    if after not in TRANSITIONS[before]:
        raise ParcelStateError("This parcel has taken another way meanwhile. Look at it again.", state=before)


def tracking_number(raw: str | None) -> str | None:
    """Trimmed; nothing but spaces is none. Raises: ParcelStateError."""
    text = (raw or "").strip()
    if len(text) > MAX_TRACKING or not text.isprintable():
        raise ParcelStateError(
            f"A tracking number is at most {MAX_TRACKING} printable characters.", code="invalid_tracking"
        )
    return text or None


def note(raw: str, longest: int) -> str:
    """Trimmed text with line breaks. Raises: ParcelStateError."""
    text = raw.replace("\r\n", "\n").strip()
    if len(text) > longest or not all(each.isprintable() or each == "\n" for each in text):
        raise ParcelStateError(f"Write at most {longest} characters of plain text.", code="invalid_note")
    return text


def stars(rating: int) -> int:
    """Raises: ParcelStateError."""
    if not 1 <= rating <= 5:
        raise ParcelStateError("A rating is 1 to 5 stars.", code="invalid_rating")
    return rating
