"""Drops: several sizes of one thing come on sale at the same instant. Until then nobody can claim any of them."""

from __future__ import annotations

import secrets

import msgspec

from cart import drop_store, lineup_store, listing_store, show_store
from cart.drop_store import DropRow
from cart.errors import InvalidSale, NotInLineup, SaleRefused, SaleUnknown
from cart.lineups import may_sell
from hosts.database import Database
from hosts.database_time import read_now_ms
from livestream.timeline import Timeline

MOST_SIZES = 20
LONGEST_WAIT = 1_800  # seconds from the announcement to the opening
MOST_PER_BUYER = 10


class NewDrop(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``seconds`` until it opens."""

    title: str
    listing_ids: list[str]
    seconds: int = 0
    per_buyer: int = 1


class DropView(msgspec.Struct, frozen=True):
    drop_id: str
    title: str
    listing_ids: list[str]
    per_buyer: int
    opens_at: int


class Drops:
    def __init__(self, timeline: Timeline, database: Database) -> None:
        self._timeline = timeline
        self._database = database

    async def announce(self, show_id: str, by: str, new: NewDrop) -> DropView:
        """Raises: InvalidSale, SaleRefused, ShowUnknown, ShowOver, NotInLineup, ListingUnknown."""
        title = _checked(new)
        async with self._timeline.transaction() as transaction:
            connection = transaction.connection
            await listing_store.lock_listings(connection, new.listing_ids)
            show = await show_store.open_show(connection, show_id)
            if show.state not in show_store.ON_AIR:
                raise SaleRefused("Go live first: a drop is for those who watch.", code="not_live")
            for listing_id in new.listing_ids:
                facts = await listing_store.listing(connection, listing_id)
                if not await lineup_store.has(connection, show_id, listing_id) or not may_sell(show, facts):
                    raise NotInLineup("A piece of this drop is not in the show's lineup.")
                if facts.left == 0:
                    raise SaleRefused("Nothing is left of a piece of this drop.", code="nothing_left")
                if await drop_store.open_with(connection, listing_id) is not None:
                    raise SaleRefused("A piece of this drop is in another drop already.", code="running")
            now = await read_now_ms(connection)
            row = DropRow(
                drop_id=secrets.token_urlsafe(12),
                show_id=show_id,
                host_id=show.host_id,
                title=title,
                per_buyer=new.per_buyer,
                created_at=now,
                opens_at=now + new.seconds * 1_000,
                closed_at=None,
            )
            await drop_store.add(connection, row, new.listing_ids)
            view = DropView(row.drop_id, title, new.listing_ids, row.per_buyer, row.opens_at)
            await transaction.append(show_id, "drop_announced", msgspec.to_builtins(view), by=by)
        return view

    async def close(self, show_id: str, drop_id: str, by: str | None) -> None:
        """Its pieces are sold like any others from then on. Closing twice is fine. Raises: SaleUnknown."""
        async with self._timeline.transaction() as transaction:
            row = await drop_store.by_id(transaction.connection, drop_id)
            if row is None or row.show_id != show_id:
                raise SaleUnknown("There is no such drop in this show.")
            listing_ids = await drop_store.listings_of(transaction.connection, drop_id)
            await listing_store.lock_listings(transaction.connection, listing_ids)
            if await drop_store.close(transaction.connection, drop_id):
                await transaction.append(show_id, "drop_closed", {"drop_id": drop_id}, by=by)

    async def sweep(self) -> float:
        """Close the drops of shows that are over: a piece must not wait for an opening that nobody will see."""
        async with self._database.reading() as connection:
            left = await drop_store.of_over_shows(connection, show_store.ids_over())
        for row in left:
            await self.close(row.show_id, row.drop_id, None)
        return 5.0


def _checked(new: NewDrop) -> str:
    title = new.title.strip()
    if not 1 <= len(title) <= 80 or not title.isprintable():
        raise InvalidSale("Give the drop a title of 1 to 80 characters.", field="title")
    if not 1 <= len(new.listing_ids) <= MOST_SIZES or len(set(new.listing_ids)) != len(new.listing_ids):
        raise InvalidSale(f"A drop has 1 to {MOST_SIZES} different pieces.", field="listing_ids")
    if not 0 <= new.seconds <= LONGEST_WAIT:
        raise InvalidSale(f"A drop opens within {LONGEST_WAIT // 60} minutes.", field="seconds")
    if not 1 <= new.per_buyer <= MOST_PER_BUYER:
        raise InvalidSale(f"One buyer may have 1 to {MOST_PER_BUYER} pieces of a drop.", field="per_buyer")
    return title
