"""What was said in a show, page by page, and who is under a sanction there. Talking itself goes by the live channel."""

from __future__ import annotations

from typing import Any

import msgspec

from chat.service import HISTORY
from web.access import Access
from web.routing import Call, Route

MAX_OFFSET = 2**53 - 1
MAX_WORDS = 100  # code points of a search


class SaidView(msgspec.Struct):
    """A ``said`` event, as on the live channel: data is {message_id, text, author, role}."""

    offset: int
    at: int
    time: int
    kind: str
    by: str
    data: dict[str, Any]
    shadow: bool = False  # for moderators: only its author and they see it


class Messages(msgspec.Struct):
    items: list[SaidView]
    next: int | None  # the ``before`` of the page of older ones; None: there are none


class SanctionView(msgspec.Struct):
    account: Any  # Person
    scope: str
    kind: str
    until: int | None
    reason: str
    by: Any  # Person
    created_at: int


class Sanctions(msgspec.Struct):
    items: list[SanctionView]
    next: None = None


async def messages(call: Call[None]) -> Messages:
    """Visible messages with offsets below ``before``, oldest first; at most ``limit`` (100). ``q``: only those with this text."""
    before = call.query_int("before", None, 1, MAX_OFFSET)
    limit = call.query_int("limit", HISTORY, 1, HISTORY) or HISTORY
    words = call.query.get("q", "")[:MAX_WORDS]
    found = await call.services.chat.history(
        call.path["show_id"], before, limit, reader=call.viewer_id, words=words if words.isprintable() else ""
    )
    items = [SaidView(**item) for item in found]
    return Messages(items, items[0].offset if len(items) == limit else None)


async def sanctions(call: Call[None]) -> Sanctions:
    """Sanctions in force, newest first."""
    return Sanctions([SanctionView(**item) for item in await call.services.chat.sanctions(call.path["show_id"])])


ROUTES = (
    Route("GET", "/api/shows/{show_id}/messages", messages, Access.ANYONE, returns=Messages),
    Route("GET", "/api/shows/{show_id}/sanctions", sanctions, Access.SHOW_MODERATOR, returns=Sanctions),
)
