"""H264 parameter sets, remembered: an encoder may send them once, at its start, or only in its SDP (RFC 6184 section 8.2.2),
and whoever joins later could not decode anything. Where a keyframe comes without them they are put before it as a packet of
their own.
"""

from __future__ import annotations

import base64
import binascii

_IDR, _SPS, _PPS, _STAP_A, _FU_A = 5, 7, 8, 24, 28
_MOST = 8  # sets; encoders have one of each
_LARGEST = 256  # bytes; a sequence set with scaling lists and timing takes about 100


class ParameterSets:
    """Of one stream."""

    def __init__(self, fmtp: str = "") -> None:
        self._sets: dict[tuple[int, int], bytes] = {}  # by unit type and identifier
        self._with: int | None = None  # RTP timestamp of the picture that came with a sequence set
        self._put: int | None = None  # of the last picture that they were put before
        for unit in _described(fmtp):
            self._keep(unit)

    def before(self, payload: bytes, timestamp: int) -> bytes | None:
        """Look at a payload in the order of the stream; what to put before it, as the payload of one packet, or None."""
        if not payload:
            return None
        units = _units(payload)
        for unit in units:
            if unit[0] & 0x1F in (_SPS, _PPS):
                self._keep(unit)
                if unit[0] & 0x1F == _SPS:
                    self._with = timestamp
        if timestamp in (self._with, self._put) or not _starts_picture(payload, units):
            return None
        kept = [unit for _, unit in sorted(self._sets.items(), key=lambda one: one[0])]
        if {unit[0] & 0x1F for unit in kept} != {_SPS, _PPS}:
            return None
        self._put = timestamp
        return b"\x78" + b"".join(len(unit).to_bytes(2, "big") + unit for unit in kept)

    def _keep(self, unit: bytes) -> None:
        kind = unit[0] & 0x1F
        if kind not in (_SPS, _PPS) or not 4 <= len(unit) <= _LARGEST:
            return
        identifier = _exp_golomb(unit[4:] if kind == _SPS else unit[1:])
        if identifier is None:
            return
        key = (kind, identifier)
        if kind == _SPS and self._sets.get(key) != unit:
            # Another sequence set: picture sets that refer to the one before are worth nothing.
            self._sets = {known: value for known, value in self._sets.items() if known[0] == _SPS}
        if key in self._sets or len(self._sets) < _MOST:
            self._sets[key] = unit


def _units(payload: bytes) -> list[bytes]:
    """The whole units in a payload; none for a fragment."""
    kind = payload[0] & 0x1F
    if kind == _FU_A:
        return []
    if kind != _STAP_A:
        return [payload]
    found: list[bytes] = []
    position = 1
    while position + 2 < len(payload):
        size = payload[position] << 8 | payload[position + 1]
        unit = payload[position + 2 : position + 2 + size]
        if size == 0 or len(unit) < size:
            break
        found.append(unit)
        position += 2 + size
    return found


def _starts_picture(payload: bytes, units: list[bytes]) -> bool:
    """A picture that needs no other begins here."""
    if payload[0] & 0x1F == _FU_A:
        return len(payload) > 1 and payload[1] & 0x9F == 0x80 | _IDR
    return any(unit[0] & 0x1F == _IDR for unit in units)


def _exp_golomb(data: bytes) -> int | None:
    """The first ue(v) (ITU-T H.264 section 9.1); None: longer than any identifier."""
    bits = int.from_bytes(data[:4].ljust(4, b"\0"), "big")
    zeros = 32 - bits.bit_length()
    if zeros > 8:
        return None
    return (bits >> (31 - 2 * zeros)) - 1


def _described(fmtp: str) -> list[bytes]:
    """The units of sprop-parameter-sets (RFC 6184 section 8.1)."""
    for part in fmtp.split(";"):
        name, _, value = part.strip().partition("=")
        if name.lower() != "sprop-parameter-sets":
            continue
        try:
            units = [base64.b64decode(one + "=" * (-len(one) % 4), validate=True) for one in value.split(",")[:_MOST]]
        except (binascii.Error, ValueError):
            return []
        return [unit for unit in units if unit]
    return []
