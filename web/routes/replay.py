"""A show's replay: what there is to play, what was shown in it, and its end. The events are ``timeline.py``'s."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from hosts.card_store import cards
from hosts.cards import ListingCard
from livestream.recording.journal import Contents
from livestream.recording.service import DAY_MS
from livestream.recording.shopping import KINDS, index
from web.access import Access
from web.routing import Call, Route


class CaptionTrack(msgspec.Struct):
    language: str  # BCP 47
    name: str


class ShownListing(msgspec.Struct):
    """A listing was featured from ``from_ms`` to ``to_ms`` of the show clock; ``card`` is what it is now."""

    listing_id: str
    from_ms: int
    to_ms: int | None
    offset: int
    card: ListingCard | None


class Replay(msgspec.Struct):
    """``origin``: Unix milliseconds of show time 0. Media between ``starts_ms`` and ``ends_ms`` but for the ``gaps``."""

    show_id: str
    state: Literal["recording", "ready"]
    origin: int
    starts_ms: int
    ends_ms: int
    media_ms: int
    bytes: int
    gaps: list[tuple[int, int]]
    playlist: str
    poster: str | None
    thumbnails: str | None
    expires_at: int | None
    captions: list[CaptionTrack]
    index: list[ShownListing]


GAP_MS = 200  # less than this between two parts is no gap that anybody would notice


async def replay(call: Call[None]) -> Replay:
    """What there is of a show: while it is on air what has been recorded so far."""
    services, show_id = call.services, call.path["show_id"]
    contents = await services.recordings.contents(show_id)
    row = await services.recordings.row(show_id)
    at = f"/hls/{show_id}"
    shown = index(await services.timeline.read_kinds(show_id, KINDS))
    async with services.database.reading() as connection:
        found = await cards(connection, {one.listing_id for one in shown}, call.viewer_id)
    days = services.settings.retention_days
    ready_at = row.ready_at if row is not None else None
    tracks = await services.captions.tracks(show_id)
    return Replay(
        show_id=show_id,
        state="ready" if row is not None and row.state == "ready" else "recording",
        origin=await services.recordings.origin(show_id),
        starts_ms=contents.segments[0].start // 90 if contents.segments else 0,
        ends_ms=contents.segments[-1].end // 90 if contents.segments else 0,
        media_ms=contents.media_ms,
        bytes=contents.bytes,
        gaps=gaps(contents),
        playlist=f"{at}/vod.m3u8",
        poster=f"{at}/poster.jpg" if contents.thumbnails else None,
        thumbnails=f"{at}/thumbnails.vtt" if contents.thumbnails else None,
        expires_at=ready_at + days * DAY_MS if days and ready_at is not None else None,
        captions=[CaptionTrack(track.language, track.name) for track in tracks],
        index=[
            ShownListing(one.listing_id, one.from_ms, one.to_ms, one.offset, found.get(one.listing_id)) for one in shown
        ],
    )


def gaps(contents: Contents) -> list[tuple[int, int]]:
    found = []
    for before, after in zip(contents.segments, contents.segments[1:], strict=False):
        if after.start - before.end > GAP_MS * 90:
            found.append((before.end // 90, after.start // 90))
    return found


async def delete_replay(call: Call[None]) -> Any:
    """Delete the recording for good, with its captions; clips are deleted one by one."""
    await call.services.recordings.delete(call.path["show_id"])


ONE = "/api/shows/{show_id}/replay"
ROUTES = (
    Route("GET", ONE, replay, Access.ANYONE, returns=Replay),
    Route("DELETE", ONE, delete_replay, Access.SHOW_HOST),
)
