"""WHEP (draft-ietf-wish-whep): viewers watch; server-sent events and layer selection as the draft's extensions describe."""

from __future__ import annotations

import asyncio
import contextlib
import re
from typing import Annotated

import msgspec
from aiohttp import web

from livestream.errors import SessionNotFound, UnacceptableOffer
from livestream.media import ViewerLayers
from web.access import Access
from web.errors import BadRequest, WebError
from web.media.cors import Methods
from web.media.news import EVENTS, MediaNews
from web.media.sessions import ENDPOINT_HEADERS, LARGEST_OFFER, SDP, SESSION_HEADERS, created, delete, patch, read_text
from web.routing import Call, Route

EXTENSION = "urn:ietf:params:whep:ext:core:"
STREAM = "text/event-stream"
ALIVE_SECONDS = 15.0  # a comment now and then, so that proxies keep a quiet stream open
WRITE_SECONDS = 30.0  # a reader that takes nothing for so long is gone
RECONNECT_MS = 2_000

Rid = Annotated[str, msgspec.Meta(max_length=64)]


class LayerChoice(msgspec.Struct):
    """``rid`` (or the draft's ``encodingId``) names a layer; neither, or null: the server chooses."""

    rid: Rid | None = None
    encodingId: Rid | None = None


class ChosenLayer(msgspec.Struct):
    rid: str | None


Pixels = Annotated[int, msgspec.Meta(ge=0, le=16_384)]


class Shown(msgspec.Struct):
    """How large the picture is shown, in device pixels; 0 and 0: it is out of sight (a hidden tab), null: unknown."""

    width: Pixels | None = None
    height: Pixels | None = None


async def watch(call: Call[None]) -> web.Response:
    """Watch a show: an SDP offer in, the answer out."""
    offer = await read_text(call.request, SDP, LARGEST_OFFER)
    width, height = (call.query_int(name, None, 0, 16_384) for name in ("width", "height"))
    description = await call.services.shows.media.watch(call.path["show_id"], offer)
    if width is not None and height is not None:  # saves a player the request that would follow
        with contextlib.suppress(SessionNotFound):  # it has ended in this very moment
            await call.services.engine.shown(description.session_id, (width, height))
    session = f"{call.request.path}/{description.session_id}"
    links = (
        f'<{session}/events?mid={video_mid(description.answer)}>; rel="{EXTENSION}server-sent-events"; '
        f'events="{",".join(EVENTS)}"',
        f'<{session}/layer>; rel="{EXTENSION}layer"',
    )
    return created(call, description, links)


def video_mid(answer: str) -> str:
    """How the player calls its video: the mid of the answer's first video section (RFC 8843), else "video"."""
    found = re.search(r"^m=video .*?^a=mid:([!#$%&'*+.^_`{|}~\w-]{1,64})\r?$", answer, re.MULTILINE | re.DOTALL)
    return found.group(1) if found else "video"


async def look(call: Call[None]) -> web.Response:
    """The address is there."""
    await call.services.shows.get(call.path["show_id"])
    return web.Response(headers=ENDPOINT_HEADERS)


async def look_at_session(call: Call[None]) -> web.Response:
    """The session is there."""
    return web.Response(headers=SESSION_HEADERS)


async def subscribe(call: Call[None]) -> web.Response:
    """The draft's way to a stream: POST the events that are wanted, GET the address that comes back."""
    wanted: tuple[str, ...] = EVENTS
    if call.request.can_read_body:
        text = await read_text(call.request, "application/json", 1024)
        try:
            wanted = tuple(msgspec.json.decode(text, type=list[str])) if text.strip() else EVENTS
        except msgspec.DecodeError:
            raise BadRequest("Send a JSON array of event names.", code="invalid_json") from None
    known = [event for event in EVENTS if event in wanted]
    if not known:
        raise WebError(
            f"None of these events exists; there are {', '.join(EVENTS)}.", code="unknown_events", status=422
        )
    query = {"only": ",".join(known), **({"mid": call.query["mid"]} if "mid" in call.query else {})}
    return web.Response(status=201, headers={"Location": str(call.request.rel_url.with_query(query))})


