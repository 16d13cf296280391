"""RTP payloads of one picture put together again: H264 (RFC 6184), VP8 (RFC 7741), VP9 (RFC 9628), AV1 (AOM's RTP specification).

Pure, and strict where it costs nothing: a payload that does not add up gives no picture, and the stream waits for a
keyframe, as after a loss.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from livestream.engine.keyframes import starts_keyframe, vp8_header
from livestream.media import MediaPacket

_STAP_A, _FU_A = 24, 28
_IDR, _SPS, _PPS, _DELIMITER, _FILLER = 5, 7, 8, 9, 12
START_CODE = b"\x00\x00\x00\x01"


@dataclass(frozen=True, slots=True)
class Picture:
    """One coded picture. ``ticks``: show clock, 90 per millisecond. H264: NAL units behind start codes, parameter sets apart in
    ``config``; the others as their decoders take them, ``config`` empty."""

    source: int
    codec: str
    ticks: int
    data: bytes
    keyframe: bool
    config: bytes = b""


def h264_units(payloads: Sequence[bytes]) -> list[bytes] | None:
    """The NAL units of one picture's payloads; None when they do not add up."""
    units: list[bytes] = []
    fragments: bytearray | None = None
    for payload in payloads:
        if not payload:
            continue
        kind = payload[0] & 0x1F
        if kind == _FU_A:
            if len(payload) < 3:
                return None
            if payload[1] & 0x80:
                fragments = bytearray((payload[0] & 0xE0 | payload[1] & 0x1F,))
            if fragments is None:
                return None
            fragments += payload[2:]
            if payload[1] & 0x40:
                units.append(bytes(fragments))
                fragments = None
            continue
        if fragments is not None:
            return None
        if kind == _STAP_A:
            position = 1
            while position < len(payload):
                size = int.from_bytes(payload[position : position + 2])
                unit = payload[position + 2 : position + 2 + size]
                if not size or len(unit) != size:
                    return None
                units.append(unit)
                position += 2 + size
        elif 1 <= kind <= 23:
            units.append(payload)
        else:
            return None
    return None if fragments is not None else units


def split_units(stream: bytes) -> list[bytes]:
    """The NAL units between start codes (ITU-T H.264 annex B)."""
    units = []
    for piece in stream.split(b"\x00\x00\x01"):
        unit = piece.rstrip(b"\x00")
        if unit:
            units.append(unit)
    return units


class Parameters:
    """The parameter sets that an H264 stream has shown last."""

    def __init__(self) -> None:
        self._sets: dict[int, bytes] = {}

    def picture(self, source: int, ticks: int, units: Sequence[bytes]) -> Picture | None:
        """A picture of these units; None when there is none in them, or nothing to start it with."""
        rest = []
        for unit in units:
            kind = unit[0] & 0x1F
            if kind in (_SPS, _PPS):
                self._sets[kind] = unit
            elif kind not in (_DELIMITER, _FILLER):
                rest.append(unit)
        keyframe = any(unit[0] & 0x1F == _IDR for unit in rest)
        if not any(1 <= unit[0] & 0x1F <= _IDR for unit in rest) or len(self._sets) < 2:
            return None
        config = START_CODE + self._sets[_SPS] + START_CODE + self._sets[_PPS]
        return Picture(source, "H264", ticks, b"".join(START_CODE + unit for unit in rest), keyframe, config)


def _vp8(payload: bytes) -> bytes | None:
    if not payload:
        return None
    position = 1
    if payload[0] & 0x80:
        if len(payload) < 2:
            return None
        flags, position = payload[1], 2
        if flags & 0x80:
            if len(payload) <= position:
                return None
            position += 2 if payload[position] & 0x80 else 1
        position += bool(flags & 0x40) + bool(flags & 0x30)
    return payload[position:]


def _vp9(payload: bytes) -> bytes | None:
    """RFC 9628 section 4.2: I P L F B E V Z, picture id, layer indices, references, scalability structure."""
    if not payload:
        return None
    flags, position = payload[0], 1
    try:
        if flags & 0x80:
            position += 2 if payload[position] & 0x80 else 1
        if flags & 0x20:
            position += 1 if flags & 0x10 else 2
        if flags & 0x10 and flags & 0x40:
            for _ in range(3):
                more = payload[position] & 0x01
                position += 1
                if not more:
                    break
        if flags & 0x02:
            head = payload[position]
            position += 1
            layers = (head >> 5) + 1
            if head & 0x10:
                position += 4 * layers
            if head & 0x08:
                groups = payload[position]
                position += 1
                for _ in range(groups):
                    position += 1 + (payload[position] >> 2 & 0x03)
    except IndexError:
        return None
    return payload[position:]


