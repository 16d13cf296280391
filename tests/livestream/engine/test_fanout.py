"""Packets as viewers get them: shapes, direct sending, congestion, repeats."""

from __future__ import annotations

import socket
from collections import Counter
from dataclasses import replace

from aiortc.rtp import RtpPacket

from livestream.engine import rtp
from livestream.engine.clock import ShowClock
from livestream.engine.incoming import IncomingStream
from livestream.engine.outgoing import OutgoingStream, TransportNumbers
from livestream.engine.plan import Codec, MediaPlan
from livestream.engine.rewriting import Shape, match_codec, shape_key
from livestream.media import EndReason
from tests.livestream.engine.world import VIEWER_EXTENSIONS, VIEWER_VP8, VP8, vp8_payload


class Sent:
    """A transport without a socket of its own: keeps what it is given."""

    session_id = "viewer"
    round_trip_ms: float | None = None

    def __init__(self) -> None:
        self.packets: list[bytes] = []

    def send_rtp(self, packet: bytes | bytearray) -> None:
        self.packets.append(bytes(packet))

    def send_rtcp(self, compound: bytes) -> None: ...

    def close(self, reason: EndReason) -> None: ...


class FullSocket:
    """A socket that takes nothing while ``full``."""

    def __init__(self) -> None:
        self.full = False
        self.packets: list[bytes] = []

    def sendto(self, packet: bytes, address: tuple[str, int]) -> None:
        if self.full:
            raise BlockingIOError
        self.packets.append(packet)


class Direct(Sent):
    def __init__(self, sock: FullSocket | socket.socket) -> None:
        super().__init__()
        self.sock = sock
        self.address: tuple[str, int] | None = ("127.0.0.1", 9)

    def protect_rtp(self, packet: bytes) -> bytes:
        return packet + b"tag"


class Stage:
    def __init__(self) -> None:
        self.clock = ShowClock()
        self.clock.start(0.0, 1.0, 0.0)
        self.stream = IncomingStream("video", None, 5, VP8, 0.0, 1.0)
        self.stream.fan_out.counters = self.counters = Counter[str]()
        self.now = 1.0

    def packet(
        self, sequence: int, *, key: bool = False, first: bool = True, marker: bool = True, timestamp: int | None = None
    ) -> None:
        stamp = sequence * 3000 if timestamp is None else timestamp
        data = rtp.HEADER.pack(0x80, 96 | (0x80 if marker else 0), sequence & 0xFFFF, stamp, 5)
        packet = rtp.parse(data + vp8_payload(sequence, sequence, first, key, b"body"))
        assert packet is not None
        self.now += 0.01
        arrival = self.stream.receive(packet, VP8, self.now, self.clock, False)
        newest = packet.index == self.stream.newest
        self.stream.fan_out.forward(packet, self.now, newest)
        if key and arrival.value == "keyframe":
            self.stream.fan_out.start_waiting(packet, self.now)

    def viewer(
        self, transport: Sent, codec: Codec = VIEWER_VP8, extensions: dict[str, int] | None = None, ssrc: int = 70
    ) -> OutgoingStream:
        known = VIEWER_EXTENSIONS if extensions is None else extensions
        plan = MediaPlan("video", "v", (codec,), known, ssrc=ssrc, rtx_ssrc=ssrc + 1)
        out = OutgoingStream(plan, transport, TransportNumbers(), 40_000, 9)
        self.stream.fan_out.want(out, self.now)
        return out


def test_everybody_starts_at_the_keyframe_with_their_own_numbers() -> None:
    stage = Stage()
    one, two = Sent(), Sent()
    stage.viewer(one, ssrc=70)
    stage.viewer(two, replace(VIEWER_VP8, payload_type=100), ssrc=80)
    stage.packet(1)
    stage.packet(2, key=True)
    stage.packet(3)
    parsed = [[RtpPacket.parse(data) for data in sent.packets] for sent in (one, two)]
    assert [[(p.sequence_number, p.payload_type, p.ssrc) for p in packets] for packets in parsed] == [
        [(40_000, 120, 70), (40_001, 120, 70)],
        [(40_000, 100, 80), (40_001, 100, 80)],
    ]
    assert [p.timestamp for p in parsed[0]] == [p.timestamp for p in parsed[1]]


