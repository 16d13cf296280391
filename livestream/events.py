"""An entry of a show's timeline: frozen, and encoded once for every socket that will get it."""

from __future__ import annotations

from typing import Any

import msgspec

EVENTS_CHANNEL = "events:"  # + show id: the broker channel that carries a show's events


class Event(msgspec.Struct, frozen=True):
    """``{offset, at, time, kind, by, data}`` as in docs/protocol.md."""

    offset: int  # 1, 2, 3 ... without gaps within a show
    at: int  # show clock, milliseconds; 0 before the first media
    time: int  # Unix milliseconds by the database
    kind: str
    by: str | None  # account id of whoever did it; None: the server
    data: dict[str, Any]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[Event])


def encode_events(events: list[Event]) -> bytes:
    """Events of one transaction as they travel through the broker."""
    return _encoder.encode(events)


def decode_events(payload: bytes) -> list[Event]:
    """Raises msgspec.DecodeError for what is no list of events."""
    return _decoder.decode(payload)


def events_channel(show_id: str) -> str:
    return EVENTS_CHANNEL + show_id
