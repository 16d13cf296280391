"""What selling reads about listings while it decides about them, and the locks that keep the decision true.

Locks are taken in one order everywhere, so that no two transactions wait for each other: the buyer, then listings by id,
then shows by id. On SQLite the writing transaction itself is the lock.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cart.errors import ListingUnknown
from hosts.fields import is_id
from hosts.tables import accounts, listings


@dataclass(frozen=True, slots=True)
class ListingFacts:
    listing_id: str
    seller_id: str
    title: str
    price: int
    currency: str
    left: int
    held: int
    withdrawn: bool
    featurable: bool  # others may feature it: the listing and its whole closet say so

    @property
    def state(self) -> str:
        return "available" if self.left > 0 else "held" if self.held > 0 else "sold"


async def lock_buyer(connection: AsyncConnection, account_id: str) -> None:
    """One claim, release or checkout of a buyer at a time. Leaves room for rows that refer to the account."""
    if connection.dialect.name == "sqlite":  # the writing transaction is the lock already
        return
    await connection.execute(
        sa.select(accounts.c.account_id).where(accounts.c.account_id == account_id).with_for_update(key_share=True)
    )


async def lock_listings(connection: AsyncConnection, listing_ids: Collection[str]) -> None:
    if connection.dialect.name == "sqlite":
        return
    await connection.execute(
        sa.select(listings.c.listing_id)
        .where(listings.c.listing_id.in_([name for name in listing_ids if is_id(name)]))
        .order_by(listings.c.listing_id)
        .with_for_update(key_share=True)
    )


_FACTS = (
    sa.select(
        listings.c.listing_id,
        listings.c.seller_id,
        listings.c.title,
        listings.c.price,
        listings.c.currency,
        listings.c.quantity - listings.c.held - listings.c.sold,
        listings.c.held,
        listings.c.withdrawn_at.is_not(None),
        sa.and_(listings.c.featuring_allowed, accounts.c.featuring_allowed),
    )
    .join(accounts, accounts.c.account_id == listings.c.seller_id)
    .where(listings.c.listing_id.in_(sa.bindparam("ids", expanding=True)))
)


async def facts(connection: AsyncConnection, listing_ids: Collection[str]) -> dict[str, ListingFacts]:
    rows = await connection.execute(_FACTS, {"ids": [name for name in listing_ids if is_id(name)]})
    return {row[0]: ListingFacts(*row) for row in rows}


async def listing(connection: AsyncConnection, listing_id: str) -> ListingFacts:
    """Raises: ListingUnknown."""
    found = await facts(connection, [listing_id])
    if listing_id not in found:
        raise ListingUnknown("There is no such listing.")
    return found[listing_id]
