"""A show's log from its beginning, for replays: everything that happened, at the moment of the show it belongs to, but for
what moderators took away since and for whom they silenced."""

from __future__ import annotations

from typing import Any

import msgspec

from livestream.events import Event
from livestream.visibility import CONFIDENTIAL
from web.access import Access
from web.routing import Call, Route

MAX_OFFSET = 2**53 - 1
PAGE = 1_000
# These concerned those who were there, or moderators only.
NOT_TOLD = CONFIDENTIAL | {"sanctioned", "sanction_lifted"}
REMOVED = "removed"  # in place of an event that is not told: it keeps its offset, so that a page sees no gap


class TimelinePage(msgspec.Struct):
    """``next``: the ``after`` of the page that follows; None: this was the last one so far."""

    items: list[Event]
    next: int | None


async def timeline(call: Call[None]) -> TimelinePage:
    """Events with offsets above ``after`` in their order, at most ``limit`` (1,000), as on the live channel."""
    services, show_id = call.services, call.path["show_id"]
    after = call.query_int("after", 0, 0, MAX_OFFSET) or 0
    limit = call.query_int("limit", PAGE, 1, PAGE) or PAGE
    await services.shows.get(show_id)
    found = await services.timeline.read(show_id, after, limit)
    gone = await services.chat.deleted(show_id, after, found[-1].offset) if found else set()
    return TimelinePage([_told(event, gone) for event in found], found[-1].offset if len(found) == limit else None)


def _told(event: Event, gone: set[int]) -> Event:
    # Without its words: it waits for a moderator again.
    empty = event.kind == "said" and event.data.get("deleted")
    if event.kind not in NOT_TOLD and event.offset not in gone and not empty:
        return event
    nothing: dict[str, Any] = {}
    return Event(event.offset, event.at, event.time, REMOVED, None, nothing)


ROUTES = (Route("GET", "/api/shows/{show_id}/timeline", timeline, Access.ANYONE, returns=TimelinePage),)
