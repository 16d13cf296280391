"""Something to send to: the studio measures its upload before a show, so that a host learns of a weak one in time."""

from __future__ import annotations

import msgspec

from web.access import Access
from web.body import read_body
from web.errors import BadRequest
from web.routing import Call, Route

LARGEST = 1024 * 1024  # bytes: a second of 8 Mb/s, three times what a show sends
SECONDS = 15.0  # 1 MiB in this time is 0.5 Mb/s; who is slower is told so by the time alone


class Received(msgspec.Struct):
    bytes: int


async def check_upload(call: Call[None]) -> Received:
    """Take up to 1 MiB of anything, forget it, and say how much came."""
    too_large = BadRequest("Send at most 1 MiB.", code="too_large", status=413)
    return Received(len(await read_body(call.request, LARGEST, SECONDS, too_large)))


ROUTES = (Route("POST", "/api/upload-check", check_upload, Access.SIGNED_IN, returns=Received),)
