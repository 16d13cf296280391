"""Where a list goes on: a time and an id, as one opaque word. Pure."""

from __future__ import annotations

from typing import NamedTuple

from hosts.errors import InvalidField
from hosts.fields import is_id


class Cursor(NamedTuple):
    """The last entry that was given; the next page holds what comes after it, newest first."""

    created_at: int
    entry_id: str

    def text(self) -> str:
        return f"{self.created_at:x}.{self.entry_id}"


def parse(text: str | None) -> Cursor | None:
    """Raises: InvalidField for anything but what ``text`` gave."""
    if not text:
        return None
    time, _, entry_id = text.partition(".")
    if not 1 <= len(time) <= 12 or not set(time) <= set("0123456789abcdef") or not is_id(entry_id):
        raise InvalidField("after", "must be the next of the page before.")
    return Cursor(int(time, 16), entry_id)
