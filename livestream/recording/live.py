"""What a server knows of a recording while its worker writes it: the window of live playlists, and who waits for more.

Lives on the server's loop. Waiters are bounded by the sockets that the server takes; all that wait for the same part are woken
together and share one rendered playlist (``hls/playlist.py``) and one read of the part's bytes.
"""

from __future__ import annotations

import asyncio
import bisect
from collections import OrderedDict
from pathlib import Path

from livestream.recording.journal import Contents, Entry, Part, Segment

WINDOW = 10  # segments in a live playlist: half a minute to fall behind or to go back
_KEPT_PARTS = 24  # parts whose bytes stay in memory: eight seconds, some 3 MB


class LiveRecording:
    """``origin``: Unix milliseconds of show time 0."""

    def __init__(self, show_id: str, folder: Path, origin: int, contents: Contents) -> None:
        self.show_id = show_id
        self.folder = folder
        self.origin = origin
        self.contents = contents
        self.ended = False
        self.version = 0
        self.rendered: dict[str, tuple[int, bytes]] = {}  # playlists by name, with the version that they are of
        self._changed = asyncio.Event()
        self._bytes: OrderedDict[tuple[int, int], asyncio.Task[bytes]] = OrderedDict()

    def apply(self, entry: Entry) -> None:
        self.contents.apply(entry)
        self._wake()

    def end(self) -> None:
        """Nothing more comes."""
        self.contents.close()
        self.ended = True
        self._wake()

    def _wake(self) -> None:
        self.version += 1
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    @property
    def window(self) -> list[Segment]:
        return self.contents.segments[-WINDOW:]

    @property
    def edge(self) -> tuple[int, int]:
        """(segment, part) that comes next. An open segment's next part; the first part of the next one when it is closed."""
        segments = self.contents.segments
        if segments and not segments[-1].closed:
            return segments[-1].number, len(segments[-1].parts)
        return self.contents.next_segment, 0

    def has(self, segment: int, part: int | None) -> bool:
        """Whether this part is there, or, without a part, the whole segment. A part beyond the last one of a segment that is
        closed is the first of the next (rfc8216bis section 6.2.5.2)."""
        number, next_part = self.edge
        if part is None:
            return segment < number
        return segment < number or (segment == number and part < next_part)

    async def reached(self, segment: int, part: int | None, seconds: float) -> bool:
        """Wait until it is there, the recording has ended, or the time is over: False."""
        try:
            async with asyncio.timeout(seconds):
                while not self.has(segment, part) and not self.ended:
                    await self._changed.wait()
        except TimeoutError:
            return False
        return True

    async def recorded_until(self, show_ms: int, seconds: float) -> bool:
        """Wait until this moment is on disk; False: it did not come in time."""

        def there() -> bool:
            return bool(self.contents.segments) and self.contents.segments[-1].end >= show_ms * 90

        try:
            async with asyncio.timeout(seconds):
                while not there() and not self.ended:
                    await self._changed.wait()
        except TimeoutError:
            return False
        return there()

    def segment(self, number: int) -> Segment | None:
        segments = self.contents.segments
        index = bisect.bisect_left(segments, number, key=lambda one: one.number)
        return segments[index] if index < len(segments) and segments[index].number == number else None

    def part(self, segment: int, part: int) -> Part | None:
        found = self.segment(segment)
        return found.parts[part] if found is not None and part < len(found.parts) else None

    async def read(self, part: Part) -> bytes:
        """The part's bytes, read once for all who ask at about the same time. Raises: OSError."""
        key = (part.segment, part.part)
        task = self._bytes.get(key)
        if task is None:
            task = self._bytes[key] = asyncio.create_task(asyncio.to_thread(read_part, self.folder, part))
            while len(self._bytes) > _KEPT_PARTS:
                self._bytes.popitem(last=False)
        try:
            return await asyncio.shield(task)
        except OSError:
            self._bytes.pop(key, None)
            raise


def read_part(folder: Path, part: Part) -> bytes:
    with (folder / f"{part.segment}.m4s").open("rb") as file:
        file.seek(part.offset)
        data = file.read(part.size)
    if len(data) != part.size:
        raise OSError(f"segment {part.segment} is shorter than its journal says")
    return data
