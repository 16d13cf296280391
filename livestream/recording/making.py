"""The process that makes one MP4: ``python -m livestream.recording.making``, a task as JSON on standard input, the result on
standard output. Apart from the server because it reads what strangers uploaded, and because it may take a core for a while.

A clip is copied: it begins with the keyframe before its first picture, and an edit list (ISO/IEC 14496-12 section 8.6.6) says
which picture comes first. Only where the picture's parameters change inside the clip is it encoded again.
"""

from __future__ import annotations

import io
import os
import resource
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import av
import msgspec

from livestream.recording.journal import Contents, Segment
from livestream.recording.shelf import read_entries

CPU_SECONDS = 300  # for three minutes of 720p, encoded again on a slow machine
MEMORY = 3 << 30  # bytes of address space
_SHORTEST_SIDE = 720
_VIDEO, _AUDIO = Fraction(1, 90_000), Fraction(1, 48_000)


class ClipTask(msgspec.Struct, frozen=True, tag="clip", tag_field="is"):
    folder: str
    starts_ms: int
    ends_ms: int
    output: str


class TrailerTask(msgspec.Struct, frozen=True, tag="trailer", tag_field="is"):
    source: str
    format: Literal["mp4", "matroska"]  # never guessed: some formats name other files
    longest: float  # seconds
    output: str


Task = ClipTask | TrailerTask


class Made(msgspec.Struct, frozen=True):
    bytes: int
    seconds: float
    width: int
    height: int
    copied: bool


class Refused(msgspec.Struct, frozen=True):
    message: str


class CannotMake(Exception):
    """A sentence for the person."""


def clip(task: ClipTask) -> Made:
    """Raises: CannotMake, OSError, av.FFmpegError."""
    folder = Path(task.folder)
    contents = Contents(read_entries(folder)[0])
    first, last = task.starts_ms * 90, task.ends_ms * 90
    chosen = _segments(contents, first, last)
    if not chosen:
        raise CannotMake("Nothing was recorded at that time.")
    runs: list[tuple[int, list[Segment]]] = []
    for segment in chosen:
        if not runs or runs[-1][0] != segment.run:
            runs.append((segment.run, []))
        runs[-1][1].append(segment)
    sources = [_Source(folder, run, segments) for run, segments in runs]
    if len({source.parameters for source in sources}) == 1:
        return _copied(sources, first, last, Path(task.output))
    return _encoded(sources, first, last, Path(task.output))


def _segments(contents: Contents, first: int, last: int) -> list[Segment]:
    """Those that the time touches, and before them what the first needs to be decoded."""
    touched = [index for index, one in enumerate(contents.segments) if one.end > first and one.start < last]
    if not touched:
        return []
    begin = touched[0]
    while begin > 0 and not contents.segments[begin].parts[0].independent:
        if contents.segments[begin - 1].run != contents.segments[begin].run:
            break
        begin -= 1
    return contents.segments[begin : touched[-1] + 1]


class _Source:
    """Consecutive segments of one run, as one file."""

    def __init__(self, folder: Path, run: int, segments: list[Segment]) -> None:
        self.start, self.end = segments[0].start, segments[-1].end
        init = (folder / f"init-{run}.mp4").read_bytes()
        # Whole parts only: a segment that is being written may be longer by now than its journal said.
        media = [(folder / f"{one.number}.m4s").read_bytes()[: one.size] for one in segments]
        self._data = init + b"".join(media)
        with self.open() as container:
            video = container.streams.video
            self.parameters = (
                tuple(stream.type for stream in container.streams),
                (video[0].width, video[0].height, bytes(video[0].codec_context.extradata or b"")) if video else None,
            )

    def open(self) -> Any:
        return av.open(io.BytesIO(self._data), format="mp4")


def _spans(sources: list[_Source], first: int, last: int) -> Iterator[tuple[_Source, int, int, int]]:
    """(source, from, to, shift): what of each source is shown, and what to subtract so that no gap is left between them."""
    shown = 0
    for source in sources:
        begin, end = max(first, source.start), min(last, source.end)
        if end > begin:
            yield source, begin, end, begin - shown
            shown += end - begin


