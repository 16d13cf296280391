"""A media packet as one message to the worker process."""

from __future__ import annotations

from struct import Struct

from livestream.media import MediaPacket

_HEADER = Struct("!BBBIQQ")  # kind, codec, marker, source, index, ticks
_KINDS: tuple[str, ...] = ("audio", "video")
_CODECS: tuple[str, ...] = ("opus", "H264", "VP8", "VP9", "AV1")
LARGEST = 64 * 1024  # bytes of one message


def encode(packet: MediaPacket) -> bytes | None:
    """None: of a codec that no worker knows."""
    if packet.codec not in _CODECS:
        return None
    return (
        _HEADER.pack(
            packet.kind == "video",
            _CODECS.index(packet.codec),
            packet.marker,
            packet.source,
            packet.index,
            packet.ticks,
        )
        + packet.payload
    )


def decode(message: bytes) -> MediaPacket:
    kind, codec, marker, source, index, ticks = _HEADER.unpack_from(message)
    return MediaPacket(
        source,
        "video" if kind else "audio",
        _CODECS[codec],
        index,
        ticks,
        bool(marker),
        message[_HEADER.size :],
    )
