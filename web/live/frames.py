"""Frames as bytes, built once and written to many sockets.

A server's WebSocket frame carries no mask and, without compression, nothing of the connection (RFC 6455 section 5.2), so
the same bytes fit every reader. Measured: building a frame per client is what fan-out costs, not writing it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

_BINARY, _PING, _PONG = 0x82, 0x89, 0x8A  # FIN and opcode
_encode = msgspec.msgpack.Encoder().encode


def binary(payload: bytes) -> bytes:
    """One unfragmented, unmasked binary frame."""
    length = len(payload)
    if length < 126:
        header = bytes((_BINARY, length))
    elif length < 1 << 16:
        header = bytes((_BINARY, 126)) + length.to_bytes(2)
    else:
        header = bytes((_BINARY, 127)) + length.to_bytes(8)
    return header + payload


def ping(payload: bytes) -> bytes:
    """RFC 6455 section 5.5.2; the answer has the same contents, at most 125 bytes."""
    return bytes((_PING, len(payload))) + payload


def pong(payload: bytes) -> bytes:
    """The answer to a ping; RFC 6455 section 5.5 limits it to 125 bytes."""
    return bytes((_PONG, len(payload))) + payload


def message(content: dict[str, Any]) -> bytes:
    """A msgpack map as a frame."""
    return binary(_encode(content))


def events(packed: Sequence[bytes]) -> bytes:
    """``{events: [...]}`` of events that are packed already."""
    return binary(b"\x81\xa6events" + _array_header(len(packed)) + b"".join(packed))


def _array_header(count: int) -> bytes:
    """msgpack: fixarray, array 16, array 32."""
    if count < 16:
        return bytes((0x90 | count,))
    if count < 1 << 16:
        return b"\xdc" + count.to_bytes(2)
    return b"\xdd" + count.to_bytes(4)
