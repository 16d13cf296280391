"""What WHIP and WHEP have in common: an offer is posted, the session it makes is patched and deleted."""

from __future__ import annotations

import secrets
import time

from aiohttp import web

from livestream.media import SessionDescription
from web.body import read_body
from web.errors import BadRequest, WebError
from web.media.turn import timed_credentials
from web.routing import Call
from web.settings import IceServer, Settings

SDP = "application/sdp"
FRAGMENT = "application/trickle-ice-sdpfrag"
LARGEST_OFFER = 64 * 1024  # bytes; a browser's with simulcast and every codec is about 8 KiB
LARGEST_FRAGMENT = 16 * 1024
BODY_SECONDS = 10.0  # for a body of a few KiB

ENDPOINT_HEADERS = {"Accept-Post": SDP}
SESSION_HEADERS = {"Accept-Patch": FRAGMENT}


async def read_text(request: web.Request, kind: str, largest: int) -> str:
    """The body as text. Raises: WebError 415 (with what is accepted), 413, 408, 400."""
    if request.content_type != kind:
        error = WebError(f"Send the body as {kind}.", code="unsupported_type", status=415)
        error.headers["Accept-Post" if request.method == "POST" else "Accept-Patch"] = kind
        raise error
    too_large = WebError(f"The body is larger than {largest // 1024} KiB.", code="too_large", status=413)
    data = await read_body(request, largest, BODY_SECONDS, too_large)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise BadRequest("The body is not UTF-8 text.", code="invalid_offer") from None


def created(call: Call[None], description: SessionDescription, links: tuple[str, ...] = ()) -> web.Response:
    """201 with the answer and the session's address."""
    response = web.Response(
        status=201,
        text=description.answer,
        content_type=SDP,
        headers={
            "Location": f"{call.request.path}/{description.session_id}",
            "ETag": description.etag,
            **SESSION_HEADERS,
        },
    )
    for link in (*links, *(ice_server_link(server) for server in _ice_servers(call.services.settings))):
        response.headers.add("Link", link)
    return response


def _ice_servers(settings: Settings) -> tuple[IceServer, ...]:
    """Those of the settings, and the TURN servers with credentials of this session's own."""
    if settings.turn_secret is None:
        return settings.ice_servers
    now, name = int(time.time()), secrets.token_urlsafe(6)
    timed = (timed_credentials(url, settings.turn_secret, now, name) for url in settings.turn_servers)
    return (*settings.ice_servers, *timed)


def ice_server_link(server: IceServer) -> str:
    """RFC 9725 section 4.6: the same as an RTCIceServer, as a link."""
    link = f'<{server.url}>; rel="ice-server"'
    if server.username is not None:
        link += f'; username="{_quoted(server.username)}"'
    if server.credential is not None:
        link += f'; credential="{_quoted(server.credential)}"; credential-type="password"'
    return link


def _quoted(text: str) -> str:
    """RFC 9110 section 5.6.4."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


async def patch(call: Call[None]) -> web.Response:
    """Trickle (204) or restart (200) ICE: RFC 9725 section 4.3."""
    fragment = await read_text(call.request, FRAGMENT, LARGEST_FRAGMENT)
    etag = call.request.headers.get("If-Match")
    if etag is None:
        raise WebError(
            'Send If-Match with the session\'s ETag, or "*" to restart ICE.', code="precondition_required", status=428
        )
    answer = await call.services.engine.patch(call.path["session_id"], etag, fragment)
    if answer.sdpfrag is None:
        return web.Response(status=204)
    return web.Response(text=answer.sdpfrag, content_type=FRAGMENT, headers={"ETag": answer.etag})


async def delete(call: Call[None]) -> web.Response:
    """End the session."""
    await call.services.engine.close(call.path["session_id"])
    return web.Response()
