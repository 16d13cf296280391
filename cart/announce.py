"""Held, released and sold, told to every show whose lineup has the listing, in the transaction that made it so.

Who the buyer is stays out of these events: they are public.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import groupby
from typing import Any, Literal

from cart import hold_store, lineup_store, listing_store
from hosts import stock_store
from livestream.events import Event
from livestream.timeline import Transaction

Kind = Literal["held", "released", "sold"]


async def announce(transaction: Transaction, kind: Kind, listing_ids: Collection[str]) -> dict[str, Event]:
    """Note when the listings may come free, and append their stock as it is now; one event by show id, for its show
    clock. The listings are locked."""
    connection = transaction.connection
    until = await hold_store.first_ends(connection, listing_ids)
    for listing_id in listing_ids:
        await stock_store.set_held_until(connection, listing_id, until.get(listing_id))
    places = await lineup_store.places(connection, listing_ids)
    if not places:
        return {}
    stock = await listing_store.facts(connection, listing_ids)
    told: dict[str, Event] = {}
    for show_id, here in groupby(places, key=lambda place: place.show_id):
        entries: list[tuple[str, str | None, dict[str, Any]]] = []
        for place in here:
            facts = stock[place.listing_id]
            data: dict[str, Any] = {"listing_id": facts.listing_id, "left": facts.left, "state": facts.state}
            if kind == "held":
                data["until"] = until.get(facts.listing_id)
            entries.append((kind, None, data))
        told[show_id] = (await transaction.append_all(show_id, entries))[-1]
    return told
