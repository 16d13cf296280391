"""RTP headers (RFC 3550 section 5.1) and header extensions (RFC 8285), parsed once per incoming packet.

A hot path: a packet keeps the datagram's bytes and offsets into them, nothing is copied. Every viewer's copy is built
from these (``rewriting.py``).
"""

from __future__ import annotations

from struct import Struct

from livestream.engine.plan import Codec

MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
RID = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
REPAIRED_RID = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
ABS_SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
ABS_CAPTURE_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time"
TRANSPORT_CC = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"

HEADER = Struct("!BBHII")
_EXTENSION = Struct("!HH")
_ONE_BYTE = 0xBEDE  # RFC 8285 section 4.2
_TWO_BYTE = 0x1000  # section 4.3; the low four bits are "appbits"
_NO_EXTENSIONS: dict[int, bytes] = {}


class Packet:
    """One incoming packet. ``payload_start`` and ``payload_end`` are offsets into ``data``; padding lies outside.

    The fields after ``extensions`` are filled in by the stream that it belongs to: ``index`` is the extended sequence
    number (no wrap-around), ``show_timestamp`` the RTP timestamp on the show's clock, ``arrival`` seconds (monotonic).
    """

    __slots__ = (
        "arrival",
        "codec",
        "data",
        "extensions",
        "index",
        "marker",
        "payload_end",
        "payload_start",
        "payload_type",
        "sequence",
        "show_timestamp",
        "ssrc",
        "timestamp",
    )

    codec: Codec

    def __init__(
        self,
        data: bytes,
        marker: bool,
        payload_type: int,
        sequence: int,
        timestamp: int,
        ssrc: int,
        payload_start: int,
        payload_end: int,
        extensions: dict[int, bytes],
    ) -> None:
        self.data = data
        self.marker = marker
        self.payload_type = payload_type
        self.sequence = sequence
        self.timestamp = timestamp
        self.ssrc = ssrc
        self.payload_start = payload_start
        self.payload_end = payload_end
        self.extensions = extensions
        self.index = sequence
        self.show_timestamp = timestamp
        self.arrival = 0.0

    @property
    def payload(self) -> bytes:
        return self.data[self.payload_start : self.payload_end]

    def unwrap_retransmission(self, ssrc: int) -> bool:
        """Turn a retransmission (RFC 4588 section 4) into the original in place; False: a bare probe without payload."""
        if self.payload_end - self.payload_start <= 2:
            return False
        self.sequence = self.data[self.payload_start] << 8 | self.data[self.payload_start + 1]
        self.payload_start += 2
        self.ssrc = ssrc
        self.index = self.sequence
        return True


def parse(data: bytes) -> Packet | None:
    """Parse one RTP packet; None when it is malformed."""
    size = len(data)
    if size < 12:
        return None
    first, second, sequence, timestamp, ssrc = HEADER.unpack_from(data)
    if first & 0xC0 != 0x80:
        return None
    start = 12 + 4 * (first & 0x0F)
    extensions = _NO_EXTENSIONS
    if first & 0x10:
        if size < start + 4:
            return None
        profile, words = _EXTENSION.unpack_from(data, start)
        start += 4
        end = start + 4 * words
        if size < end:
            return None
        if profile == _ONE_BYTE:
            parsed = _one_byte(data, start, end)
        elif profile & 0xFFF0 == _TWO_BYTE:
            parsed = _two_byte(data, start, end)
        else:
            parsed = {}  # another profile: legal, and nothing of ours
        if parsed is None:
            return None
        extensions = parsed
        start = end
    end = size
    if first & 0x20:
        padding = data[-1]
        if padding == 0:
            return None
        end -= padding
    if start > end:
        return None
    return Packet(data, second >= 0x80, second & 0x7F, sequence, timestamp, ssrc, start, end, extensions)


def _one_byte(data: bytes, position: int, end: int) -> dict[int, bytes] | None:
    found: dict[int, bytes] = {}
    while position < end:
        head = data[position]
        if head == 0:  # padding
            position += 1
            continue
        identifier = head >> 4
        if identifier == 15:  # RFC 8285: stop here, ignore the rest
            break
        stop = position + 2 + (head & 0x0F)
        if stop > end:
            return None
        found[identifier] = data[position + 1 : stop]
        position = stop
    return found


def _two_byte(data: bytes, position: int, end: int) -> dict[int, bytes] | None:
    found: dict[int, bytes] = {}
    while position < end:
        identifier = data[position]
        if identifier == 0:
            position += 1
            continue
        if position + 2 > end:
            return None
        stop = position + 2 + data[position + 1]
        if stop > end:
            return None
        found[identifier] = data[position + 2 : stop]
        position = stop
    return found


def pack_extensions(elements: list[tuple[int, bytes]]) -> tuple[bytes, list[int]]:
    """The extension block with its four-byte header, and where each value starts inside it; b"" for no elements.

    The one-byte form unless an identifier or a length needs the two-byte form (RFC 8285 section 4.1.2: only where
    the peer offered identifiers above 14, so it understands them).
    """
    if not elements:
        return b"", []
    two_byte = any(identifier > 14 or not 1 <= len(value) <= 16 for identifier, value in elements)
    block = bytearray(4)
    positions: list[int] = []
    for identifier, value in elements:
        if two_byte:
            block += bytes((identifier, len(value)))
        else:
            block.append(identifier << 4 | len(value) - 1)
        positions.append(len(block))
        block += value
    block += bytes(-len(block) % 4)
    _EXTENSION.pack_into(block, 0, _TWO_BYTE if two_byte else _ONE_BYTE, len(block) // 4 - 1)
    return bytes(block), positions


def sequence_distance(newer: int, older: int) -> int:
    """``newer - older`` of 16-bit sequence numbers, as the shorter way round: -32768..32767 (RFC 1982)."""
    return ((newer - older + 0x8000) & 0xFFFF) - 0x8000


def timestamp_distance(newer: int, older: int) -> int:
    """``newer - older`` of 32-bit RTP timestamps, the shorter way round."""
    return ((newer - older + 0x80000000) & 0xFFFFFFFF) - 0x80000000
