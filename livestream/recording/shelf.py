"""The folder of one show's recording, as its only writer sees it; a lock file keeps a second one out."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from typing import IO

from livestream.recording import journal
from livestream.recording.journal import Contents, Entry, Part, Run, SegmentEnd

_LOCK_SECONDS = 5.0  # the worker before may still be writing its last part
# Below this the database must not be starved of its last bytes by a video.
LEAST_FREE = 256 * 1024 * 1024


class ShelfBusy(OSError):
    """Another process records this show into this folder."""


class DiskNearlyFull(OSError):
    pass


class Shelf:
    """``keep``: how many segments stay; None: all. Raises: OSError."""

    def __init__(self, folder: Path, keep: int | None = None) -> None:
        self.folder = folder
        self._keep = keep
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = _lock(folder / "lock")
        self.contents = Contents(recover(folder))
        self.contents.close()
        self._journal = (folder / journal.JOURNAL).open("ab")
        self._segment: IO[bytes] | None = None
        self._number = self.contents.next_segment
        self._offset = self._part = 0

    def note(self, entry: Entry) -> None:
        self._journal.write(journal.encode(entry))
        self._journal.flush()
        self.contents.apply(entry)

    def begin_run(self, run: Run, init: bytes) -> None:
        write_whole(self.folder / f"init-{run.run}.mp4", init)
        self.note(run)

    def add_part(self, data: bytes, start: int, end: int, *, independent: bool, last: bool) -> Part:
        if self._segment is None:
            stat = os.statvfs(self.folder)
            if stat.f_bavail * stat.f_frsize < LEAST_FREE:
                raise DiskNearlyFull("the disk is nearly full: nothing more is recorded")
            self._segment = (self.folder / f"{self._number}.m4s").open("xb")
            self._offset = self._part = 0
        self._segment.write(data)
        self._segment.flush()
        part = Part(self._number, self._part, self._offset, len(data), start, end, independent, last)
        self.note(part)
        self._offset += len(data)
        self._part += 1
        return part

    def end_segment(self) -> SegmentEnd | None:
        """Put the open segment on the disk for good; gives the entry where its last part has not said so itself."""
        if self._segment is None:
            return None
        os.fsync(self._segment.fileno())
        self._segment.close()
        self._segment = None
        end = None
        if not self.contents.segments[-1].closed:
            end = SegmentEnd(self._number)
            self.note(end)
        os.fsync(self._journal.fileno())
        self._number += 1
        if self._keep is not None:
            self._drop()
        return end

    def _drop(self) -> None:
        assert self._keep is not None
        segments = self.contents.segments
        while len(segments) > self._keep:
            (self.folder / f"{segments.pop(0).number}.m4s").unlink(missing_ok=True)

    def close(self) -> None:
        self.end_segment()
        self._journal.close()
        self._lock.close()


def _lock(path: Path) -> IO[bytes]:
    lock = path.open("ab")
    until = time.monotonic() + _LOCK_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
        except BlockingIOError:
            if time.monotonic() > until:
                lock.close()
                raise ShelfBusy("another process writes this recording") from None
            time.sleep(0.05)


def recover(folder: Path) -> list[Entry]:
    """Read the journal and cut off what a killed writer left half done: its torn line, bytes that no line speaks of, lines whose
    bytes a power cut has taken. Only for the folder's writer. Raises: OSError."""
    path = folder / journal.JOURNAL
    entries, whole = read_entries(folder)
    if path.exists() and path.stat().st_size != whole:
        with path.open("rb+") as file:
            file.truncate(whole)
    sizes: dict[int, int] = {}
    for entry in entries:
        if isinstance(entry, Part):
            sizes[entry.segment] = entry.offset + entry.size
    newest = max(sizes, default=-1)
    for media in folder.glob("*.m4s"):
        if not media.stem.isdigit() or int(media.stem) > newest:
            media.unlink()
    last = folder / f"{newest}.m4s"
    if last.is_file() and last.stat().st_size > sizes[newest]:
        os.truncate(last, sizes[newest])
    return entries


def read_entries(folder: Path) -> tuple[list[Entry], int]:
    """The entries whose bytes are really there, and the length of their lines. Raises: OSError."""
    path = folder / journal.JOURNAL
    if not path.is_file():
        return [], 0
    data = path.read_bytes()
    entries, whole = journal.read(data)
    lengths: dict[int, int] = {}
    kept: list[Entry] = []
    lines = data[:whole].splitlines(keepends=True)
    length = 0
    for entry, line in zip(entries, lines, strict=True):
        if isinstance(entry, Part):
            if entry.segment not in lengths:
                file = folder / f"{entry.segment}.m4s"
                lengths[entry.segment] = file.stat().st_size if file.is_file() else -1
            # -1: it has left the window of a show that is not recorded; only a file that is too short was cut by a power cut.
            if 0 <= lengths[entry.segment] < entry.offset + entry.size:
                break
            if lengths[entry.segment] < 0:
                length += len(line)
                continue
        kept.append(entry)
        length += len(line)
    return kept, length


def write_whole(path: Path, data: bytes) -> None:
    """All or nothing, on the disk when it returns. Raises: OSError."""
    draft = path.with_name(path.name + ".part")
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
