"""Clips of shows: cut by the host, moderators and sellers whose pieces are in the lineup; watched and kept by everybody."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from aiohttp import web

from hosts.person import Person
from livestream.recording.clips import LAST_MS, Clip
from web.access import Access
from web.errors import BadRequest, NotFound
from web.routing import Call, Route

YEAR = 365 * 24 * 3600


class CutClip(msgspec.Struct, forbid_unknown_fields=True):
    """``starts_ms`` and ``ends_ms`` on the show clock, or the ``last_seconds`` before now."""

    starts_ms: int | None = None
    ends_ms: int | None = None
    last_seconds: int | None = None
    title: str = ""
    listing_id: str | None = None


class ClipView(msgspec.Struct):
    clip_id: str
    show_id: str
    listing_id: str | None
    by: Person | None
    title: str
    state: Literal["making", "ready", "failed"]
    starts_ms: int
    ends_ms: int
    bytes: int
    width: int
    height: int
    url: str | None  # once it is ready
    created_at: int


class ClipPage(msgspec.Struct):
    items: list[ClipView]
    next: None = None


async def list_clips(call: Call[None]) -> ClipPage:
    """A show's clips, newest first."""
    return ClipPage(await _views(call, await call.services.clips.of_show(call.path["show_id"])))


async def cut_clip(call: Call[CutClip]) -> ClipView:
    """Cut a clip; it is ready some seconds later."""
    body, services, show_id = call.body, call.services, call.path["show_id"]
    starts_ms, ends_ms = body.starts_ms, body.ends_ms
    if body.last_seconds is not None:
        if starts_ms is not None or ends_ms is not None:
            raise BadRequest("Give starts_ms and ends_ms, or last_seconds.", status=422)
        now = services.engine.show_ms(show_id)
        contents = await services.recordings.contents(show_id)
        recorded = contents.segments[-1].end // 90 if contents.segments else 0
        ends_ms = now if now is not None and services.recordings.live_now(show_id) is not None else recorded
        starts_ms = max(0, ends_ms - max(1, min(body.last_seconds, 180)) * 1000)
    if starts_ms is None or ends_ms is None:
        raise BadRequest(f"Give starts_ms and ends_ms, or last_seconds (for one, {LAST_MS // 1000}).", status=422)
    clip = await services.clips.make(show_id, call.account_id, starts_ms, ends_ms, body.title, body.listing_id)
    return (await _views(call, [clip]))[0]


async def show_clip(call: Call[None]) -> ClipView:
    """One clip."""
    return (await _views(call, [await call.services.clips.get(call.path["clip_id"])]))[0]


async def delete_clip(call: Call[None]) -> Any:
    """Delete a clip for good."""
    await call.services.clips.delete(call.path["clip_id"])


async def play_clip(call: Call[None]) -> web.FileResponse:
    """The MP4, by ranges; with ``download=1`` as a file to keep."""
    clip = await call.services.clips.get(call.path["clip_id"])
    path = call.services.recordings.files.video("clips", clip.clip_id)
    if clip.state != "ready" or not path.is_file():
        raise NotFound("This clip is not ready.")
    headers = {"Content-Type": "video/mp4", "Cache-Control": "public, max-age=3600"}
    if call.query_bool("download"):
        name = re.sub(r"[^A-Za-z0-9]+", "-", clip.title).strip("-")[:60] or "clip"
        headers["Content-Disposition"] = f'attachment; filename="{name}.mp4"'
    return web.FileResponse(path, headers=headers)


async def _views(call: Call[Any], clips: Sequence[Clip]) -> list[ClipView]:
    async with call.services.database.reading() as connection:
        people = await call.services.hosts.people.people_by_id(connection, {clip.by_id for clip in clips})
    return [
        ClipView(
            clip.clip_id,
            clip.show_id,
            clip.listing_id,
            people.get(clip.by_id),
            clip.title,
            clip.state,  # type: ignore[arg-type]
            clip.starts_ms,
            clip.ends_ms,
            clip.bytes,
            clip.width,
            clip.height,
            f"/clips/{clip.clip_id}.mp4" if clip.state == "ready" else None,
            clip.created_at,
        )
        for clip in clips
    ]


SHOW = "/api/shows/{show_id}/clips"
ROUTES = (
    Route("GET", SHOW, list_clips, Access.ANYONE, returns=ClipPage),
    Route("POST", SHOW, cut_clip, Access.SHOW_CLIPPER, body=CutClip, returns=ClipView, status=202),
    Route("GET", "/api/clips/{clip_id}", show_clip, Access.ANYONE, returns=ClipView),
    Route("DELETE", "/api/clips/{clip_id}", delete_clip, Access.CLIP_OWNER),
    Route("GET", "/clips/{clip_id}.mp4", play_clip, Access.ANYONE),
)
