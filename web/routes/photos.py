"""Pictures: served to everybody for good (an id never gets another picture), and read from uploads."""

from __future__ import annotations

from aiohttp import web

from hosts.picture_codec import BYTES_MOST
from web.access import Access
from web.body import read_body
from web.errors import BadRequest
from web.routing import Call, Route

ACCEPTED = ("image/jpeg", "image/png", "image/webp")
YEAR = 365 * 24 * 3600  # seconds
UPLOAD_SECONDS = 180.0  # the largest picture at half a megabit per second


async def show_photo(call: Call[None]) -> web.FileResponse:
    """A picture in one of its sizes."""
    path = call.services.hosts.pictures.path(call.path["photo_id"], f"{call.path['size']}.{call.path['extension']}")
    kind = "image/webp" if path.suffix == ".webp" else "image/jpeg"
    return web.FileResponse(path, headers={"Content-Type": kind, "Cache-Control": f"public, max-age={YEAR}, immutable"})


async def read_picture(call: Call[None]) -> bytes:
    """The body of an upload. Raises: BadRequest for another type, nothing at all, or too much; WebError 408, 503."""
    request = call.request
    if request.content_type not in ACCEPTED:
        raise BadRequest(f"Send a picture as {', '.join(ACCEPTED)}.", code="unsupported_type", status=415)
    too_large = BadRequest(
        f"The picture is larger than {BYTES_MOST // 1024 // 1024} MB. Send a smaller one.", code="too_large", status=413
    )
    with call.services.uploads.room(call.account_id):
        data = await read_body(request, BYTES_MOST, UPLOAD_SECONDS, too_large)
    if not data:
        raise BadRequest("Send the picture's bytes as the body.", code="invalid_photo", status=422)
    return data


ROUTES = (Route("GET", "/photos/{photo_id}/{size}.{extension}", show_photo, Access.ANYONE),)
