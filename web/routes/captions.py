"""Captions: taken from outside, served as WebVTT beside the video, live and in the replay.

A cue's time in the files is the media's own, which is the show clock; ``X-TIMESTAMP-MAP`` (RFC 8216 section 3.5) says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from aiohttp import web

from livestream.hls import playlist
from livestream.recording.captions import Cue, check_language
from livestream.recording.journal import Segment
from web.access import Access
from web.errors import NotFound
from web.routes.hls import BRIEF, REPLAY, answer, clock
from web.routes.replay import CaptionTrack
from web.routing import Call, Route

VTT = "text/vtt"


class CueBody(msgspec.Struct, forbid_unknown_fields=True):
    starts_ms: int
    ends_ms: int
    text: str


class AddCaptions(msgspec.Struct, forbid_unknown_fields=True):
    language: str
    cues: list[CueBody]
    name: str | None = None  # of the track, for people: "English"


class Kept(msgspec.Struct):
    kept: int


class Tracks(msgspec.Struct):
    items: list[CaptionTrack]
    next: None = None


async def add(call: Call[AddCaptions]) -> Kept:
    """Add captions in one language; one that starts when another does replaces it."""
    body, show_id = call.body, call.path["show_id"]
    by = call.viewer_id or (await call.services.shows.get(show_id)).host_id  # the stream key is the host's
    cues = [Cue(cue.starts_ms, cue.ends_ms, cue.text) for cue in body.cues]
    return Kept(await call.services.captions.add(show_id, by, body.language, cues, body.name))


async def tracks(call: Call[None]) -> Tracks:
    """The languages there are."""
    await call.services.shows.get(call.path["show_id"])
    found = await call.services.captions.tracks(call.path["show_id"])
    return Tracks([CaptionTrack(track.language, track.name) for track in found])


async def remove(call: Call[None]) -> Any:
    """Delete a language's captions."""
    await call.services.captions.remove(call.path["show_id"], call.path["language"])


async def whole(call: Call[None]) -> web.Response:
    """A language's captions of the whole show."""
    cues = await call.services.captions.cues(call.path["show_id"], call.path["language"])
    if not cues:
        raise NotFound("There are no captions in this language.")
    return answer(vtt(cues), BRIEF, VTT)


def vtt(cues: Sequence[Cue]) -> str:
    """WebVTT with times of the show clock."""
    lines = ["WEBVTT", "X-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000", ""]
    for cue in cues:
        text = cue.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        lines += [f"{clock(cue.starts_ms)} --> {clock(cue.ends_ms)}", text, ""]
    return "\n".join(lines)


async def file(call: Call[None]) -> web.Response:
    """``live.m3u8`` and ``vod.m3u8`` beside the media playlists, and a ``{segment}.vtt`` for each of their segments."""
    services, show_id, name = call.services, call.path["show_id"], call.path["name"]
    language = check_language(call.path["language"])
    if language not in [track.language for track in await services.captions.tracks(show_id)]:
        raise NotFound("There are no captions in this language.")
    if name == "live.m3u8":
        live = await services.recordings.live(show_id)
        closed = [segment for segment in live.window if segment.closed]
        return answer(_list(closed, live.origin, ended=live.ended, vod=False), BRIEF)
    contents = await services.recordings.contents(show_id)
    on_air = services.recordings.live_now(show_id) is not None
    if name == "vod.m3u8":
        closed = [segment for segment in contents.segments if segment.closed]
        text = _list(closed, await services.recordings.origin(show_id), ended=True, vod=True)
        return answer(text, BRIEF if on_air else REPLAY)
    number = name.removesuffix(".vtt")
    if name == number or not (number.isascii() and number.isdigit() and len(number) < 10):
        raise NotFound("There is no such file of this show.")
    segment = next((one for one in contents.segments if one.number == int(number)), None)
    if segment is None:
        raise NotFound("There is no such segment of this show.")
    cues = await services.captions.cues(show_id, language, segment.start // 90, segment.end // 90)
    # Captions come later than what they caption: while the show is on air a file may still grow.
    return answer(vtt(cues), BRIEF if on_air else REPLAY, VTT)


def _list(segments: Sequence[Segment], origin: int, *, ended: bool, vod: bool) -> str:
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{playlist.TARGET_SECONDS}",
        f"#EXT-X-MEDIA-SEQUENCE:{segments[0].number if segments else 0}",
    ]
    if vod:
        lines.append("#EXT-X-PLAYLIST-TYPE:VOD")
    for before, segment in zip([None, *segments[:-1]], segments, strict=True):
        if before is not None and before.run != segment.run:
            lines.append("#EXT-X-DISCONTINUITY")
        lines += [
            f"#EXT-X-PROGRAM-DATE-TIME:{playlist.date_time(origin, segment.start)}",
            f"#EXTINF:{segment.seconds:.5f},",
            f"{segment.number}.vtt",
        ]
    if ended:
        lines.append("#EXT-X-ENDLIST")
    return "\n".join(lines) + "\n"


SHOW = "/api/shows/{show_id}/captions"
ROUTES = (
    Route("POST", SHOW, add, Access.SHOW_CAPTIONER, body=AddCaptions, returns=Kept),
    Route("GET", SHOW, tracks, Access.ANYONE, returns=Tracks),
    Route("GET", SHOW + "/{language}.vtt", whole, Access.ANYONE),
    Route("DELETE", SHOW + "/{language}", remove, Access.SHOW_HOST),
    Route("GET", "/hls/{show_id}/captions/{language}/{name}", file, Access.ANYONE),
)
