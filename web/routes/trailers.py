"""Before the show: its trailer, and who wants to be reminded."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Literal

import msgspec
from aiohttp import web

from livestream.recording.trailers import LARGEST, Trailer
from web.access import Access
from web.body import read_body
from web.errors import BadRequest, NotFound, WebError
from web.routing import Call, Route

CONTAINERS: dict[str, Literal["mp4", "matroska"]] = {"video/mp4": "mp4", "video/webm": "matroska"}
UPLOAD_SECONDS = 900.0  # the largest file at a little over one megabit per second


class FromClip(msgspec.Struct, forbid_unknown_fields=True):
    clip_id: str


class TrailerView(msgspec.Struct):
    url: str
    seconds: float
    width: int
    height: int


class BookmarkView(msgspec.Struct):
    """``count``: how many want to be reminded."""

    bookmarked: bool
    count: int


async def put_trailer(call: Call[None]) -> TrailerView:
    """A video to play before the show: an MP4 or WebM file as the body, or JSON with a ``clip_id``."""
    services, show_id, request = call.services, call.path["show_id"], call.request
    if request.content_type == "application/json":
        data = await read_body(request, 4096, 15.0, BadRequest("The body is too large.", status=413))
        try:
            clip_id = msgspec.json.decode(data, type=FromClip).clip_id
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise BadRequest("Send {clip_id}, or a video as the body.", code="invalid_body", status=422) from None
        return _view(await services.trailers.from_clip(show_id, clip_id))
    container = CONTAINERS.get(request.content_type)
    if container is None:
        raise BadRequest("Send an MP4 or WebM video.", code="unsupported_type", status=415)
    draft = services.trailers.draft()
    try:
        with services.uploads.room(call.account_id):
            await _receive(request, draft)
        return _view(await services.trailers.from_upload(show_id, draft, container))
    finally:
        await asyncio.to_thread(draft.unlink, missing_ok=True)


async def _receive(request: web.Request, draft: Path) -> None:
    """Write the body to disk as it comes: a video is never in memory as a whole."""
    too_large = BadRequest(f"The video is larger than {LARGEST // 1024 // 1024} MB.", code="too_large", status=413)
    if (request.content_length or 0) > LARGEST:
        raise too_large
    size = 0
    file = await asyncio.to_thread(draft.open, "xb")
    try:
        async with asyncio.timeout(UPLOAD_SECONDS):
            async for chunk in request.content.iter_chunked(256 * 1024):
                size += len(chunk)
                if size > LARGEST:
                    raise too_large
                await asyncio.to_thread(file.write, chunk)
    except TimeoutError:
        raise WebError("The body took too long to arrive.", code="too_slow", status=408) from None
    except ConnectionError:
        raise WebError("The connection ended before the body had arrived.", code="cut_off") from None
    finally:
        await asyncio.to_thread(file.close)
    if not size:
        raise BadRequest("Send the video's bytes as the body.", code="invalid_trailer", status=422)


async def show_trailer(call: Call[None]) -> TrailerView:
    """The trailer, if there is one."""
    return _view(await call.services.trailers.get(call.path["show_id"]))


async def delete_trailer(call: Call[None]) -> Any:
    """Delete the trailer for good."""
    await call.services.trailers.delete(call.path["show_id"])


async def play_trailer(call: Call[None]) -> web.FileResponse:
    """The file, by ranges."""
    path = call.services.trailers.path(call.path["file"])
    if path is None:
        raise NotFound("There is no such trailer.")
    headers = {"Content-Type": "video/mp4", "Cache-Control": "public, max-age=3600, immutable"}
    return web.FileResponse(path, headers=headers)


def _view(trailer: Trailer) -> TrailerView:
    return TrailerView(f"/trailers/{trailer.file}.mp4", trailer.seconds, trailer.width, trailer.height)


async def show_bookmark(call: Call[None]) -> BookmarkView:
    """Whether the caller will be reminded, and how many will."""
    return BookmarkView(*await call.services.bookmarks.look(call.path["show_id"], call.viewer_id))


async def put_bookmark(call: Call[None]) -> BookmarkView:
    """Remind me when this show starts."""
    return BookmarkView(True, await call.services.bookmarks.put(call.path["show_id"], call.account_id))


async def delete_bookmark(call: Call[None]) -> BookmarkView:
    """Do not remind me."""
    return BookmarkView(False, await call.services.bookmarks.remove(call.path["show_id"], call.account_id))


SHOW = "/api/shows/{show_id}"
ROUTES = (
    Route("PUT", SHOW + "/trailer", put_trailer, Access.SHOW_HOST, returns=TrailerView),
    Route("GET", SHOW + "/trailer", show_trailer, Access.ANYONE, returns=TrailerView),
    Route("DELETE", SHOW + "/trailer", delete_trailer, Access.SHOW_HOST),
    Route("GET", "/trailers/{file}.mp4", play_trailer, Access.ANYONE),
    Route("GET", SHOW + "/bookmark", show_bookmark, Access.ANYONE, returns=BookmarkView),
    Route("PUT", SHOW + "/bookmark", put_bookmark, Access.SIGNED_IN, returns=BookmarkView),
    Route("DELETE", SHOW + "/bookmark", delete_bookmark, Access.SIGNED_IN, returns=BookmarkView),
)
