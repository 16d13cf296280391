"""What a claim costs at this moment, and whether it may be made: read while the listing is locked."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from cart import drop_store, flash_store, specials_store, terms_store
from cart.errors import HoldRefused
from cart.flash_rules import runs
from cart.listing_store import ListingFacts


@dataclass(frozen=True, slots=True)
class Priced:
    price: int
    terms: str = "list"
    terms_id: str | None = None


async def check_limits(connection: AsyncConnection, facts: ListingFacts, buyer_id: str, now: int) -> None:
    """Before a piece is claimed. Raises: HoldRefused (``not_open``, ``drop_limit``, ``per_buyer``)."""
    special = await specials_store.of(connection, facts.listing_id)
    drop = await drop_store.open_with(connection, facts.listing_id) if special.drop else None
    if drop is not None:
        if now < drop.opens_at:
            raise HoldRefused("This drop has not opened yet.", code="not_open", opens_at=drop.opens_at)
        if await drop_store.taken_by(connection, drop, buyer_id) >= drop.per_buyer:
            raise HoldRefused(
                f"{drop.per_buyer} for each buyer in this drop: you have yours.",
                code="drop_limit",
                limit=drop.per_buyer,
            )
    limit = (await terms_store.read(connection, facts.listing_id)).per_buyer if special.terms else None
    if limit is not None and await terms_store.pieces_of(connection, facts.listing_id, buyer_id) >= limit:
        raise HoldRefused(f"{limit} for each buyer: you have yours.", code="per_buyer", limit=limit)


async def priced(
    connection: AsyncConnection, facts: ListingFacts, show_id: str | None, buyer_id: str, expected: int | None, now: int
) -> Priced:
    """The price of a claim in ``show_id`` (None: outside any). ``expected``: what the buyer's page showed, at most that is
    taken. Raises: HoldRefused (``flash_limit``, ``price_changed``)."""
    found = Priced(facts.price)
    for row in await flash_store.running(connection, facts.listing_id):
        if row.show_id != show_id or not runs(row.ends_at, row.ended_at, now) or row.price >= facts.price:
            continue
        if await flash_store.taken_by(connection, row.flash_id, buyer_id) >= row.per_buyer:
            raise HoldRefused(
                f"{row.per_buyer} for each buyer at this price: you have yours.",
                code="flash_limit",
                limit=row.per_buyer,
            )
        found = Priced(row.price, "flash", row.flash_id)
    if expected is not None and found.price > expected:
        raise HoldRefused("The price has changed. Have a look at it first.", code="price_changed", price=found.price)
    return found
