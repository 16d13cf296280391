"""VP8 payload descriptors (RFC 7741 section 4.2): picture identifiers stay continuous where a viewer changes streams.

A decoder's jitter buffer orders VP8 frames by PictureID and TL0PICIDX. Another simulcast layer, or a host who came back, counts
from somewhere else; each viewer's copy therefore carries them plus an offset that makes them go on by one.
"""

from __future__ import annotations

from typing import NamedTuple


class Picture(NamedTuple):
    """Where the identifiers stand in a payload, and what they are. Positions are None where one is absent."""

    identifier_at: int | None
    identifier: int
    bits: int  # 7 or 15
    base_layer_at: int | None
    base_layer: int  # TL0PICIDX, 8 bits


def read_picture(payload: bytes) -> Picture | None:
    """None: no extension, or malformed."""
    if len(payload) < 2 or not payload[0] & 0x80:
        return None
    flags = payload[1]
    position = 2
    identifier_at, identifier, bits = None, 0, 15
    try:
        if flags & 0x80:
            identifier_at = position
            if payload[position] & 0x80:
                identifier = (payload[position] & 0x7F) << 8 | payload[position + 1]
                position += 2
            else:
                identifier, bits = payload[position], 7
                position += 1
        if flags & 0x40:
            return Picture(identifier_at, identifier, bits, position, payload[position])
    except IndexError:
        return None
    return Picture(identifier_at, identifier, bits, None, 0)


def write_picture(buffer: bytearray, start: int, picture: Picture, identifier_offset: int, base_offset: int) -> None:
    """Patch a payload that starts at ``start`` of ``buffer``."""
    if picture.identifier_at is not None:
        at = start + picture.identifier_at
        if picture.bits == 7:
            buffer[at] = (picture.identifier + identifier_offset) & 0x7F
        else:
            value = (picture.identifier + identifier_offset) & 0x7FFF
            buffer[at] = 0x80 | value >> 8
            buffer[at + 1] = value & 0xFF
    if picture.base_layer_at is not None:
        buffer[start + picture.base_layer_at] = (picture.base_layer + base_offset) & 0xFF
