"""A packet as one shape of viewer gets it: built once, then only the twelve header bytes differ from viewer to viewer.

Viewers who agreed on the same payload type and header extensions share a shape; a hundred browsers of one kind share one.
That leaves per viewer one ``pack_into``, the protection and the send.
"""

from __future__ import annotations

from collections.abc import Callable

from livestream.engine.plan import Codec, MediaPlan
from livestream.engine.rtp import ABS_CAPTURE_TIME, ABS_SEND_TIME, MID, TRANSPORT_CC, Packet, pack_extensions
from livestream.engine.vp8 import read_picture, write_picture


def abs_send_time(now: float) -> bytes:
    """24 bits of seconds, 6.18 fixed point."""
    return (int(now * 262144) & 0xFFFFFF).to_bytes(3, "big")


class Shape:
    """Everything about a viewer's packets that does not depend on the packet or on the single viewer.

    ``picture_offset`` and ``base_offset`` are VP8's (see ``vp8.py``).
    """

    __slots__ = (
        "_capture_id",
        "_elements",
        "_send_at",
        "_templates",
        "base_offset",
        "header_size",
        "key",
        "payload_type",
        "picture_offset",
        "repeatable",
        "rtx_payload_type",
        "transport_at",
    )

    def __init__(self, key: ShapeKey) -> None:
        self.key = key
        self.payload_type, self.rtx_payload_type, mid, self._capture_id, send_id, transport_id = key[:6]
        self.picture_offset, self.base_offset = key[6:]
        self.repeatable = send_id is None and transport_id is None  # a repeat is the same packet, byte for byte
        self._elements: list[tuple[int, bytes]] = [] if mid is None else [mid]
        # What is patched comes at fixed places, before the capture time that only some packets have.
        if send_id is not None:
            self._elements.append((send_id, bytes(3)))
        if transport_id is not None:
            self._elements.append((transport_id, bytes(2)))
        self._templates: dict[int, bytes] = {}
        positions = pack_extensions(self._elements)[1]
        # The longest capture time has 16 bytes: it fits the one-byte form, so positions do not depend on it unless
        # its own identifier needs the two-byte form; then that form is used always.
        if self._capture_id is not None:
            positions = pack_extensions([*self._elements, (self._capture_id, bytes(8))])[1]
        first = 0 if mid is None else 1
        self._send_at = 12 + positions[first] if send_id is not None else None
        self.transport_at = 12 + positions[first + (send_id is not None)] if transport_id is not None else None

    def build(self, packet: Packet, capture: bytes | None, now: float, prefix: bytes = b"") -> bytearray:
        """The packet with an empty header (12 bytes to fill in) and everything after it. ``prefix`` goes before the
        payload (a retransmission's original sequence number)."""
        # An empty one (legal in the two-byte form) would move the places of the others.
        if capture and self._capture_id is not None and len(capture) <= 16:
            block = pack_extensions([*self._elements, (self._capture_id, capture)])[0]
        else:
            cached = self._templates.get(0)
            if cached is None:
                cached = self._templates[0] = self._plain()
            block = cached
        buffer = bytearray(12)
        buffer += block
        buffer += prefix
        start = len(buffer)
        buffer += packet.data[packet.payload_start : packet.payload_end]
        if self._send_at is not None:
            buffer[self._send_at : self._send_at + 3] = abs_send_time(now)
        if self.picture_offset or self.base_offset:
            picture = read_picture(packet.payload)
            if picture is not None:
                write_picture(buffer, start, picture, self.picture_offset, self.base_offset)
        buffer[0] = 0x90 if block else 0x80
        return buffer

    def _plain(self) -> bytes:
        if self._capture_id is not None and self._capture_id > 14 and self._elements:
            # Same form, same positions as with a capture time; an element of length zero is legal in this form.
            return pack_extensions([*self._elements, (self._capture_id, b"")])[0]
        return pack_extensions(self._elements)[0]


# payload type, its RTX type, (MID identifier, MID), abs-capture-time, abs-send-time and transport-cc identifiers, VP8 offsets
ShapeKey = tuple[int, int | None, tuple[int, bytes] | None, int | None, int | None, int | None, int, int]


def shape_key(plan: MediaPlan, codec: Codec, picture_offset: int = 0, base_offset: int = 0) -> ShapeKey:
    """The shape of a viewer's packets of one agreed codec.

    Send times and transport numbers differ each time a packet is sent. Where a repeat would have to be the same packet
    again (NACK without RTX) they are left out: SRTP must never protect two different packets under one sequence number.
    Transport numbers are left out where the viewer estimates by REMB, since with them a browser stops doing that.
    """
    extensions = plan.extensions
    mid = (extensions[MID], plan.mid.encode()) if MID in extensions and 1 <= len(plan.mid.encode()) <= 255 else None
    stamped = codec.rtx_payload_type is not None or not codec.nack
    remb = any(known.remb for known in plan.codecs)
    return (
        codec.payload_type,
        codec.rtx_payload_type,
        mid,
        extensions.get(ABS_CAPTURE_TIME),
        extensions.get(ABS_SEND_TIME) if stamped else None,
        extensions.get(TRANSPORT_CC) if stamped and not remb else None,
        picture_offset,
        base_offset,
    )


def _h264_profile(codec: Codec) -> tuple[str, str]:
    """(profile and constraints, packetization mode) from the fmtp (RFC 6184 section 8.1, with its defaults)."""
    parameters = _parameters(codec)
    return parameters.get("profile-level-id", "42e01f")[:4].lower(), parameters.get("packetization-mode", "0")


def _parameters(codec: Codec) -> dict[str, str]:
    pairs = (item.strip().partition("=") for item in codec.fmtp.split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs if name}


def _same_mode(mine: Codec, theirs: Codec) -> bool:
    return _h264_profile(mine)[1] == _h264_profile(theirs)[1]


def _same_profile(mine: Codec, theirs: Codec) -> bool:
    if mine.name == "H264":
        return _h264_profile(mine) == _h264_profile(theirs)
    if mine.name == "VP9":
        return _parameters(mine).get("profile-id", "0") == _parameters(theirs).get("profile-id", "0")
    if mine.name == "AV1":
        return _parameters(mine).get("profile", "0") == _parameters(theirs).get("profile", "0")
    return True


_PREFERENCES: tuple[Callable[[Codec, Codec], bool], ...] = (_same_profile, _same_mode, lambda _mine, _theirs: True)


def match_codec(source: Codec, plan: MediaPlan) -> Codec | None:
    """The viewer's codec for what the host sends: the same profile if agreed, else the nearest of the same name."""
    named = [codec for codec in plan.codecs if codec.name.lower() == source.name.lower()]
    if source.name != "H264":
        return next((codec for codec in named if _same_profile(source, codec)), named[0] if named else None)
    for suits in _PREFERENCES:
        for codec in named:
            if suits(source, codec):
                return codec
    return None