def test_what_was_overtaken_before_the_start_is_dropped_and_after_it_is_sent() -> None:
    stage = Stage()
    sent = Sent()
    stage.viewer(sent)
    stage.packet(10, key=True)
    stage.packet(9)
    stage.packet(13)
    stage.packet(12)
    assert [RtpPacket.parse(data).sequence_number for data in sent.packets] == [40_000, 40_003, 40_002]


def test_a_straggler_of_the_first_frame_after_a_switch_is_stamped_like_the_rest_of_it() -> None:
    stage = Stage()
    sent = Sent()
    out = stage.viewer(sent)
    out.last_ticks = 10_000_000  # the layer before has shown this moment already
    stage.packet(1, key=True, marker=False, timestamp=3000)
    stage.packet(2, first=False, marker=False, timestamp=3000)
    stage.packet(4, timestamp=6000)
    stage.stream.fan_out.pump(stage.now, 100)
    stage.packet(3, first=False, timestamp=3000)
    stamps = {RtpPacket.parse(data).sequence_number: RtpPacket.parse(data).timestamp for data in sent.packets}
    assert [stamps[40_000 + one] for one in (0, 1, 2)] == [10_000_001] * 3
    out.repeat(40_002 & 0xFFFF, stage.now, 0.01)
    assert RtpPacket.parse(sent.packets[-1]).timestamp == 10_000_001


def test_an_empty_capture_time_moves_nothing() -> None:
    """A host may send one (RFC 8285 section 4.3); a viewer's packet keeps its form."""
    stage = Stage()
    sent = Sent()
    stage.stream.fan_out.capture_id = 9
    stage.viewer(sent)
    body = vp8_payload(1, 1, True, True, b"body")
    for sequence, capture in ((1, bytes(8)), (2, b"")):
        block, _ = rtp.pack_extensions([(9, capture)])
        packet = rtp.parse(rtp.HEADER.pack(0x90, 96, sequence, 3000, 5) + block + body)
        assert packet is not None
        assert packet.extensions == {9: capture}
        stage.stream.receive(packet, VP8, stage.now, stage.clock, False)
        stage.stream.fan_out.forward(packet, stage.now, True)
        stage.stream.fan_out.start_waiting(packet, stage.now)
    parsed = [rtp.parse(data) for data in sent.packets]
    assert len(parsed) == 2
    for one in parsed:
        assert one is not None
        assert one.extensions[VIEWER_EXTENSIONS[rtp.MID]] == b"v"
        assert len(one.extensions[VIEWER_EXTENSIONS[rtp.ABS_SEND_TIME]]) == 3


def test_a_full_socket_costs_the_rest_of_the_frame_and_nothing_else() -> None:
    stage = Stage()
    sock = FullSocket()
    stage.viewer(Direct(sock))
    stage.packet(1, key=True, timestamp=3000)
    sock.full = True
    stage.packet(2, marker=False, timestamp=6000)
    sock.full = False
    stage.packet(3, first=False, marker=False, timestamp=6000)
    stage.packet(4, first=False, timestamp=6000)
    stage.packet(5, timestamp=9000)
    assert [RtpPacket.parse(data).sequence_number for data in sock.packets] == [40_000, 40_004]
    assert stage.counters["packets_dropped_congested"] == 3
    assert all(data.endswith(b"tag") for data in sock.packets)


def test_a_viewer_without_an_address_costs_the_others_nothing() -> None:
    stage = Stage()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as real:
        lost, sock = Direct(real), FullSocket()
        stage.viewer(lost, ssrc=70)
        stage.viewer(Direct(sock), ssrc=80)
        stage.packet(1, key=True)
        lost.address = None
        stage.packet(2)
    assert len(sock.packets) == 2


