"""Flash prices: begun by a host, ended by the host or the clock; a claim in that show reads them in its own transaction."""

from __future__ import annotations

import secrets

import msgspec

from cart import flash_store, lineup_store, listing_store, show_store, terms_store
from cart.errors import NotInLineup, SaleRefused, SaleUnknown
from cart.flash_rules import Kind, check_times, flash_price, runs
from cart.flash_store import FlashRow
from cart.lineups import may_sell
from cart.terms import check_floor
from hosts.database import Database
from hosts.database_time import read_now_ms
from livestream.timeline import Timeline


class NewFlash(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``off``: percent, or minor units of the listing's currency."""

    listing_id: str
    kind: Kind
    off: int
    seconds: int
    per_buyer: int = 1


class FlashView(msgspec.Struct, frozen=True):
    flash_id: str
    listing_id: str
    price: int
    was: int
    per_buyer: int
    ends_at: int


class Flash:
    def __init__(self, timeline: Timeline, database: Database) -> None:
        self._timeline = timeline
        self._database = database

    async def begin(self, show_id: str, by: str, new: NewFlash) -> FlashView:
        """Raises: InvalidSale, SaleRefused, ShowUnknown, ShowOver, NotInLineup, ListingUnknown."""
        check_times(new.seconds, new.per_buyer)
        async with self._timeline.transaction() as transaction:
            connection = transaction.connection
            await listing_store.lock_listings(connection, [new.listing_id])
            facts = await listing_store.listing(connection, new.listing_id)
            show = await show_store.open_show(connection, show_id)
            if show.state not in show_store.ON_AIR:
                raise SaleRefused("Go live first: a flash price is for those who watch.", code="not_live")
            if not await lineup_store.has(connection, show_id, new.listing_id) or not may_sell(show, facts):
                raise NotInLineup("This piece is not in the show's lineup.")
            if facts.left == 0:
                raise SaleRefused("Nothing of this piece is left to sell.", code="nothing_left")
            now = await read_now_ms(connection)
            if any(
                row.show_id == show_id and runs(row.ends_at, row.ended_at, now)
                for row in await flash_store.running(connection, new.listing_id)
            ):
                raise SaleRefused("A flash price runs for this piece already.", code="running")
            price = flash_price(facts.price, new.kind, new.off)
            check_floor(show.host_id, facts, await terms_store.read(connection, new.listing_id), price)
            row = FlashRow(
                flash_id=secrets.token_urlsafe(12),
                show_id=show_id,
                listing_id=new.listing_id,
                price=price,
                was=facts.price,
                per_buyer=new.per_buyer,
                created_at=now,
                ends_at=now + new.seconds * 1_000,
                ended_at=None,
            )
            await flash_store.add(connection, row)
            view = _view(row)
            await transaction.append(show_id, "flash_started", msgspec.to_builtins(view), by=by)
        return view

    async def stop(self, show_id: str, listing_id: str, by: str) -> None:
        """Before its time. Raises: SaleUnknown when none runs."""
        async with self._timeline.transaction() as transaction:
            await listing_store.lock_listings(transaction.connection, [listing_id])
            rows = await flash_store.running(transaction.connection, listing_id)
            ended = [
                row
                for row in rows
                if row.show_id == show_id and await flash_store.end(transaction.connection, row.flash_id)
            ]
            if not ended:
                raise SaleUnknown("No flash price runs for this piece.")
            await transaction.append(show_id, "flash_ended", {"listing_id": listing_id}, by=by)

    async def expire(self) -> float:
        """End what is over. Returns the seconds until it should be called again."""
        async with self._database.reading() as connection:
            overdue = await flash_store.overdue(connection, limit=100)
            wait = await flash_store.wait_ms(connection)
        for row in overdue:
            async with self._timeline.transaction() as transaction:
                await listing_store.lock_listings(transaction.connection, [row.listing_id])
                if await flash_store.end(transaction.connection, row.flash_id):
                    await transaction.append(row.show_id, "flash_ended", {"listing_id": row.listing_id})
        if overdue:
            return 0.0
        return 1.0 if wait is None else min(max(wait / 1000, 0.01), 1.0)


def _view(row: FlashRow) -> FlashView:
    return FlashView(row.flash_id, row.listing_id, row.price, row.was, row.per_buyer, row.ends_at)
