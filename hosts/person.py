"""A person as everybody sees them, beside a message, a listing or a parcel."""

from __future__ import annotations

import msgspec

from hosts.picture_urls import avatar_url


class Person(msgspec.Struct, frozen=True):
    """``avatar`` is a path on this server, or None."""

    id: str
    handle: str
    name: str
    avatar: str | None


def person(account_id: str, handle: str, name: str, avatar: str | None) -> Person:
    """From the columns of an account; ``avatar`` is the picture's id."""
    return Person(account_id, handle, name, avatar_url(avatar))