async def events(call: Call[None]) -> web.StreamResponse:
    """A stream of server-sent events until the session ends."""
    show_id, session_id = call.path["show_id"], call.path["session_id"]
    only = call.query.get("only")
    wanted = frozenset(EVENTS if only is None else only.split(","))
    news, shows = _news(call), call.services.shows
    active, viewers = shows.media.sending(show_id), shows.viewers.of(show_id)
    stream = news.open(show_id, session_id, wanted, call.query.get("mid", "video")[:64], active, viewers)
    response = web.StreamResponse(headers={"Content-Type": STREAM, "X-Accel-Buffering": "no"})
    try:
        await response.prepare(call.request)
        await response.write(b"retry: %d\n\n" % RECONNECT_MS)
        while True:
            try:
                async with asyncio.timeout(ALIVE_SECONDS):
                    await stream.changed.wait()
                text = stream.take()
            except TimeoutError:
                text = b":\n\n"
            async with asyncio.timeout(WRITE_SECONDS):
                if text:
                    await response.write(text)
            if stream.over:
                break
        await response.write_eof()
    except (TimeoutError, ConnectionError):
        response.force_close()
    finally:
        await news.leave(show_id, session_id, stream)
    return response


def _news(call: Call[None]) -> MediaNews:
    news = call.services.media_news
    assert news is not None, "set by the wiring"
    return news


async def choose_layer(call: Call[LayerChoice]) -> ChosenLayer:
    """Choose a simulcast layer, or leave the choice to the server."""
    rid = call.body.rid if call.body.rid is not None else call.body.encodingId
    try:
        await call.services.engine.select_layer(call.path["session_id"], rid)
    except UnacceptableOffer as error:
        raise WebError(error.message, code="unknown_layer", status=422) from None
    return ChosenLayer(rid)


async def layers(call: Call[None]) -> ViewerLayers:
    """What there is to choose from, what was chosen, and what is sent now."""
    return await call.services.engine.viewer_layers(call.path["session_id"])


async def set_shown(call: Call[Shown]) -> None:
    """Say how large the picture is shown: the server sends no more than that needs."""
    width, height = call.body.width, call.body.height
    size = None if width is None or height is None else (width, height)
    await call.services.engine.shown(call.path["session_id"], size)


_endpoint = Methods("POST", "HEAD", headers=ENDPOINT_HEADERS)
_session = Methods("PATCH", "DELETE", "HEAD", headers=SESSION_HEADERS)
_events = Methods("GET", "POST", headers={"Accept-Post": "application/json"})
_layer = Methods("GET", "POST", headers={"Accept-Post": "application/json"})
_shown = Methods("POST", headers={"Accept-Post": "application/json"})
ENDPOINT = "/whep/{show_id}"
SESSION = ENDPOINT + "/{session_id}"
ROUTES = (
    Route("POST", ENDPOINT, watch, Access.ANYONE),
    Route("HEAD", ENDPOINT, look, Access.ANYONE),
    Route("OPTIONS", ENDPOINT, _endpoint.options, Access.ANYONE),
    Route("*", ENDPOINT, _endpoint.refuse, Access.ANYONE),
    Route("PATCH", SESSION, patch, Access.MEDIA_SESSION),
    Route("DELETE", SESSION, delete, Access.MEDIA_SESSION),
    Route("HEAD", SESSION, look_at_session, Access.MEDIA_SESSION),
    Route("OPTIONS", SESSION, _session.options, Access.ANYONE),
    Route("*", SESSION, _session.refuse, Access.ANYONE),
    Route("GET", SESSION + "/events", events, Access.MEDIA_SESSION),
    Route("POST", SESSION + "/events", subscribe, Access.MEDIA_SESSION),
    Route("OPTIONS", SESSION + "/events", _events.options, Access.ANYONE),
    Route("*", SESSION + "/events", _events.refuse, Access.ANYONE),
    Route("POST", SESSION + "/layer", choose_layer, Access.MEDIA_SESSION, body=LayerChoice, returns=ChosenLayer),
    Route("GET", SESSION + "/layer", layers, Access.MEDIA_SESSION, returns=ViewerLayers),
    Route("OPTIONS", SESSION + "/layer", _layer.options, Access.ANYONE),
    Route("*", SESSION + "/layer", _layer.refuse, Access.ANYONE),
    Route("POST", SESSION + "/shown", set_shown, Access.MEDIA_SESSION, body=Shown),
    Route("OPTIONS", SESSION + "/shown", _shown.options, Access.ANYONE),
    Route("*", SESSION + "/shown", _shown.refuse, Access.ANYONE),
)
