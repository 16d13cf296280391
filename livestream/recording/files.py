"""Where recordings, clips and trailers lie. One small interface, so that another place than a folder can be used for what is
finished; a recording that is being written is always a folder of this machine.
"""

from __future__ import annotations

import contextlib
import re
import shutil
from pathlib import Path
from typing import Protocol

_SHOW_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
_NAME = re.compile(r"(?:init-\d{1,6}\.mp4|\d{1,9}\.m4s|thumb-\d{1,12}\.jpg|poster\.jpg)")
_VIDEO = re.compile(r"[A-Za-z0-9_-]{8,40}")


class RecordingFiles(Protocol):
    """All calls may block; those that touch more than one entry run in a thread."""

    def folder(self, show_id: str, *, recorded: bool = True) -> Path:
        """Where a show's parts go; without ``recorded`` only as long as somebody may watch. It need not exist."""

    def path(self, show_id: str, name: str) -> Path | None:
        """A file of a recording, or None."""

    def remove(self, show_id: str) -> None:
        """Everything of a show's recording. Nothing happens when there is none. Raises: OSError."""

    def remove_window(self, show_id: str) -> None:
        """What was kept of a show that was watched by HLS and not recorded. Raises: OSError."""

    def video(self, kind: str, video_id: str) -> Path:
        """The MP4 of a clip ("clips") or a trailer ("trailers"). It need not exist."""


class RecordingFolder:
    """``recordings/{show}``, ``hls/{show}``, ``clips/{id}.mp4`` and ``trailers/{id}.mp4`` under one data folder."""

    def __init__(self, data: Path) -> None:
        self._data = data

    def folder(self, show_id: str, *, recorded: bool = True) -> Path:
        if _SHOW_ID.fullmatch(show_id) is None:
            raise ValueError("not a show's id")
        return self._data / ("recordings" if recorded else "hls") / show_id

    def path(self, show_id: str, name: str) -> Path | None:
        if _SHOW_ID.fullmatch(show_id) is None or _NAME.fullmatch(name) is None:
            return None
        for recorded in (True, False):
            path = self.folder(show_id, recorded=recorded) / name
            if path.is_file():
                return path
        return None

    def remove(self, show_id: str) -> None:
        _remove_tree(self.folder(show_id))

    def remove_window(self, show_id: str) -> None:
        _remove_tree(self.folder(show_id, recorded=False))

    def video(self, kind: str, video_id: str) -> Path:
        if kind not in ("clips", "trailers") or _VIDEO.fullmatch(video_id) is None:
            raise ValueError("not a video's name")
        folder = self._data / kind
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{video_id}.mp4"


def _remove_tree(folder: Path) -> None:
    """The journal goes first: a removal that was cut short leaves nothing that could be played."""
    with contextlib.suppress(FileNotFoundError):
        (folder / "journal.jsonl").unlink()
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(folder)
