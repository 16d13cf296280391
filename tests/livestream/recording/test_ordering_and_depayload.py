"""Packets in order and pictures from them: overtaken, repeated, lost; and what strangers may send."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livestream.media import MediaPacket
from livestream.recording import wire
from livestream.recording.depayload import START_CODE, Assembler, Picture, av1_units, h264_units, split_units
from livestream.recording.ordering import Ordering
from tests.livestream.recording.samples import h264, packets


def video(seconds: int = 2) -> list[MediaPacket]:
    return [packet for packet in packets(seconds) if packet.kind == "video"]


def assemble(given_packets: list[MediaPacket], patience: int = 36_000) -> list[Picture]:
    order, assembler = Ordering(patience), Assembler(1, "H264")
    return [
        picture for packet in given_packets for one, hole in order.push(packet) for picture in assembler.push(one, hole)
    ]


def test_pictures_are_what_the_encoder_made() -> None:
    found = assemble(video())
    made = h264(2)
    assert [picture.ticks for picture in found] == [90_000 + ticks for ticks, _ in made]
    for picture, (_, unit) in zip(found, made, strict=True):
        units = [one for one in split_units(unit) if one[0] & 0x1F not in (7, 8, 9)]
        assert picture.data == b"".join(START_CODE + one for one in units)
    assert [index for index, picture in enumerate(found) if picture.keyframe] == [0]
    assert len({picture.config for picture in found}) == 1


def test_overtaken_and_repeated_packets_change_nothing() -> None:
    sent = video()
    chance = random.Random(5)
    shuffled = sent[:1]
    rest = [(index + chance.uniform(0, 12), packet) for index, packet in enumerate(sent[1:])]
    shuffled += [packet for _, packet in sorted(rest, key=lambda one: one[0])]
    shuffled = [packet for packet in shuffled for _ in range(chance.choice((1, 1, 2)))]
    assert assemble(shuffled) == assemble(sent)


def test_after_a_loss_nothing_comes_until_the_next_keyframe() -> None:
    sent = [packet for packet in packets(3, every=30) if packet.kind == "video"]
    lost = next(packet.index for packet in sent if packet.ticks == 90_000 + 10 * 3_000)
    found = [(picture.ticks - 90_000) // 3_000 for picture in assemble([one for one in sent if one.index != lost])]
    assert found == [*range(10), *range(30, 90)]


def test_a_packet_over_the_wire_is_the_same() -> None:
    for packet in packets(1):
        encoded = wire.encode(packet)
        assert encoded is not None
        assert wire.decode(encoded) == packet


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=6), st.sampled_from(["H264", "VP8", "VP9", "AV1"]))
@settings(max_examples=300, deadline=None)
def test_no_payload_breaks_anything(found: list[bytes], codec: str) -> None:
    assembler = Assembler(1, codec)
    for index, payload in enumerate(found):
        assembler.push(MediaPacket(1, "video", codec, index, 0, index == len(found) - 1, payload), False)
    h264_units(found)
    av1_units(found)


def test_av1_units_get_their_sizes() -> None:
    # A sequence header whole, a frame over two packets: Z, Y and W as in section 4.4 of AOM's RTP specification.
    first = bytes((0x68,)) + bytes((2,)) + b"\x08\xaa" + b"\x30\x01\x02"  # Y=1, W=2, N=1
    second = bytes((0x90,)) + b"\x03\x04"  # Z=1, W=1
    assert av1_units([first, second]) == b"\x12\x00" + b"\x0a\x01\xaa" + b"\x32\x04\x01\x02\x03\x04"
    assert av1_units([second]) is None


@pytest.mark.parametrize("seconds", [1])
def test_a_stream_that_begins_in_the_middle_waits(seconds: int) -> None:
    sent = [packet for packet in packets(seconds) if packet.kind == "video"][5:]
    assert assemble(sent) == []
