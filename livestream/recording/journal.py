"""What a recording consists of, one JSON line per fact, appended after the bytes it speaks of are in their file.

So a process that is killed leaves at most a torn last line, and bytes that no line speaks of; both are cut off when the journal
is read again. At the end of each segment file and journal are flushed to the disk itself (fsync): a power cut costs at most the
segment that was being written.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

JOURNAL = "journal.jsonl"


class Run(msgspec.Struct, frozen=True, tag="run", tag_field="is"):
    """What follows is of this run: ``init-{run}.mp4``."""

    run: int
    codecs: str  # RFC 6381
    width: int
    height: int
    copied: bool  # the host's own H264, not encoded again


class Part(msgspec.Struct, frozen=True, tag="part", tag_field="is"):
    """``size`` bytes at ``offset`` of ``{segment}.m4s``. Times are ticks of 90 kHz on the show clock."""

    segment: int
    part: int
    offset: int
    size: int
    start: int
    end: int
    independent: bool
    last: bool = False  # of its segment: who hints at the next part must know at once


class SegmentEnd(msgspec.Struct, frozen=True, tag="end", tag_field="is"):
    """A segment that ends without a part that knew it: the host was gone."""

    segment: int


class Thumbnail(msgspec.Struct, frozen=True, tag="thumbnail", tag_field="is"):
    """``thumb-{at}.jpg``; ``at``: milliseconds of the show clock."""

    at: int
    width: int
    height: int


Entry = Run | Part | SegmentEnd | Thumbnail
_decoder: msgspec.json.Decoder[Entry] = msgspec.json.Decoder(Entry)


def encode(entry: Entry) -> bytes:
    return msgspec.json.encode(entry) + b"\n"


def read(data: bytes) -> tuple[list[Entry], int]:
    """The entries of a journal up to the first torn or unknown line, and how many bytes those are."""
    entries: list[Entry] = []
    position = 0
    while (end := data.find(b"\n", position)) >= 0:
        try:
            entries.append(_decoder.decode(data[position:end]))
        except msgspec.DecodeError:
            break
        position = end + 1
    return entries, position


@dataclass(slots=True)
class Segment:
    """A segment as its parts have made it so far."""

    number: int
    run: int
    parts: list[Part] = field(default_factory=list)
    closed: bool = False

    @property
    def start(self) -> int:
        return self.parts[0].start

    @property
    def end(self) -> int:
        return self.parts[-1].end

    @property
    def size(self) -> int:
        return self.parts[-1].offset + self.parts[-1].size

    @property
    def seconds(self) -> float:
        return (self.end - self.start) / 90_000


class Contents:
    """A recording folded from its journal."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.runs: dict[int, Run] = {}
        self.segments: list[Segment] = []
        self.thumbnails: list[Thumbnail] = []
        self._run = -1
        for entry in entries:
            self.apply(entry)

    def apply(self, entry: Entry) -> None:
        match entry:
            case Run():
                self.runs[entry.run] = entry
                self._run = entry.run
                self.close()
            case Part():
                if not self.segments or self.segments[-1].number != entry.segment:
                    self.close()
                    self.segments.append(Segment(entry.segment, self._run))
                self.segments[-1].parts.append(entry)
                if entry.last:
                    self.close()
            case SegmentEnd():
                self.close()
            case Thumbnail():
                self.thumbnails.append(entry)

    def close(self) -> None:
        """The newest segment gets no more parts."""
        if self.segments:
            self.segments[-1].closed = True

    @property
    def next_segment(self) -> int:
        return self.segments[-1].number + 1 if self.segments else 0

    @property
    def next_run(self) -> int:
        return max(self.runs, default=-1) + 1

    @property
    def bytes(self) -> int:
        return sum(segment.size for segment in self.segments)

    @property
    def media_ms(self) -> int:
        """How much there is to play."""
        return sum(segment.end - segment.start for segment in self.segments) // 90
