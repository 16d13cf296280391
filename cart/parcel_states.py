"""A parcel on its way: one table."""

from __future__ import annotations

from typing import Literal

from cart.errors import ParcelStateError

State = Literal["to_ship", "shipped", "delivered"]
TRANSITIONS: dict[State, frozenset[State]] = {
    "to_ship": frozenset({"shipped"}),
    "shipped": frozenset({"shipped", "delivered"}),  # again: to mend a tracking number
    "delivered": frozenset(),
}
WORDS: dict[State, str] = {"to_ship": "still to be shipped", "shipped": "on its way", "delivered": "delivered"}
MAX_TRACKING = 80


def check(before: State, after: State) -> None:
    """Raises: ParcelStateError."""
    if after not in TRANSITIONS[before]:
        raise ParcelStateError(
            f"This parcel is {WORDS[before]}; it cannot become {WORDS[after]} from there.", state=before
        )


def tracking_number(raw: str | None) -> str | None:
    """Trimmed; nothing but spaces is none. Raises: ParcelStateError."""
    text = (raw or "").strip()
    if len(text) > MAX_TRACKING or not text.isprintable():
        raise ParcelStateError(
            f"A tracking number is at most {MAX_TRACKING} printable characters.", code="invalid_tracking"
        )
    return text or None
