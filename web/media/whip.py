"""WHIP, RFC 9725: a host publishes."""

from __future__ import annotations

from aiohttp import web

from web.access import Access, bearer_token
from web.media.cors import Methods
from web.media.sessions import ENDPOINT_HEADERS, LARGEST_OFFER, SDP, SESSION_HEADERS, created, delete, patch, read_text
from web.routing import Call, Route


async def publish(call: Call[None]) -> web.Response:
    """Publish to a show: an SDP offer in, the answer out."""
    offer = await read_text(call.request, SDP, LARGEST_OFFER)
    key = bearer_token(call.request) or ""
    description = await call.services.shows.media.publish(call.path["show_id"], key, offer)
    return created(call, description)


_endpoint = Methods("POST", headers=ENDPOINT_HEADERS)
_session = Methods("PATCH", "DELETE", headers=SESSION_HEADERS)
ENDPOINT = "/whip/{show_id}"
SESSION = ENDPOINT + "/{session_id}"
ROUTES = (
    Route("POST", ENDPOINT, publish, Access.STREAM_KEY),
    Route("OPTIONS", ENDPOINT, _endpoint.options, Access.ANYONE),
    Route("*", ENDPOINT, _endpoint.refuse, Access.ANYONE),
    Route("PATCH", SESSION, patch, Access.MEDIA_SESSION),
    Route("DELETE", SESSION, delete, Access.MEDIA_SESSION),
    Route("OPTIONS", SESSION, _session.options, Access.ANYONE),
    Route("*", SESSION, _session.refuse, Access.ANYONE),
)