def _copied(sources: list[_Source], first: int, last: int, output: Path) -> Made:
    options = {"movflags": "faststart", "avoid_negative_ts": "disabled"}
    width = height = 0
    end_of: dict[int, int] = {}
    with av.open(str(output), "w", format="mp4", options=options) as made:
        streams: dict[int, Any] = {}
        keep = []  # templates live as long as what was made of them
        for number, (source, begin, end, shift) in enumerate(_spans(sources, first, last)):
            container = source.open()
            keep.append(container)
            for stream in container.streams:
                if stream.index not in streams:
                    streams[stream.index] = made.add_stream_from_template(stream)
                    streams[stream.index].time_base = _VIDEO if stream.type == "video" else _AUDIO
                    if stream.type == "video":
                        width, height = stream.width, stream.height
            packets = [packet for packet in container.demux() if packet.pts is not None]
            for packet in sorted(packets, key=lambda one: one.pts * one.time_base):
                stream = packet.stream
                rate = _AUDIO if stream.type == "audio" else _VIDEO
                at = int(packet.pts * packet.time_base / _VIDEO)
                until = at + int((packet.duration or 0) * packet.time_base / _VIDEO)
                if at >= end or (stream.type == "audio" and at < begin) or (number and until <= begin):
                    continue
                pts = (
                    round((at - shift) * _VIDEO / rate)
                    if stream.type == "video"
                    else (packet.pts - round(shift * _VIDEO / _AUDIO))
                )
                pts = max(pts, end_of.get(stream.index, pts))
                packet.stream = streams[stream.index]
                packet.time_base = rate
                packet.pts = packet.dts = pts
                if until > end and stream.type == "video":
                    packet.duration = end - at
                end_of[stream.index] = pts + 1
                made.mux(packet)
    return Made(output.stat().st_size, (last - first) / 90_000, width, height, True)


def _encoded(sources: list[_Source], first: int, last: int, output: Path) -> Made:
    """All pictures in the size of the largest run, encoded again; sound copied."""
    sizes = [source.parameters[1][:2] for source in sources if source.parameters[1] is not None]
    if not sizes:
        raise CannotMake("This part of the show has no picture all the way through.")
    width, height = max(sizes, key=lambda size: size[0] * size[1])
    with av.open(str(output), "w", format="mp4", options={"movflags": "faststart"}) as made:
        video: Any = _encoder(made, width, height)
        sound: Any = None
        keep = []
        for source in [source for source, _, _, _ in _spans(sources, first, last)]:
            container = source.open()
            keep.append(container)
            if container.streams.audio and sound is None:
                sound = made.add_stream_from_template(container.streams.audio[0])
                sound.time_base = _AUDIO
        newest = {"video": -1, "audio": -1}
        for source, begin, end, shift in _spans(sources, first, last):
            container = source.open()
            keep.append(container)
            for packet in container.demux():
                if packet.pts is None:
                    continue
                if packet.stream.type == "audio":
                    at = int(packet.pts * packet.time_base / _VIDEO)
                    pts = packet.pts - round(shift * _VIDEO / _AUDIO)
                    if sound is None or not begin <= at < end or pts <= newest["audio"]:
                        continue
                    newest["audio"] = pts
                    packet.stream, packet.pts, packet.dts = sound, pts, pts
                    made.mux(packet)
                    continue
                for frame in packet.decode():
                    at = int(frame.pts * frame.time_base / _VIDEO)
                    if not begin <= at < end or at - shift <= newest["video"]:
                        continue
                    newest["video"] = at - shift
                    made.mux(video.encode(_fitted(frame, width, height, at - shift)))
        made.mux(video.encode(None))
    return Made(output.stat().st_size, (last - first) / 90_000, width, height, False)


