"""Held, released and sold, told to every show whose lineup has the listing, in the transaction that made it so.

Who the buyer is stays out of these events: they are public.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal

from cart import hold_store, lineup_store, listing_store
from hosts import stock_store
from livestream.events import Event
from livestream.timeline import Transaction

# freed: came free, or went to the next in line at once; told as released or held.
Kind = Literal["held", "released", "sold", "freed"]
Entry = tuple[str, str | None, dict[str, Any]]  # kind, by, data


async def announce(
    transaction: Transaction,
    kind: Kind,
    listing_ids: Collection[str],
    besides: Mapping[str, Sequence[Entry]] | None = None,
) -> dict[str, Event]:
    """Note when the listings may come free, and append their stock as it is now; one event by show id, for its show
    clock. The listings are locked.

    ``besides``: by show id, what else to append there first; all in one pass, because shows are locked by their ids.
    """
    connection = transaction.connection
    until = await hold_store.first_ends(connection, listing_ids)
    for listing_id in listing_ids:
        await stock_store.set_held_until(connection, listing_id, until.get(listing_id))
    places = await lineup_store.places(connection, listing_ids)
    entries: dict[str, list[Entry]] = {show_id: list(more) for show_id, more in (besides or {}).items()}
    stock = await listing_store.facts(connection, listing_ids) if places else {}
    for place in places:
        facts = stock[place.listing_id]
        told = kind if kind != "freed" else "held" if facts.state == "held" else "released"
        data: dict[str, Any] = {"listing_id": facts.listing_id, "left": facts.left, "state": facts.state}
        if told == "held":
            data["until"] = until.get(facts.listing_id)
        entries.setdefault(place.show_id, []).append((told, None, data))
    return {show_id: (await transaction.append_all(show_id, entries[show_id]))[-1] for show_id in sorted(entries)}
