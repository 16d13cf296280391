"""HLS: playlists, parts and segments, the same for everybody, so that any HTTP cache in front can carry a large audience.

How long a cache may keep what (draft-pantos-hls-rfc8216bis appendix B.1): answers to blocking requests for six target
durations (they name the moment they wait for, so they never change), a playlist asked for without one for a second, media for an
hour: after a deletion nothing is left anywhere an hour later. Refusals are never kept longer than a second.
"""

from __future__ import annotations

import re

from aiohttp import web

from livestream.errors import RecordingNotFound
from livestream.hls import playlist
from livestream.recording.journal import Contents
from livestream.recording.live import WINDOW, LiveRecording
from web.access import Access
from web.errors import BadRequest, NotFound, WebError
from web.routing import Call, Route

PLAYLIST = "application/vnd.apple.mpegurl"
BLOCKED = f"public, max-age={6 * playlist.TARGET_SECONDS}"
MEDIA = "public, max-age=3600, immutable"
BRIEF = "public, max-age=1"
REPLAY = "public, max-age=60"
WAIT_SECONDS = 3.0 * playlist.TARGET_SECONDS  # bis 6.2.5.2: a request that waits for longer is answered with 503
START_SECONDS = 10.0  # a worker that was just started has its first segment after some seconds
_AHEAD = 2  # segments: whoever asks for more than that before its time is told so at once (bis 6.2.5.2)
_SEGMENT = re.compile(r"(\d{1,9})(?:\.(\d{1,4}))?\.m4s")


def answer(text: str | bytes, cache: str, kind: str = PLAYLIST) -> web.Response:
    body = text.encode() if isinstance(text, str) else text
    return web.Response(
        body=body, content_type=kind, headers={"Cache-Control": cache, "Access-Control-Allow-Origin": "*"}
    )


async def index(call: Call[None]) -> web.Response:
    """The multivariant playlist: of the show on air, or of its replay."""
    recordings, show_id = call.services.recordings, call.path["show_id"]
    tracks = [playlist.Captions(one.language, one.name) for one in await call.services.captions.tracks(show_id)]
    try:
        live = await recordings.live(show_id)
    except RecordingNotFound:
        contents = await recordings.contents(show_id)
        return answer(_multivariant("vod.m3u8", contents, tracks, "vod"), REPLAY)
    if not live.contents.runs:
        await live.reached(live.contents.next_segment, 0, START_SECONDS)
    return answer(_multivariant("media.m3u8", live.contents, tracks, "live"), BRIEF)


def _multivariant(media: str, contents: Contents, tracks: list[playlist.Captions], suffix: str) -> str:
    seconds = contents.media_ms / 1000
    recent = contents.segments[-WINDOW:]
    peak = max((one.size * 8 / one.seconds for one in recent if one.seconds > 0.5), default=0.0)
    mean = contents.bytes * 8 / seconds if seconds > 1 else 0.0
    run = contents.runs[max(contents.runs)] if contents.runs else None
    return playlist.multivariant(media, run, int(max(peak, mean, 300_000)), tracks, suffix)


async def media(call: Call[None]) -> web.Response:
    """The media playlist of a show on air; with ``_HLS_msn`` (and ``_HLS_part``) once it has what they name."""
    segment = call.query_int("_HLS_msn", None, 0, 10**9)
    part = call.query_int("_HLS_part", None, 0, 10**4)
    if part is not None and segment is None:
        raise BadRequest("_HLS_part needs _HLS_msn.")
    live = await _live(call)
    if segment is None:
        if not live.contents.segments:
            await live.reached(live.contents.next_segment, 0, START_SECONDS)
        return answer(_rendered(live), BRIEF)
    if segment > live.edge[0] + _AHEAD:
        raise BadRequest(f"Segment {segment} is too far ahead: the next one is {live.edge[0]}.")
    if not await live.reached(segment, part, WAIT_SECONDS):
        error = WebError("Nothing new has come from the host.", code="no_media", status=503)
        error.headers["Retry-After"] = "1"
        raise error
    return answer(_rendered(live), BLOCKED if live.has(segment, part) else BRIEF)


async def _live(call: Call[None]) -> LiveRecording:
    """On air, or just over: a player that was watching learns the end."""
    recordings, show_id = call.services.recordings, call.path["show_id"]
    try:
        return await recordings.live(show_id)
    except RecordingNotFound:
        contents = await recordings.contents(show_id)
        ended = LiveRecording(show_id, recordings.files.folder(show_id), await recordings.origin(show_id), contents)
        ended.ended = (await call.services.shows.get(show_id)).ended_at is not None
        return ended


def _rendered(live: LiveRecording) -> bytes:
    kept = live.rendered.get("media")
    if kept is None or kept[0] != live.version:
        text = playlist.live(
            live.contents.segments, live.contents.runs, live.origin, window=WINDOW, edge=live.edge, ended=live.ended
        )
        kept = live.rendered["media"] = (live.version, text.encode())
    return kept[1]


