"""The shoppable index of a replay: which listing was shown from when to when. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from livestream.events import Event

KINDS = ("featured", "unfeatured", "lineup_removed", "ended")  # all that the index needs of a timeline


@dataclass(frozen=True, slots=True)
class Shown:
    """``from_ms`` and ``to_ms`` on the show clock; None: until the end of what there is so far."""

    listing_id: str
    from_ms: int
    to_ms: int | None
    offset: int  # of the `featured` event


def index(events: Iterable[Event]) -> list[Shown]:
    """In the order in which they were shown. A listing that is featured anew while it is shown goes on as one entry."""
    open_since: dict[str, Event] = {}
    found: list[Shown] = []

    def close(listing_id: str, at: int) -> None:
        event = open_since.pop(listing_id, None)
        if event is not None:
            found.append(Shown(listing_id, event.at, max(at, event.at), event.offset))

    for event in events:
        listing_id = str(event.data.get("listing_id", ""))
        if event.kind == "featured":
            open_since.setdefault(listing_id, event)
        elif event.kind in ("unfeatured", "lineup_removed"):
            close(listing_id, event.at)
        elif event.kind == "ended":
            for one in list(open_since):
                close(one, event.at)
    found += [Shown(one, event.at, None, event.offset) for one, event in open_since.items()]
    return sorted(found, key=lambda shown: shown.offset)
