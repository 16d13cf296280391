"""RTCP read from aiortc's writers and written for aiortc's readers; one malformed packet leaves the others alone."""

from __future__ import annotations

import struct

import pytest
from aiortc.rtp import (
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSdesPacket,
    RtcpSrPacket,
    unpack_remb_fci,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from livestream.engine import rtcp


def test_reports() -> None:
    compound = rtcp.sender_report(5, 1 << 40, 1 << 33 | 7, 10, 20)
    info = RtcpReceiverInfo(ssrc=9, fraction_lost=64, packets_lost=3, highest_sequence=1, jitter=8, lsr=77, dlsr=32768)
    compound += bytes(RtcpRrPacket(ssrc=1, reports=[info]))
    messages, malformed = rtcp.parse_compound(compound)
    assert malformed == 0
    assert messages == [
        rtcp.SenderReport(5, 1 << 40, 7),
        rtcp.ReceptionReport(9, 0.25, 77, 0.5, 8, 1, 3),
    ]


def test_receiver_report_clamps_to_its_fields() -> None:
    block = rtcp.ReceptionBlock(3, 300, -(1 << 30), 1 << 40, 5, 6, 7)
    (parsed,) = RtcpPacket.parse(rtcp.receiver_report(1, [block] * 40))
    assert isinstance(parsed, RtcpRrPacket)
    assert len(parsed.reports) == 31
    assert (parsed.reports[0].fraction_lost, parsed.reports[0].packets_lost) == (255, -0x800000)


def test_nack_both_ways() -> None:
    sequences = [65534, 65535, 0, 3, 40, 1000]
    (parsed,) = RtcpPacket.parse(rtcp.nack(1, 2, sequences))
    assert isinstance(parsed, RtcpRtpfbPacket)
    assert [number & 0xFFFF for number in parsed.lost] == sequences
    assert rtcp.parse_compound(rtcp.nack(1, 2, sequences))[0] == [rtcp.Nack(2, tuple(sequences))]


def test_a_huge_nack_is_cut() -> None:
    items = struct.pack("!HH", 0, 0xFFFF) * 300
    compound = struct.pack("!BBHII", 0x81, 205, 302, 1, 2) + items
    (message,), malformed = rtcp.parse_compound(compound)
    assert isinstance(message, rtcp.Nack)
    assert len(message.sequences) == 512
    assert malformed == 0


def test_many_nacks_and_packets_of_one_datagram_are_cut() -> None:
    """A datagram of strangers costs at most what 512 numbers in 32 packets cost."""
    small = struct.pack("!BBHIIHH", 0x81, 205, 3, 1, 2, 0, 0xFFFF)
    messages, malformed = rtcp.parse_compound(small * 90)
    assert sum(len(message.sequences) for message in messages if isinstance(message, rtcp.Nack)) == 512
    assert len(messages) == 32
    assert malformed == 1


def test_a_truncated_nack_is_malformed() -> None:
    assert rtcp.parse_compound(struct.pack("!BBHII", 0x81, 205, 2, 1, 2)) == ([], 1)


def test_keyframe_requests() -> None:
    fir = bytes(RtcpPsfbPacket(fmt=4, ssrc=1, media_ssrc=0, fci=struct.pack("!II", 8, 1 << 24) * 2))
    messages, _ = rtcp.parse_compound(rtcp.picture_loss(1, 7) + fir)
    assert messages == [rtcp.KeyframeRequest(7), rtcp.KeyframeRequest(8), rtcp.KeyframeRequest(8)]


def test_bandwidth_estimates() -> None:
    compound = rtcp.bandwidth_estimate(1, 1_000_000, [5, 6])
    (parsed,) = RtcpPacket.parse(compound)
    assert isinstance(parsed, RtcpPsfbPacket)
    bitrate, ssrcs = unpack_remb_fci(parsed.fci)
    assert bitrate == pytest.approx(1_000_000, rel=0.01)
    assert ssrcs == [5, 6]
    assert rtcp.parse_compound(compound)[0] == [rtcp.BandwidthEstimate(bitrate)]


def test_description_names_the_source() -> None:
    (parsed,) = RtcpPacket.parse(rtcp.description(5, "abc"))
    assert isinstance(parsed, RtcpSdesPacket)
    assert parsed.chunks[0].items == [(1, b"abc")]


def test_one_malformed_packet_leaves_the_others_alone() -> None:
    broken = struct.pack("!BBHI", 0x85, 201, 1, 1)  # five reports announced, none there
    messages, malformed = rtcp.parse_compound(broken + rtcp.picture_loss(1, 7) + b"\x80")
    assert messages == [rtcp.KeyframeRequest(7)]
    assert malformed == 2


def test_unread_kinds_are_not_malformed() -> None:
    application = struct.pack("!BBHI", 0x80, 204, 2, 1) + b"name"
    assert rtcp.parse_compound(application) == ([], 0)
    assert isinstance(RtcpPacket.parse(rtcp.sender_report(1, 2, 3, 4, 5))[0], RtcpSrPacket)


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0x80, 0xBF), st.integers(198, 208), st.binary(max_size=48)), max_size=4),
    st.binary(max_size=9),
)
def test_any_compound_is_survived(parts: list[tuple[int, int, bytes]], tail: bytes) -> None:
    compound = b""
    for first, kind, body in parts:
        body += bytes(-len(body) % 4)
        compound += struct.pack("!BBH", first, kind, len(body) // 4) + body
    messages, malformed = rtcp.parse_compound(compound + tail)
    assert malformed >= 0
    assert len(messages) <= 200
