"""Lineups: which listings, from any closet, a show sells, in which order, and which of them it shows right now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from cart import curation_store, lineup_store, listing_store, show_store
from cart.errors import LineupRefused, NotInLineup
from cart.listing_store import ListingFacts
from cart.reserved_store import reserved_in
from cart.show_store import ShowFacts
from cart.views import LineupItem
from hosts import card_store
from hosts.database import Database
from livestream.timeline import Timeline, Transaction

LONGEST = 300  # a lineup travels in every snapshot; four hours at one piece a minute are 240
FEATURED_AT_ONCE = 3
APPEARANCES = 5
CLOSET_APPEARANCES = 500  # showings of one closet: the newest that its page can name


class Lineups:
    def __init__(self, timeline: Timeline, database: Database) -> None:
        self._timeline = timeline
        self._database = database

    async def view(self, show_id: str, viewer_id: str | None) -> list[LineupItem]:
        """The lineup in its order. Raises: ShowUnknown."""
        async with self._database.reading() as connection:
            await show_store.show(connection, show_id)
            entries = await lineup_store.entries(connection, show_id)
            cards = await card_store.cards(connection, [entry.listing_id for entry in entries], viewer_id)
        return [
            LineupItem(**msgspec.structs.asdict(cards[entry.listing_id]), featured=entry.featured_at is not None)
            for entry in entries
            if entry.listing_id in cards
        ]

    async def appearances(self, listing_id: str) -> list[lineup_store.Appearance]:
        """The last shows on whose screen a listing was, the newest first."""
        async with self._database.reading() as connection:
            return await lineup_store.appearances(connection, listing_id, APPEARANCES)

    async def appearances_of_closet(self, seller_id: str) -> dict[str, lineup_store.Appearance]:
        """By listing of a seller: the newest show on whose screen it was."""
        async with self._database.reading() as connection:
            return await lineup_store.appearances_of_closet(connection, seller_id, CLOSET_APPEARANCES)

    async def add(self, show_id: str, listing_id: str, by: str) -> None:
        """At the end; nothing changes when it is there already.

        Raises: ShowUnknown, ShowOver, ListingUnknown, LineupRefused.
        """
        async with self._timeline.transaction() as transaction:
            await self.add_within(transaction, show_id, listing_id, by)

    async def add_within(self, transaction: Transaction, show_id: str, listing_id: str, by: str) -> None:
        """``add`` as a part of something else that happens."""
        await self._open(transaction, show_id, listing_id)
        await self._add(transaction, show_id, listing_id, by)

    async def remove(self, show_id: str, listing_id: str, by: str) -> None:
        """Also takes it off the screen. Raises: ShowUnknown, ShowOver, NotInLineup, LineupRefused (``in_auction``)."""
        async with self._timeline.transaction() as transaction:
            await show_store.open_show(transaction.connection, show_id)
            if await reserved_in(transaction.connection, listing_id, show_id):
                raise LineupRefused("This piece is in an auction or a giveaway that runs.", code="in_auction")
            entry = _find(await lineup_store.entries(transaction.connection, show_id), listing_id)
            events: list[tuple[str, str | None, dict[str, Any]]] = []
            if entry.featured_at is not None:
                events.append(("unfeatured", by, {"listing_id": listing_id}))
            events.append(("lineup_removed", by, {"listing_id": listing_id}))
            await lineup_store.remove(transaction.connection, show_id, listing_id)
            await transaction.append_all(show_id, events)

    async def order(self, show_id: str, listing_ids: Sequence[str], by: str) -> None:
        """Give the whole lineup in its new order. Raises: ShowUnknown, ShowOver, LineupRefused when it is another set."""
        async with self._timeline.transaction() as transaction:
            await show_store.open_show(transaction.connection, show_id)
            before = [entry.listing_id for entry in await lineup_store.entries(transaction.connection, show_id)]
            if sorted(before) != sorted(listing_ids):
                raise LineupRefused(
                    "The lineup has changed meanwhile. Load it again and order it anew.", code="lineup_mismatch"
                )
            if list(listing_ids) != before:
                await lineup_store.order(transaction.connection, show_id, listing_ids)
                await transaction.append(show_id, "lineup_ordered", {"listing_ids": list(listing_ids)}, by=by)

    async def feature(self, show_id: str, listing_id: str, by: str) -> None:
        """Show a listing now; adds it to the lineup. With three shown, one that is sold makes room.

        Raises: ShowUnknown, ShowOver, ListingUnknown, LineupRefused.
        """
        async with self._timeline.transaction() as transaction:
            connection = transaction.connection
            facts = await self._open(transaction, show_id, listing_id)
            if facts.state == "sold":
                raise LineupRefused("This piece is sold.", code="sold")
            await self._add(transaction, show_id, listing_id, by)
            entries = await lineup_store.entries(connection, show_id)
            if _find(entries, listing_id).featured_at is not None:
                return
            shown = [entry.listing_id for entry in entries if entry.featured_at is not None]
            if len(shown) >= FEATURED_AT_ONCE:
                stock = await listing_store.facts(connection, shown)
                over = next((other for other in shown if stock[other].state == "sold"), None)
                if over is None:
                    raise LineupRefused(
                        f"{FEATURED_AT_ONCE} pieces are shown already. Take one off the screen first.",
                        code="features_full",
                    )
                await lineup_store.feature(connection, show_id, over, False)
                await transaction.append(show_id, "unfeatured", {"listing_id": over}, by=by)
            await lineup_store.feature(connection, show_id, listing_id, True)
            event = await transaction.append(show_id, "featured", {"listing_id": listing_id}, by=by)
            await lineup_store.shown(connection, show_id, listing_id, event.at)

    async def unfeature(self, show_id: str, listing_id: str, by: str) -> None:
        """Take it off the screen; nothing changes when it is not there. Raises: ShowUnknown, ShowOver, NotInLineup."""
        async with self._timeline.transaction() as transaction:
            await show_store.open_show(transaction.connection, show_id)
            entry = _find(await lineup_store.entries(transaction.connection, show_id), listing_id)
            if entry.featured_at is not None:
                await lineup_store.feature(transaction.connection, show_id, listing_id, False)
                await transaction.append(show_id, "unfeatured", {"listing_id": listing_id}, by=by)

    async def _open(self, transaction: Transaction, show_id: str, listing_id: str) -> ListingFacts:
        """Lock listing and show and check that this host may sell it. Locked, no claim can slip between card and lineup."""
        await listing_store.lock_listings(transaction.connection, [listing_id])
        facts = await listing_store.listing(transaction.connection, listing_id)
        show = await show_store.open_show(transaction.connection, show_id)
        if facts.withdrawn:
            raise LineupRefused("The seller has taken this piece off sale.", code="withdrawn")
        if not may_sell(show, facts) and not await curation_store.granted(
            transaction.connection, listing_id, show.host_id
        ):
            raise LineupRefused("This seller does not let others feature this piece.", code="featuring_not_allowed")
        return facts

    async def _add(self, transaction: Transaction, show_id: str, listing_id: str, by: str) -> None:
        entries = await lineup_store.entries(transaction.connection, show_id)
        if any(entry.listing_id == listing_id for entry in entries):
            return
        if len(entries) >= LONGEST:
            raise LineupRefused(f"A lineup has at most {LONGEST} pieces. Take one out first.", code="lineup_full")
        await lineup_store.add(transaction.connection, show_id, listing_id)
        card = await plain_card(transaction.connection, listing_id)
        await transaction.append(show_id, "lineup_added", {"listing": card}, by=by)


def may_sell(show: ShowFacts, facts: ListingFacts) -> bool:
    return facts.featurable or facts.seller_id == show.host_id


def _find(entries: list[lineup_store.Entry], listing_id: str) -> lineup_store.Entry:
    for entry in entries:
        if entry.listing_id == listing_id:
            return entry
    raise NotInLineup("This piece is not in the show's lineup.")


async def plain_card(connection: AsyncConnection, listing_id: str) -> dict[str, Any]:
    """The card as nobody in particular sees it, plain enough for an event."""
    cards = await card_store.cards(connection, [listing_id], None)
    return dict(msgspec.to_builtins(cards[listing_id]))
