"""Playlists as text. Pure. Tags and rules by section of draft-pantos-hls-rfc8216bis ("bis").

PROGRAM-DATE-TIME is the show clock: ``origin`` (Unix ms of show time 0) plus show time, exact to the millisecond. It is
written for each segment, so that no rounding adds up. ``EXT-X-CLOSETCAST-ORIGIN`` carries the origin itself.
"""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from livestream.recording.cutting import PART_TARGET
from livestream.recording.journal import Part, Run, Segment

TARGET_SECONDS = 4  # bis 4.4.3.1: no segment is longer, rounded
_PART_SECONDS = PART_TARGET / 90_000
PART_TARGET_TEXT = "0.33334"
HOLD_BACK_TEXT = "1.001"  # bis 4.4.3.8: at least three part targets
_PARTS_FOR = 3  # bis 6.2.2: parts are listed for the last three target durations
_VERSION = 9  # bis section 8: preload hints and blocking reload


@dataclass(frozen=True, slots=True)
class Captions:
    """One caption track for the multivariant playlist."""

    language: str  # BCP 47
    name: str


def date_time(origin: int, ticks: int) -> str:
    """ISO 8601 in UTC with milliseconds; ``ticks`` of 90 kHz on the show clock."""
    moment = datetime.datetime.fromtimestamp(0, datetime.UTC) + datetime.timedelta(
        milliseconds=origin + round(ticks / 90)
    )
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _seconds(ticks: int) -> str:
    return f"{ticks / 90_000:.5f}"


def _part_line(part: Part) -> str:
    independent = ",INDEPENDENT=YES" if part.independent else ""
    return f'#EXT-X-PART:DURATION={_seconds(part.end - part.start)},URI="{part.segment}.{part.part}.m4s"{independent}'


def _segment_lines(segment: Segment, runs: Mapping[int, Run], origin: int, before: Segment | None) -> list[str]:
    lines = []
    if before is None or before.run != segment.run:
        if before is not None:
            lines.append("#EXT-X-DISCONTINUITY")
        lines.append(f'#EXT-X-MAP:URI="init-{segment.run}.mp4"')
    lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{date_time(origin, segment.start)}")
    return lines


def live(
    segments: Sequence[Segment],
    runs: Mapping[int, Run],
    origin: int,
    *,
    window: int,
    edge: tuple[int, int],
    ended: bool,
) -> str:
    """The media playlist of a show on air: the last ``window`` segments, parts of the newest, a hint of the next part."""
    shown = segments[-window:]
    first = len(segments) - len(shown)
    gone = sum(1 for one, two in itertools.pairwise(segments[: first + 1]) if one.run != two.run)
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{_VERSION}",
        f"#EXT-X-TARGETDURATION:{TARGET_SECONDS}",
        f"#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK={HOLD_BACK_TEXT}",
        f"#EXT-X-PART-INF:PART-TARGET={PART_TARGET_TEXT}",
        f"#EXT-X-MEDIA-SEQUENCE:{shown[0].number if shown else edge[0]}",
        f"#EXT-X-DISCONTINUITY-SEQUENCE:{gone}",
        f"#EXT-X-CLOSETCAST-ORIGIN:{origin}",
    ]
    newest = shown[-1].end if shown else 0
    # The tag of a segment whose first one has left belongs to what has left: the count above has it.
    before: Segment | None = None
    for segment in shown:
        lines += _segment_lines(segment, runs, origin, before)
        if not ended and newest - segment.end < _PARTS_FOR * TARGET_SECONDS * 90_000:
            lines += [_part_line(part) for part in segment.parts]
        if segment.closed:
            lines += [f"#EXTINF:{_seconds(segment.end - segment.start)},", f"{segment.number}.m4s"]
        before = segment
    if ended:
        lines.append("#EXT-X-ENDLIST")
    else:
        lines.append(f'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="{edge[0]}.{edge[1]}.m4s"')
    return "\n".join(lines) + "\n"


def recorded(segments: Sequence[Segment], runs: Mapping[int, Run], origin: int) -> str:
    """The media playlist of a replay: everything there is."""
    longest = max((segment.seconds for segment in segments), default=0.0)
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{max(TARGET_SECONDS, round(longest))}",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        f"#EXT-X-MEDIA-SEQUENCE:{segments[0].number if segments else 0}",
        f"#EXT-X-CLOSETCAST-ORIGIN:{origin}",
    ]
    before: Segment | None = None
    for segment in segments:
        lines += _segment_lines(segment, runs, origin, before)
        lines += [f"#EXTINF:{_seconds(segment.end - segment.start)},", f"{segment.number}.m4s"]
        before = segment
    lines.append("#EXT-X-ENDLIST")
    return "\n".join(lines) + "\n"


def multivariant(media: str, run: Run | None, bandwidth: int, captions: Sequence[Captions], suffix: str) -> str:
    """``media``: the media playlist's URI; ``suffix``: of the caption playlists ("live" or "vod")."""
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{_VERSION}"]
    lines += [
        f'#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="captions",NAME="{_quoted(track.name)}",LANGUAGE="{track.language}",'
        f'AUTOSELECT=YES,DEFAULT=NO,FORCED=NO,URI="captions/{track.language}/{suffix}.m3u8"'
        for track in captions
    ]
    attributes = [f"BANDWIDTH={max(1, bandwidth)}"]
    if run is not None:
        attributes.append(f'CODECS="{run.codecs}"')
        if run.width:
            attributes.append(f"RESOLUTION={run.width}x{run.height}")
    if captions:
        attributes.append('SUBTITLES="captions"')
    lines += ["#EXT-X-STREAM-INF:" + ",".join(attributes), media]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A quoted string may hold no quotes and no line ends (bis section 4.2)."""
    return "".join(character for character in text if character not in '"\r\n')
