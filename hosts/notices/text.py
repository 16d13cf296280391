"""A notice in words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """``title`` and ``body`` of one; ``many``: the title of several, with {count}."""

    title: str
    body: str
    many: str = ""