async def vod(call: Call[None]) -> web.Response:
    """The media playlist of all that was recorded."""
    recordings, show_id = call.services.recordings, call.path["show_id"]
    contents = await recordings.contents(show_id)
    segments = [segment for segment in contents.segments if segment.closed]
    if not segments:
        raise RecordingNotFound("There is no recording of this show yet.")
    text = playlist.recorded(segments, contents.runs, await recordings.origin(show_id))
    return answer(text, BRIEF if recordings.live_now(show_id) else REPLAY)


async def file(call: Call[None]) -> web.StreamResponse:
    """A part, which may be asked for a little before it is there (a preload hint), a segment, an init segment, a still."""
    recordings, show_id, name = call.services.recordings, call.path["show_id"], call.path["name"]
    found = _SEGMENT.fullmatch(name)
    live = recordings.live_now(show_id)
    if found is not None:
        number, part = int(found[1]), None if found[2] is None else int(found[2])
        if live is not None:
            await _wait_for(live, number, part)
        if part is not None:
            return await _part(call, live, number, part)
        if live is not None and not live.has(number, None) and not live.ended:
            raise NotFound("This segment is not complete yet.")
    elif live is not None and name.startswith("init-") and not recordings.files.path(show_id, name):
        await live.reached(live.contents.next_segment, 0, START_SECONDS)
    path = recordings.files.path(show_id, name)
    if path is None:
        await recordings.contents(show_id)  # says why: never was, deleted
        raise NotFound("There is no such file of this show.")
    kind = "image/jpeg" if name.endswith(".jpg") else "video/mp4"
    # A still may be replaced by a better one while the show is young.
    cache = MEDIA if not name.startswith("poster") else REPLAY
    headers = {"Content-Type": kind, "Cache-Control": cache, "Access-Control-Allow-Origin": "*"}
    return web.FileResponse(path, headers=headers)


async def _wait_for(live: LiveRecording, number: int, part: int | None) -> None:
    """Only for the part that is hinted at; everything else is there or is not."""
    if part is not None and (number, part) == live.edge and not live.ended:
        await live.reached(number, part, WAIT_SECONDS)


async def _part(call: Call[None], live: LiveRecording | None, number: int, part: int) -> web.Response:
    recordings, show_id = call.services.recordings, call.path["show_id"]
    if live is None:
        contents = await recordings.contents(show_id)
        live = LiveRecording(show_id, recordings.files.folder(show_id), 0, contents)
    found = live.part(number, part)
    if found is None:
        raise NotFound("There is no such part, or not any more.")
    try:
        return answer(await live.read(found), MEDIA, "video/mp4")
    except FileNotFoundError:
        raise NotFound("This part has left the show's window.") from None


async def latest(call: Call[None]) -> web.StreamResponse:
    """The newest still of a show: what a list of shows moves with."""
    recordings, show_id = call.services.recordings, call.path["show_id"]
    contents = await recordings.contents(show_id)
    if not contents.thumbnails:
        raise NotFound("There is no picture of this show yet.")
    path = recordings.files.path(show_id, f"thumb-{contents.thumbnails[-1].at}.jpg")
    if path is None:
        raise NotFound("There is no picture of this show yet.")
    headers = {"Content-Type": "image/jpeg", "Cache-Control": "public, max-age=10"}
    return web.FileResponse(path, headers=headers)


async def thumbnails(call: Call[None]) -> web.Response:
    """WebVTT (its cues' times are the show clock) that names a still for each ten seconds."""
    recordings, show_id = call.services.recordings, call.path["show_id"]
    contents = await recordings.contents(show_id)
    found = contents.thumbnails
    ends = [one.at for one in found[1:]] + [found[-1].at + 10_000 if found else 0]
    lines = ["WEBVTT", ""]
    for one, end in zip(found, ends, strict=True):
        lines += [f"{clock(one.at)} --> {clock(end)}", f"thumb-{one.at}.jpg", ""]
    return answer("\n".join(lines), BRIEF if recordings.live_now(show_id) else REPLAY, "text/vtt")


def clock(ms: int) -> str:
    """HH:MM:SS.mmm as WebVTT writes it."""
    seconds, rest = divmod(max(0, ms), 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{rest:03d}"


ONE = "/hls/{show_id}"
ROUTES = (
    Route("GET", ONE + "/index.m3u8", index, Access.ANYONE),
    Route("GET", ONE + "/media.m3u8", media, Access.ANYONE),
    Route("GET", ONE + "/vod.m3u8", vod, Access.ANYONE),
    Route("GET", ONE + "/thumbnails.vtt", thumbnails, Access.ANYONE),
    Route("GET", ONE + "/latest.jpg", latest, Access.ANYONE),
    Route("GET", ONE + "/{name}", file, Access.ANYONE),
)