def test_repeats_go_by_rtx_and_are_limited() -> None:
    stage = Stage()
    sent = Sent()
    out = stage.viewer(sent)
    for sequence in range(1, 400):
        stage.packet(sequence, key=sequence == 1)
    sent.packets.clear()
    assert out.repeat(40_002, stage.now, 0.05) == "nack_answered"
    repeat = RtpPacket.parse(sent.packets[0])
    assert (repeat.payload_type, repeat.ssrc, repeat.sequence_number) == (121, 71, 9)
    assert int.from_bytes(repeat.payload[:2], "big") == 40_002
    assert out.repeat(40_002, stage.now + 0.05, 0.05) == "nack_repeated_early"
    assert out.repeat(40_002, stage.now + 0.11, 0.05) == "nack_answered"
    assert out.repeat(39_000, stage.now, 0.05) == "nack_unknown"
    assert out.repeat(50_000, stage.now, 0.05) == "nack_unknown"  # not sent yet
    now, answers = stage.now + 1.0, Counter[str]()
    for _ in range(40):
        now += 0.001
        answers.update(out.repeat(40_000 + number, now, 0.0) for number in range(390))
    assert answers["nack_over_limit"] > 1000
    assert sum(len(data) for data in sent.packets) < 250_000


def test_without_rtx_a_repeat_is_byte_for_byte_the_same() -> None:
    plain = replace(VIEWER_VP8, rtx_payload_type=None)
    stage = Stage()
    sent = Sent()
    out = stage.viewer(sent, plain)
    stage.packet(1, key=True)
    stage.packet(2)
    before = sent.packets[1]
    assert out.repeat(40_001, stage.now + 5.0, 0.05) == "nack_answered"
    assert sent.packets[2] == before


def test_transport_numbers_run_where_the_viewer_has_no_remb() -> None:
    extensions = {rtp.TRANSPORT_CC: 5, rtp.MID: 3, rtp.ABS_SEND_TIME: 4}
    stage = Stage()
    sent, remb = Sent(), Sent()
    stage.viewer(sent, replace(VIEWER_VP8, remb=False), extensions)
    stage.viewer(remb, VIEWER_VP8, extensions, ssrc=80)
    stage.packet(1, key=True)
    stage.packet(2)
    stage.packet(3)
    numbers = []
    for data in sent.packets:
        packet = rtp.parse(data)
        assert packet is not None
        assert packet.extensions[3] == b"v"
        assert len(packet.extensions[4]) == 3
        numbers.append(int.from_bytes(packet.extensions[5], "big"))
    assert numbers == [0, 1, 2]
    packet = rtp.parse(remb.packets[0])
    assert packet is not None
    assert 5 not in packet.extensions


def test_capture_times_do_not_move_the_patched_fields() -> None:
    data = rtp.HEADER.pack(0x80, 96, 1, 2, 3) + b"payload"
    packet = rtp.parse(data)
    assert packet is not None
    for capture_id in (9, 20):
        key = (96, 97, (1, b"m"), capture_id, 2, 3, 0, 0)
        for capture in (None, b"12345678", b"0123456789abcdef"):
            shape = Shape(key)
            buffer = shape.build(packet, capture, 1.5)
            assert shape.transport_at is not None
            buffer[shape.transport_at : shape.transport_at + 2] = b"\xab\xcd"
            parsed = rtp.parse(bytes(buffer))
            assert parsed is not None
            assert parsed.extensions[3] == b"\xab\xcd"
            assert parsed.extensions[2] == (int(1.5 * 262144)).to_bytes(3, "big")
            assert parsed.extensions.get(capture_id) in (capture, b"" if capture is None else capture)
            assert parsed.payload == b"payload"


def test_h264_goes_to_the_nearest_profile() -> None:
    def h264(payload_type: int, profile: str, mode: int) -> Codec:
        return Codec("H264", payload_type, 90000, fmtp=f"packetization-mode={mode};profile-level-id={profile}")

    plan = MediaPlan("video", "v", (h264(1, "42001f", 1), h264(2, "42e01f", 0), h264(3, "42e01f", 1)))
    assert match_codec(h264(9, "42E034", 1), plan) == plan.codecs[2]
    assert match_codec(h264(9, "640032", 1), plan) == plan.codecs[0]
    assert match_codec(h264(9, "640032", 0), plan) == plan.codecs[1]
    assert match_codec(VP8, plan) is None
    assert shape_key(plan, plan.codecs[0])[0] == 1


def test_viewers_who_cannot_play_the_codec_are_left_in_peace() -> None:
    stage = Stage()
    sent = Sent()
    out = stage.viewer(sent, Codec("H264", 102, 90000))
    stage.packet(1, key=True)
    stage.packet(2)
    assert sent.packets == []
    assert out.wanted is None
    assert stage.counters["viewers_without_codec"] == 1
