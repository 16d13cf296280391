"""Where a keyframe starts, seen from the payload headers alone: nothing is decoded.

One function per codec: does this packet's payload begin (or carry) what a decoder can start from?
"""

from __future__ import annotations

from collections.abc import Callable

# H264 NAL unit types (RFC 6184 section 5.2, ITU-T H.264 table 7-1)
_IDR, _SPS, _STAP_A, _FU_A = 5, 7, 24, 28


def h264_units(payload: bytes) -> tuple[int, ...]:
    """The NAL unit types that start in this payload; empty for the middle of a fragmented unit or a malformed one."""
    if not payload:
        return ()
    unit = payload[0] & 0x1F
    if unit == _STAP_A:  # RFC 6184 section 5.7.1: 16-bit size before each unit
        units = []
        position = 1
        while position + 2 < len(payload):
            size = payload[position] << 8 | payload[position + 1]
            if size == 0 or position + 2 + size > len(payload):
                break
            units.append(payload[position + 2] & 0x1F)
            position += 2 + size
        return tuple(units)
    if unit == _FU_A:  # section 5.8: the start bit marks the first fragment
        return (payload[1] & 0x1F,) if len(payload) >= 2 and payload[1] & 0x80 else ()
    return (unit,)


def h264_has_parameters(payload: bytes) -> bool:
    """A sequence parameter set: whoever starts here needs nothing from before."""
    return _SPS in h264_units(payload)


def _h264(payload: bytes) -> bool:
    return any(unit in (_SPS, _IDR) for unit in h264_units(payload))


def vp8_header(payload: bytes) -> int | None:
    """Where the VP8 frame header starts if this packet begins a frame (RFC 7741 section 4.2: S=1, PID=0), else None."""
    if not payload or payload[0] & 0x17 != 0x10:
        return None
    position = 1
    if payload[0] & 0x80:
        if len(payload) < 2:
            return None
        flags = payload[1]
        position = 2
        if flags & 0x80:
            if len(payload) <= position:
                return None
            position += 2 if payload[position] & 0x80 else 1
        position += bool(flags & 0x40) + bool(flags & 0x30)
    return position if position < len(payload) else None


def _vp8(payload: bytes) -> bool:
    header = vp8_header(payload)
    return header is not None and not payload[header] & 0x01  # RFC 6386 section 9.1: P=0 is a key frame


def vp9_layer(payload: bytes) -> int | None:
    """The spatial layer that starts in this packet of a picture without prediction from earlier ones, else None.

    RFC 9628 section 4.2: I P L F B E V Z; the layer byte holds TID (3), U (1), SID (3), D (1).
    """
    if not payload or payload[0] & 0x48 != 0x08:  # P=0, B=1
        return None
    if not payload[0] & 0x20:
        return 0
    position = 1
    if payload[0] & 0x80:
        if len(payload) < 2:
            return None
        position += 2 if payload[1] & 0x80 else 1
    return (payload[position] >> 1) & 0x07 if position < len(payload) else None


def _vp9(payload: bytes) -> bool:
    return vp9_layer(payload) == 0


def _av1(payload: bytes) -> bool:
    # AV1 RTP specification section 4.4, aggregation header Z Y W W N: N=1 starts a coded video sequence, Z=0 a new unit.
    return len(payload) > 1 and payload[0] & 0x88 == 0x08


_STARTS: dict[str, Callable[[bytes], bool]] = {"H264": _h264, "VP8": _vp8, "VP9": _vp9, "AV1": _av1}


def starts_keyframe(codec: str, payload: bytes) -> bool:
    """Whether a decoder may start at this packet. Unknown codecs: always, there is nothing to know."""
    detect = _STARTS.get(codec)
    return detect is None or detect(payload)


class KeyframeFinder:
    """Finds the first packet of the newest keyframe of one stream, in whatever order its packets come.

    H264 may carry parameter sets in packets of their own before the picture: once a stream has shown parameter sets, only
    they count as a start, since a picture without them cannot be shown to somebody who joins. A stream that
    never shows them (they were in the SDP) starts at the picture.
    """

    def __init__(self) -> None:
        self.start: int | None = None  # extended sequence number of the newest keyframe's first packet
        self.arrival = 0.0
        self._timestamp: int | None = None
        self._parameters_seen = False

    def observe(self, codec: str, payload: bytes, index: int, timestamp: int, now: float) -> bool:
        """True when this packet is the start of a keyframe newer than the one known, or an earlier start of the same."""
        if not starts_keyframe(codec, payload):
            return False
        if codec == "H264":
            if h264_has_parameters(payload):
                self._parameters_seen = True
            elif self._parameters_seen:
                return False
        if self.start is not None:
            if timestamp == self._timestamp:
                if index >= self.start:
                    return False
            elif index < self.start:
                return False
        self.start, self.arrival, self._timestamp = index, now, timestamp
        return True
