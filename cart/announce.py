"""Held, released and sold, told to every show whose lineup has the listing, in the transaction that made it so.

Who the buyer is stays out of these events: they are public.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import groupby
from typing import Literal

from cart import hold_store, lineup_store, listing_store
from livestream.events import Event
from livestream.timeline import Transaction

Kind = Literal["held", "released", "sold"]


async def announce(transaction: Transaction, kind: Kind, listing_ids: Collection[str]) -> dict[str, Event]:
    """Append the listings' stock as it is now; one event by show id, for its show clock. The listings are locked."""
    connection = transaction.connection
    places = await lineup_store.places(connection, listing_ids)
    if not places:
        return {}
    stock = await listing_store.facts(connection, listing_ids)
    until = await hold_store.first_ends(connection, listing_ids) if kind == "held" else {}
    told: dict[str, Event] = {}
    for show_id, here in groupby(places, key=lambda place: place.show_id):
        entries = []
        for place in here:
            facts = stock[place.listing_id]
            data = {"listing_id": facts.listing_id, "left": facts.left, "state": facts.state}
            if kind == "held":
                data["until"] = until.get(facts.listing_id)
            entries.append((kind, None, data))
        told[show_id] = (await transaction.append_all(show_id, entries))[-1]
    return told
