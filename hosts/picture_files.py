"""Where the encoded pictures lie. One small interface, so that another place than a folder can be used."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

PICTURE_ID = re.compile(r"[0-9a-f]{24}")  # lower case: some file systems do not tell cases apart
FILE_NAME = re.compile(r"[0-9]{2,4}\.(?:webp|jpg)")


class PhotoFiles(Protocol):
    """All calls block; they run in a thread."""

    def write(self, picture_id: str, files: Mapping[str, bytes]) -> None:
        """Keep these files, all or none, on disk when it returns. Raises: OSError."""

    def remove(self, picture_id: str) -> None:
        """Nothing happens when there are none. Raises: OSError."""

    def path(self, picture_id: str, name: str) -> Path | None:
        """Where a file can be read, or None."""


class PhotoFolder:
    """A folder per picture, spread over 256 folders so that none gets slow to list."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, picture_id: str, files: Mapping[str, bytes]) -> None:
        final = self._of(picture_id)
        draft = final.with_suffix(".part")
        try:
            draft.mkdir(parents=True)
            for name, data in files.items():
                with (draft / name).open("xb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
            draft.rename(final)
            _sync_folder(final.parent)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise

    def remove(self, picture_id: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(self._of(picture_id))

    def path(self, picture_id: str, name: str) -> Path | None:
        if PICTURE_ID.fullmatch(picture_id) is None or FILE_NAME.fullmatch(name) is None:
            return None
        path = self._of(picture_id) / name
        return path if path.is_file() else None

    def _of(self, picture_id: str) -> Path:
        if PICTURE_ID.fullmatch(picture_id) is None:
            raise ValueError("not a picture's id")
        return self._folder / picture_id[:2] / picture_id


def _sync_folder(folder: Path) -> None:
    """The renamed entry itself survives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
