"""A seller changes a listing: every show that has it in its lineup is told, in the seller's own transaction.

What may no longer be sold there (taken off sale, or featuring switched off) leaves the lineups of others at once.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from cart import curation_store, lineup_store, listing_store, show_store
from cart.errors import SaleRefused
from cart.lineups import plain_card
from cart.reserved_store import reserved_in
from hosts.database import Database
from hosts.listings import AfterCommit
from livestream.timeline import Timeline, Transaction

logger = logging.getLogger(__name__)


class CardChanges:
    """``stop`` waits for what is still to be published."""

    def __init__(self, timeline: Timeline, database: Database) -> None:
        self._timeline = timeline
        self._database = database
        self._publishing: set[asyncio.Task[None]] = set()

    async def stop(self) -> None:
        while self._publishing:
            await asyncio.wait(self._publishing)

    async def listing_changed(self, connection: AsyncConnection, listing_id: str) -> AfterCommit | None:
        """For ``Hosts.card_changed_in``: inside the transaction that changed the listing, which is locked."""
        transaction = self._timeline.within(connection)
        await _tell(transaction, listing_id)
        if not transaction.appended:
            return None
        # A task, because it has to run after a rollback too: later events of the shows wait for their turn.
        task = asyncio.create_task(self._publish(transaction))
        self._publishing.add(task)
        task.add_done_callback(self._publishing.discard)

        async def published() -> None:
            await asyncio.wait([task])

        return published

    async def closet_changed(self, seller_id: str) -> None:
        """After a seller has changed what is true for the whole closet: each of its cards in lineups is told anew."""
        async with self._database.reading() as connection:
            listing_ids = await lineup_store.listings_of(connection, seller_id)
        for listing_id in listing_ids:
            async with self._timeline.transaction() as transaction:
                await listing_store.lock_listings(transaction.connection, [listing_id])
                await _tell(transaction, listing_id)

    async def _publish(self, transaction: Transaction) -> None:
        """The caller's transaction holds the shows' locks, so whoever gets one knows that it has ended."""
        try:
            for show_id in transaction.appended:
                async with self._database.writing() as connection:
                    await show_store.show(connection, show_id, lock=True)
        except Exception:
            logger.exception("could not wait for a changed card to be committed")
        try:
            await self._timeline.publish_committed(transaction)
        except Exception:
            # Readers see the gap with the show's next event and read it from the timeline.
            logger.exception("a changed card is published with its shows' next events")


async def _tell(transaction: Transaction, listing_id: str) -> None:
    """Append to every open show that sells the listing, which is locked. Raises: SaleRefused."""
    connection = transaction.connection
    facts = await listing_store.listing(connection, listing_id)
    reserved = await reserved_in(connection, listing_id)
    if reserved and facts.withdrawn:
        raise SaleRefused("This piece is in an auction or a giveaway that runs; take it off sale after that.")
    places = await lineup_store.places(connection, [listing_id])
    if not places:
        return
    card = await plain_card(connection, listing_id)
    gone = {"listing_id": listing_id}
    for place in places:
        events: list[tuple[str, str | None, dict[str, Any]]] = [("card_changed", None, {"listing": card})]
        allowed = facts.featurable or place.host_id == facts.seller_id
        if not reserved and (
            facts.withdrawn or not (allowed or await curation_store.granted(connection, listing_id, place.host_id))
        ):
            if place.featured:
                events.append(("unfeatured", None, gone))
            events.append(("lineup_removed", None, gone))
            await lineup_store.remove(connection, place.show_id, listing_id)
        await transaction.append_all(place.show_id, events)
