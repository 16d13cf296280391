"""The log of an auction's bids, chained by hashes: whoever kept one hash notices when anything before it was changed. Pure.

Each entry's hash is the SHA-256 of its canonical JSON (keys sorted, no spaces, UTF-8), which has the hash before it; the
first one's ``previous`` is the hash of the terms. A maximum is secret while the auction is open, so the entry has
``commitment``, the SHA-256 of ``salt:maximum``; both are shown once it has closed. Every ``bid_placed`` event of the show
carries the newest hash, so the whole audience has witnessed the chain.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec


class LogTerms(msgspec.Struct, frozen=True):
    auction_id: str
    listing_id: str
    show_id: str
    currency: str
    start_price: int
    step: int
    sudden_death: bool
    created_at: int
    ends_at: int  # as it was announced; counter-bids may have moved it


class Entry(msgspec.Struct, frozen=True):
    """``received_at``, ``made_at``: Unix ms; ``lag_ms``: what was counted of the measured lag."""

    number: int
    bidder_id: str
    amount: int
    commitment: str
    received_at: int
    lag_ms: int
    made_at: int
    previous: str


class Opened(msgspec.Struct, frozen=True):
    """A secret maximum, shown after the end, or to its owner."""

    number: int
    maximum: int
    salt: str


def digest(value: Any) -> str:
    """SHA-256 of canonical JSON, in hexadecimal."""
    return hashlib.sha256(msgspec.json.encode(msgspec.to_builtins(value), order="deterministic")).hexdigest()


def commitment(maximum: int, salt: str) -> str:
    return hashlib.sha256(f"{salt}:{maximum}".encode()).hexdigest()


def broken_at(terms: LogTerms, entries: list[Entry], hashes: list[str], opened: list[Opened]) -> int | None:
    """The number of the first entry that does not fit; None: the log is whole. ``0``: an opened maximum fits nothing."""
    previous = digest(terms)
    by_number = {}
    for place, (entry, found) in enumerate(zip(entries, hashes, strict=True), 1):
        if entry.number != place or entry.previous != previous or digest(entry) != found:
            return place
        previous = found
        by_number[entry.number] = entry
    for one in opened:
        owner = by_number.get(one.number)
        if owner is None or owner.commitment != commitment(one.maximum, one.salt):
            return 0
    return None