def _encoder(made: Any, width: int, height: int) -> Any:
    video = made.add_stream("libx264", rate=30)
    video.width, video.height, video.pix_fmt = width // 2 * 2, height // 2 * 2, "yuv420p"
    video.codec_context.time_base = _VIDEO
    video.codec_context.max_b_frames = 0
    video.options = {"preset": "veryfast", "crf": "22", "profile": "main"}
    return video


def _fitted(frame: Any, width: int, height: int, pts: int) -> Any:
    fitted = frame.reformat(width=width // 2 * 2, height=height // 2 * 2, format="yuv420p")
    fitted.pts, fitted.time_base = pts, _VIDEO
    return fitted


def trailer(task: TrailerTask) -> Made:
    """A file from outside as an MP4 that browsers play: copied where it is H264 and AAC, else encoded.

    Raises: CannotMake, OSError.
    """
    try:
        with av.open(task.source, format=task.format) as source:
            if not source.streams.video:
                raise CannotMake("This file has no picture.")
            seconds = float((source.duration or 0) / av.time_base)
            if not 0 < seconds <= task.longest:
                raise CannotMake(f"A trailer is at most {task.longest:.0f} seconds long.")
            video = source.streams.video[0]
            audio = source.streams.audio[0] if source.streams.audio else None
            if max(video.width, video.height) > 4096:
                raise CannotMake("This picture is too large: at most 4096 pixels a side.")
            if video.codec_context.name == "h264" and (audio is None or audio.codec_context.name == "aac"):
                return _remuxed(source, video, audio, Path(task.output), seconds)
            return _converted(source, video, audio, Path(task.output), seconds)
    except av.FFmpegError as error:
        raise CannotMake("This file cannot be played: send an MP4 or WebM video.") from error


def _remuxed(source: Any, video: Any, audio: Any, output: Path, seconds: float) -> Made:
    with av.open(str(output), "w", format="mp4", options={"movflags": "faststart"}) as made:
        streams = {one.index: made.add_stream_from_template(one) for one in (video, audio) if one is not None}
        for packet in source.demux([one for one in (video, audio) if one is not None]):
            if packet.dts is None:
                continue
            packet.stream = streams[packet.stream.index]
            made.mux(packet)
    return Made(output.stat().st_size, seconds, video.width, video.height, True)


def _converted(source: Any, video: Any, audio: Any, output: Path, seconds: float) -> Made:
    scale = min(1.0, _SHORTEST_SIDE / min(video.width, video.height))
    width, height = (max(16, int(side * scale) // 2 * 2) for side in (video.width, video.height))
    with av.open(str(output), "w", format="mp4", options={"movflags": "faststart"}) as made:
        picture = _encoder(made, width, height)
        sound: Any = made.add_stream("aac", rate=48_000, layout="stereo") if audio is not None else None
        resampler = av.AudioResampler(format="fltp", layout="stereo", rate=48_000)
        newest = -1
        for packet in source.demux([one for one in (video, audio) if one is not None]):
            for frame in packet.decode():
                if packet.stream.type == "video":
                    at = int((frame.pts or 0) * frame.time_base / _VIDEO)
                    if at > newest:
                        newest = at
                        made.mux(picture.encode(_fitted(frame, width, height, at)))
                else:
                    for heard in resampler.resample(frame):
                        made.mux(sound.encode(heard))
        made.mux(picture.encode(None))
        if sound is not None:
            made.mux(sound.encode(None))
    return Made(output.stat().st_size, seconds, width, height, False)


def main() -> int:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    os.nice(10)
    av.logging.set_level(av.logging.PANIC)
    task = msgspec.json.decode(sys.stdin.buffer.read(), type=Task)
    answer: Made | Refused
    try:
        answer = clip(task) if isinstance(task, ClipTask) else trailer(task)
    except CannotMake as refused:
        answer = Refused(str(refused))
    except (av.FFmpegError, OSError, MemoryError, ValueError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)  # noqa: T201
        return 1
    sys.stdout.buffer.write(msgspec.json.encode(answer))
    return 0 if isinstance(answer, Made) else 3


if __name__ == "__main__":
    raise SystemExit(main())
