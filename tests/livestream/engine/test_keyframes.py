"""Where keyframes start, and how big they are, from payload headers of each codec."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livestream.engine.dimensions import dimensions
from livestream.engine.keyframes import KeyframeFinder, starts_keyframe

# A baseline sequence parameter set of 640x360 (40x23 macroblocks, eight rows cropped), as x264 writes it.
SPS = bytes.fromhex("6742c01eda0280bfe5c05a808080a0000003002000000781e2c5d4")
VP8_KEY = b"\x90\xe0\x81\x02\x03\x20" + b"\x10\x00\x00\x9d\x01\x2a" + struct.pack("<HH", 1280, 720)


def stap(*units: bytes) -> bytes:
    return b"\x78" + b"".join(struct.pack("!H", len(unit)) + unit for unit in units)


@pytest.mark.parametrize(
    ("codec", "payload", "expected"),
    [
        ("H264", SPS, True),
        ("H264", b"\x65\x88", True),
        ("H264", b"\x41\x9a", False),
        ("H264", stap(SPS, b"\x68\xce"), True),
        ("H264", stap(b"\x06\x05", b"\x41\x9a"), False),
        ("H264", b"\x7c\x85\x88", True),  # first fragment of an IDR picture
        ("H264", b"\x7c\x05\x88", False),  # a later one
        ("H264", b"\x78\xff\xff\x67", False),  # an aggregate that lies about its sizes
        ("VP8", VP8_KEY, True),
        ("VP8", b"\x10\x10\x00\x00", True),
        ("VP8", b"\x10\x11\x00\x00", False),  # predicted
        ("VP8", b"\x00\x10\x00\x00", False),  # not the beginning of a partition
        ("VP8", b"\x11\x10\x00\x00", False),  # a later partition
        ("VP9", b"\x88\x01", True),
        ("VP9", b"\xc8\x01", False),  # predicted
        ("VP9", b"\x80\x01", False),  # not the beginning
        ("VP9", b"\xa8\x01\x00\x00", True),
        ("VP9", b"\xa8\x01\x02\x00", False),  # an upper spatial layer
        ("AV1", b"\x18\x0a\x0b", True),
        ("AV1", b"\x10\x32\x0b", False),
        ("AV1", b"\x98\x0a\x0b", False),
    ],
)
def test_starts(codec: str, payload: bytes, expected: bool) -> None:
    assert starts_keyframe(codec, payload) is expected
    assert not starts_keyframe(codec, b"")


def test_dimensions_of_each_codec() -> None:
    assert dimensions("H264", SPS) == (640, 360)
    assert dimensions("H264", stap(SPS, b"\x68\xce")) == (640, 360)
    assert dimensions("VP8", VP8_KEY) == (1280, 720)
    structure = b"\x8a\x01" + bytes((0x10,)) + struct.pack("!HH", 854, 480)
    assert dimensions("VP9", structure) == (854, 480)
    # Sequence header of a 352x288 AV1 stream: profile 0, one operating point, 9 and 9 bits of size.
    bits = "000000000000" + "0" * 12 + "00000" + "1000" + "1000" + f"{351:09b}" + f"{287:09b}"
    header = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")
    assert dimensions("AV1", b"\x18\x08" + header) == (352, 288)
    assert dimensions("VP8", VP8_KEY[:10]) is None
    assert dimensions("H264", SPS[:5]) is None


def test_parameter_sets_in_their_own_packets_start_the_keyframe() -> None:
    finder = KeyframeFinder()
    assert finder.observe("H264", SPS, 10, 3000, 1.0)
    assert not finder.observe("H264", b"\x68\xce", 11, 3000, 1.0)
    assert not finder.observe("H264", b"\x65\x88", 12, 3000, 1.0)
    assert finder.start == 10
    # From now on a picture without parameters is no place to start.
    assert not finder.observe("H264", b"\x65\x88", 30, 9000, 2.0)
    assert finder.observe("H264", SPS, 40, 12000, 3.0)
    assert not finder.observe("H264", SPS, 20, 6000, 3.1)  # an older keyframe, repaired late
    assert finder.start == 40


def test_a_stream_without_parameter_sets_starts_at_its_pictures() -> None:
    finder = KeyframeFinder()
    assert finder.observe("H264", b"\x65\x88", 12, 3000, 1.0)
    assert not finder.observe("H264", b"\x65\x89", 13, 3000, 1.0)  # another slice of the same
    assert finder.observe("H264", b"\x65\x88", 11, 3000, 1.0)  # the first slice came late
    assert finder.start == 11


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(["H264", "VP8", "VP9", "AV1", "other"]), st.binary(max_size=60))
def test_any_payload_is_survived(codec: str, payload: bytes) -> None:
    starts_keyframe(codec, payload)
    size = dimensions(codec, payload)
    assert size is None or min(size) > 0