def _leb128(data: bytes, position: int) -> tuple[int, int] | None:
    """(value, position behind it) of an unsigned LEB128 number of at most four bytes."""
    value = 0
    for shift in range(4):
        if position >= len(data):
            return None
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << (7 * shift)
        if not byte & 0x80:
            return value, position
    return None


def _to_leb128(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


def av1_units(payloads: Sequence[bytes]) -> bytes | None:
    """A temporal unit in the low-overhead format: each OBU with its size (AV1 specification section 5.3)."""
    units: list[bytearray] = []
    for payload in payloads:
        if not payload:
            continue
        continues, count, position = payload[0] & 0x80, payload[0] >> 4 & 0x03, 1
        number = 0
        while position < len(payload):
            number += 1
            if count and number == count:
                size = len(payload) - position
            else:
                read = _leb128(payload, position)
                if read is None:
                    return None
                size, position = read
            piece = payload[position : position + size]
            if len(piece) != size:
                return None
            position += size
            if number == 1 and continues:
                if not units:
                    return None
                units[-1] += piece
            else:
                units.append(bytearray(piece))
    stream = bytearray(b"\x12\x00")  # a temporal delimiter
    for unit in units:
        if not unit:
            continue
        head = unit[0]
        header = 2 if head & 0x04 else 1
        body = bytes(unit[header:])
        if head & 0x02:  # it carries its size already
            stream += unit
        else:
            stream += bytes((head | 0x02,)) + bytes(unit[1:header]) + _to_leb128(len(body)) + body
    return bytes(stream) if len(stream) > 2 else None


def _joined(strip: Callable[[bytes], bytes | None], payloads: Sequence[bytes]) -> bytes | None:
    pieces = [strip(payload) for payload in payloads if payload]
    if any(piece is None for piece in pieces):
        return None
    return b"".join(piece for piece in pieces if piece is not None) or None


class Assembler:
    """Pictures of one source. After a loss nothing comes until the next keyframe; ``waits`` says so."""

    def __init__(self, source: int, codec: str) -> None:
        self.source = source
        self.codec = codec
        self.waits = True
        self._packets: list[MediaPacket] = []
        self._parameters = Parameters()

    def push(self, packet: MediaPacket, hole: bool) -> list[Picture]:
        """``packet`` is the next in order; ``hole``: something before it is missing for good."""
        done: list[Picture] = []
        if hole:
            self._packets.clear()
            self.waits = True
        elif self._packets and self._packets[-1].ticks != packet.ticks:
            done += self._finish()
        self._packets.append(packet)
        if packet.marker:
            done += self._finish()
        return done

    def _finish(self) -> list[Picture]:
        packets, self._packets = self._packets, []
        payloads = [packet.payload for packet in packets]
        if not any(payloads):
            return []  # padding
        picture = self._picture(packets[0].ticks, payloads)
        if picture is None:
            # Parameter sets may come in a picture time of their own; anything else that gives nothing is a loss.
            self.waits = self.waits or self.codec != "H264"
            return []
        if self.waits and not picture.keyframe:
            return []
        self.waits = False
        return [picture]

    def _picture(self, ticks: int, payloads: list[bytes]) -> Picture | None:
        if self.codec == "H264":
            units = h264_units(payloads)
            if units is None:
                self.waits = True
                return None
            return self._parameters.picture(self.source, ticks, units)
        keyframe = starts_keyframe(self.codec, next(payload for payload in payloads if payload))
        if self.codec == "VP8":
            if vp8_header(next(payload for payload in payloads if payload)) is None:
                return None
            data = _joined(_vp8, payloads)
        elif self.codec == "VP9":
            data = _joined(_vp9, payloads)
        else:
            data = av1_units(payloads)
        return None if data is None else Picture(self.source, self.codec, ticks, data, keyframe)
