"""A picture's width and height, read from a keyframe's first packet, for the studio's statistics and for ordering layers.

Only what the headers say in plain sight; None where they do not (an AV1 sequence header that is not in the first unit,
an H264 profile with scaling lists). Nobody depends on it: a wrong guess costs an order of layers, never a picture.
"""

from __future__ import annotations

from collections.abc import Iterator

from livestream.engine.keyframes import vp8_header, vp9_layer

Size = tuple[int, int]


class _Bits:
    """Big-endian bit reader; IndexError past the end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    def read(self, count: int) -> int:
        value = 0
        for _ in range(count):
            value = value << 1 | self._data[self._position >> 3] >> (7 - (self._position & 7)) & 1
            self._position += 1
        return value

    def exp_golomb(self) -> int:
        """ITU-T H.264 section 9.1, unsigned."""
        zeros = 0
        while not self.read(1):
            zeros += 1
            if zeros > 31:
                raise IndexError("an Exp-Golomb code longer than 32 bits")
        return (1 << zeros) - 1 + self.read(zeros)


def dimensions(codec: str, payload: bytes) -> Size | None:
    """(width, height) in pixels if this payload starts a keyframe that says so."""
    try:
        if codec == "H264":
            for unit in _h264_units(payload):
                if unit[0] & 0x1F == 7:
                    return _h264(unit)
        elif codec == "VP8":
            return _vp8(payload)
        elif codec == "VP9":
            return _vp9(payload)
        elif codec == "AV1":
            return _av1(payload)
    except IndexError:
        pass
    return None


def _h264_units(payload: bytes) -> Iterator[bytes]:
    if payload[0] & 0x1F != 24:
        yield payload
        return
    position = 1
    while position + 2 < len(payload):
        size = payload[position] << 8 | payload[position + 1]
        if not size:
            return
        yield payload[position + 2 : position + 2 + size]
        position += 2 + size


def _h264(unit: bytes) -> Size | None:
    """ITU-T H.264 section 7.3.2.1.1, as far as the cropping rectangle."""
    bits = _Bits(unit[1:].replace(b"\x00\x00\x03", b"\x00\x00"))  # section 7.4.1: emulation prevention
    profile = bits.read(8)
    bits.read(16)
    bits.exp_golomb()  # seq_parameter_set_id
    chroma = 1
    if profile in (100, 110, 122, 244, 44, 83, 86, 118, 128):
        chroma = bits.exp_golomb()
        if chroma == 3:
            bits.read(1)
        bits.exp_golomb()
        bits.exp_golomb()
        bits.read(1)
        if bits.read(1):
            return None  # scaling lists: not worth reading for a statistic
    bits.exp_golomb()  # log2_max_frame_num
    order = bits.exp_golomb()
    if order == 0:
        bits.exp_golomb()
    elif order == 1:
        bits.read(1)
        bits.exp_golomb()
        bits.exp_golomb()
        for _ in range(min(bits.exp_golomb(), 255)):
            bits.exp_golomb()
    bits.exp_golomb()  # max_num_ref_frames
    bits.read(1)
    width = 16 * (bits.exp_golomb() + 1)
    rows = bits.exp_golomb() + 1
    frames_only = bits.read(1)
    height = 16 * rows * (2 - frames_only)
    if not frames_only:
        bits.read(1)
    bits.read(1)
    if bits.read(1):
        left, right, top, bottom = (bits.exp_golomb() for _ in range(4))
        across = 2 if chroma in (1, 2) else 1
        down = (2 if chroma == 1 else 1) * (2 - frames_only)
        width -= across * (left + right)
        height -= down * (top + bottom)
    return (width, height) if 0 < width <= 16384 and 0 < height <= 16384 else None


def _vp8(payload: bytes) -> Size | None:
    """RFC 6386 section 9.1: three bytes of frame tag, the start code, 14 bits each of width and height."""
    header = vp8_header(payload)
    if header is None or payload[header] & 1 or payload[header + 3 : header + 6] != b"\x9d\x01\x2a":
        return None
    width = (payload[header + 7] << 8 | payload[header + 6]) & 0x3FFF
    height = (payload[header + 9] << 8 | payload[header + 8]) & 0x3FFF
    return (width, height) if width and height else None


def _vp9(payload: bytes) -> Size | None:
    """From the scalability structure (RFC 9628 section 4.2.1): the largest spatial layer's size."""
    if vp9_layer(payload) is None or not payload[0] & 0x02:
        return None
    first = payload[0]
    position = 1
    if first & 0x80:
        position += 2 if payload[1] & 0x80 else 1
    if first & 0x20:
        position += 1 if first & 0x10 else 2  # TL0PICIDX follows the layer byte in non-flexible mode
    structure = payload[position]
    if not structure & 0x10:
        return None
    layers = (structure >> 5) + 1
    position += 1 + 4 * (layers - 1)
    width = payload[position] << 8 | payload[position + 1]
    height = payload[position + 2] << 8 | payload[position + 3]
    return (width, height) if width and height else None


def _av1(payload: bytes) -> Size | None:
    """AV1 bitstream section 5.5: the sequence header, when it is the first unit of the packet."""
    if payload[0] & 0x88 != 0x08:
        return None
    count = payload[0] >> 4 & 0x03
    position = 1
    if count != 1:  # a length (LEB128) precedes every unit but the last
        while payload[position] & 0x80:
            position += 1
        position += 1
    header = payload[position]
    if header >> 3 & 0x0F != 1:
        return None
    position += 2 if header & 0x04 else 1
    if header & 0x02:
        while payload[position] & 0x80:
            position += 1
        position += 1
    bits = _Bits(payload[position:])
    bits.read(4)  # profile, still_picture
    if bits.read(1):  # reduced_still_picture_header
        bits.read(5)
    else:
        if bits.read(1):
            return None  # timing information: rare in real-time video
        display_delay = bits.read(1)
        for _ in range(bits.read(5) + 1):
            bits.read(12)
            if bits.read(5) > 7:
                bits.read(1)
            if display_delay and bits.read(1):
                bits.read(4)
    across, down = bits.read(4) + 1, bits.read(4) + 1
    return bits.read(across) + 1, bits.read(down) + 1
