"""RTP headers and extensions, read by us and by aiortc."""

from __future__ import annotations

import struct

from aiortc.rtp import RtpPacket
from hypothesis import given, settings
from hypothesis import strategies as st

from livestream.engine.rtp import HEADER, pack_extensions, parse, sequence_distance, timestamp_distance


def build(extensions: bytes = b"", payload: bytes = b"payload", first: int = 0x80) -> bytes:
    return HEADER.pack(first | (0x10 if extensions else 0), 0x80 | 96, 65535, 4_000_000_000, 7) + extensions + payload


def test_header_fields() -> None:
    packet = parse(build())
    assert packet is not None
    assert (packet.marker, packet.payload_type, packet.sequence) == (True, 96, 65535)
    assert (packet.timestamp, packet.ssrc, packet.payload) == (4_000_000_000, 7, b"payload")


def test_contributing_sources_and_padding_lie_outside_the_payload() -> None:
    packet = parse(build(payload=bytes(8) + b"abc" + b"\x00\x00\x03", first=0x80 | 0x20 | 2))
    assert packet is not None
    assert packet.payload == b"abc"


def test_one_byte_and_two_byte_extensions() -> None:
    block, positions = pack_extensions([(1, b"mid"), (14, b"x" * 16)])
    assert block[:2] == b"\xbe\xde"
    assert block[positions[0] : positions[0] + 3] == b"mid"
    packet = parse(build(block))
    assert packet is not None
    assert packet.extensions == {1: b"mid", 14: b"x" * 16}
    block, positions = pack_extensions([(1, b"mid"), (200, b"y" * 30)])
    assert block[:2] == b"\x10\x00"
    assert block[positions[1] : positions[1] + 30] == b"y" * 30
    packet = parse(build(block))
    assert packet is not None
    assert packet.extensions == {1: b"mid", 200: b"y" * 30}


def test_aiortc_reads_the_same_payload() -> None:
    data = build(pack_extensions([(3, b"ab")])[0])
    mine, theirs = parse(data), RtpPacket.parse(data)
    assert mine is not None
    assert mine.payload == theirs.payload


def test_retransmissions_are_unwrapped() -> None:
    packet = parse(build(payload=b"\x01\x02rest"))
    assert packet is not None
    assert packet.unwrap_retransmission(99)
    assert (packet.sequence, packet.ssrc, packet.payload) == (0x0102, 99, b"rest")
    probe = parse(build(payload=b""))
    assert probe is not None
    assert not probe.unwrap_retransmission(99)


def test_malformed_packets() -> None:
    whole = build(pack_extensions([(1, b"mid")])[0])
    assert parse(whole[:11]) is None
    assert parse(whole[:14]) is None  # extension header cut
    assert parse(whole[:18]) is None  # extension cut
    assert parse(b"\x40" + whole[1:]) is None  # version 1
    assert parse(build(first=0x8F, payload=b"short")) is None  # fifteen sources announced
    assert parse(build(first=0xA0, payload=b"\x00")) is None  # padding of zero bytes
    assert parse(build(first=0xA0, payload=b"\xff")) is None  # more padding than packet
    assert parse(build(b"\xbe\xde\x00\x01\x1f\x00\x00\x00")) is None  # element runs over the end


def test_distances_wrap() -> None:
    assert sequence_distance(2, 65534) == 4
    assert sequence_distance(65534, 2) == -4
    assert timestamp_distance(5, 0xFFFFFFFB) == 10
    assert timestamp_distance(0xFFFFFFFB, 5) == -10


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=80), st.integers(0x80, 0xBF))
def test_any_bytes_are_parsed_or_refused(data: bytes, first: int) -> None:
    packet = parse(bytes((first,)) + data)
    if packet is not None:
        assert 12 <= packet.payload_start <= packet.payload_end <= len(data) + 1
        assert struct.unpack_from("!H", data, 1)[0] == packet.sequence
