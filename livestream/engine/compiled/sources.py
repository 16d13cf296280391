"""Which sources the compiled hot path was made from: a build that failed leaves the one before it in its place.

``setup.py`` runs this file by itself, before anything is installed: it imports nothing of the project.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

KINDS = (".pyx", ".pxi", ".c", ".h")


def digest(folder: Path) -> str | None:
    """A name for the content of all sources in ``folder``; None: they are not there, as in an installed package."""
    found = sorted(path for path in folder.iterdir() if path.suffix in KINDS)
    if not any(path.suffix == ".pyx" for path in found):
        return None
    whole = hashlib.sha256()
    for path in found:
        content = path.read_bytes()
        whole.update(f"{path.name} {len(content)}\n".encode() + content)
    return whole.hexdigest()[:32]
