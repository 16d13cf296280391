"""What codecs do at their edges: redundant sound, silence, parameter sets that come once, pictures that change their size."""

from __future__ import annotations

import base64
import itertools
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livestream.engine import rtcp
from livestream.engine.parameter_sets import ParameterSets
from livestream.engine.plan import Codec, Encoding, MediaPlan, SessionPlan
from livestream.engine.red import blocks
from tests.livestream.engine.test_publication import raw
from tests.livestream.engine.world import OPUS, FakeHost, FakeTransport, FakeViewer, Link, World, viewer_plan

RED = Codec("red", 63, 48000, 2, fmtp="111/111")
H264 = Codec("H264", 102, 90000, rtx_payload_type=103, nack=True, pli=True, fmtp="packetization-mode=1")
VIEWER_H264 = Codec("H264", 122, 90000, rtx_payload_type=123, nack=True, pli=True, fmtp="packetization-mode=1")
# Constrained baseline 4.0, 320x240, by x264; and the picture set that goes with it.
SPS = bytes.fromhex("67 42 c0 28 d9 01 41 fb 01 10 00 00 03 00 10 00 00 03 03 20 f1 83 19 20".replace(" ", ""))
PPS = bytes.fromhex("68 cb 83 cb 20".replace(" ", ""))


def red(primary: bytes, *earlier: tuple[int, bytes]) -> bytes:
    """``earlier``: (ticks before, sound), oldest first."""
    head = b"".join(
        (0x80 | 111).to_bytes(1, "big") + (ticks << 10 | len(data)).to_bytes(3, "big") for ticks, data in earlier
    )
    return head + bytes((111,)) + b"".join(data for _, data in earlier) + primary


def test_redundant_sound_is_taken_apart() -> None:
    found = blocks(red(b"new", (1920, b"oldest"), (960, b"old")))
    assert found is not None
    payload = red(b"new", (1920, b"oldest"), (960, b"old"))
    assert [(one.payload_type, one.earlier, payload[one.start : one.end]) for one in found] == [
        (111, 1920, b"oldest"),
        (111, 960, b"old"),
        (111, 0, b"new"),
    ]
    assert blocks(b"") is None
    assert blocks(b"\xef\x00") is None
    assert blocks(b"\xef\x0f\x00\xff\x6f") is None  # 255 bytes are announced and not there
    assert blocks(b"\xff" * 80) is None


@given(st.binary(max_size=60))
def test_any_bytes_are_redundant_sound_or_not(data: bytes) -> None:
    found = blocks(data)
    if found is not None:
        assert all(0 <= one.start <= one.end <= len(data) for one in found)


def sound_host(world: World) -> tuple[FakeTransport, object]:
    plan = SessionPlan("publish", MediaPlan("audio", "0", (RED, OPUS), {}, (Encoding(None, 600),)), None)
    transport = FakeTransport(world, "host", Link())
    return transport, world.forwarding.publish("show", plan, transport, world.now)


def test_what_a_host_lost_comes_out_of_the_next_packet() -> None:
    world = World()
    _, sink = sound_host(world)
    sink.connected(world.now)  # type: ignore[attr-defined]

    def send(number: int) -> None:
        sound = struct.pack("!I", number)
        before = struct.pack("!I", max(number - 1, 0))
        payload = red(sound, (960, before)) if number else red(sound)
        sink.rtp(raw(600, 65534 + number, number * 960, payload, kind=63), world.now)  # type: ignore[attr-defined]

    send(0)
    world.run(0.1)
    viewer = FakeViewer(world)
    for number in range(1, 12):
        if number not in (4, 7, 8):
            send(number)
        world.run(0.02)
    world.run(0.1)
    assert [number for number, _ in viewer.sounds] == [1, 2, 3, 4, 5, 6, 8, 9, 10, 11]
    stamps = [stamp for _, stamp in viewer.sounds]
    assert all(after - before in (960, 1920) for before, after in itertools.pairwise(stamps))
    assert world.counters["red_recovered"] == 2
    assert not world.counters.get("red_malformed")
    # One that was only late is not played twice.
    sink.rtp(raw(600, 65534 + 4, 4 * 960, red(struct.pack("!I", 4)), kind=63), world.now)  # type: ignore[attr-defined]
    world.run(0.1)
    assert len(viewer.sounds) == 10
    for bad in (b"", b"\xef", red(b"x")[:0] + bytes((55,)) + b"x"):
        sink.rtp(raw(600, 20, 30000, bad, kind=63), world.now)  # type: ignore[attr-defined]
    assert world.counters["red_malformed"] == 3


def test_silence_by_rare_packets_stops_neither_the_clock_nor_the_picture() -> None:
    """DTX: one packet in 400 ms, timestamps go on with time."""
    world = World()
    host = FakeHost(world)
    world.run(1.0)
    viewer = FakeViewer(world)
    world.run(1.0)
    host.audio_on = False
    for _ in range(10):
        world.run(0.4)
        host.sounds = int((world.now - host.started) * 50)
        host.sound()
    before = world.forwarding.show_ms("show", world.now) or 0
    host.sounds = int((world.now - host.started) * 50)
    host.audio_on = True
    world.run(2.0)
    assert (world.forwarding.show_ms("show", world.now) or 0) - before == pytest.approx(2000, abs=40)
    frames = [frame.timestamp for frame in viewer.complete]
    steps = {after - before for before, after in itertools.pairwise(frames)}
    assert max(steps) - min(steps) < 90 * 20
    assert not world.stalled


def test_parameter_sets_are_put_before_a_bare_keyframe_once() -> None:
    sets = ParameterSets()
    idr, part, middle = b"\x65\x88\x80", b"\x7c\x85\x88", b"\x7c\x05\x88"
    assert sets.before(idr, 0) is None  # nothing is known
    assert sets.before(SPS, 1) is None
    assert sets.before(PPS, 1) is None
    assert sets.before(idr, 1) is None  # it came with them
    assert sets.before(b"\x61\x88", 2) is None
    stap = sets.before(part, 3)
    assert stap == b"\x78" + len(SPS).to_bytes(2, "big") + SPS + len(PPS).to_bytes(2, "big") + PPS
    assert sets.before(part, 3) is None
    assert sets.before(middle, 4) is None
    described = ParameterSets(
        f"packetization-mode=1;sprop-parameter-sets={base64.b64encode(SPS).decode()},{base64.b64encode(PPS).decode()}"
    )
    assert described.before(idr, 5) == stap
    changed = SPS[:-1] + b"\x21"
    assert described.before(b"\x78" + len(changed).to_bytes(2, "big") + changed, 6) is None
    assert described.before(idr, 7) is None  # its picture set is not known yet
    described.before(PPS, 7)
    assert (
        described.before(idr, 8)
        == b"\x78" + len(changed).to_bytes(2, "big") + changed + len(PPS).to_bytes(2, "big") + PPS
    )
    assert ParameterSets("sprop-parameter-sets=%%%,").before(idr, 1) is None


@given(st.lists(st.binary(max_size=40), max_size=8), st.text(max_size=40))
def test_any_payloads_are_survived(payloads: list[bytes], fmtp: str) -> None:
    sets = ParameterSets("sprop-parameter-sets=" + fmtp)
    for number, payload in enumerate(payloads):
        sets.before(payload, number)


class BareHost:
    """H264 whose parameter sets come once; a keyframe of three packets each second, ten pictures a second."""

    def __init__(self, world: World, up: Link, fmtp: str = H264.fmtp) -> None:
        codec = Codec("H264", 102, 90000, rtx_payload_type=103, nack=True, pli=True, fmtp=fmtp)
        video = MediaPlan("video", "1", (codec,), {}, (Encoding(None, 700, 701),))
        self.world, self.up, self.transport = world, up, FakeTransport(world, "host", Link())
        self.transport.on_rtcp = self.rtcp
        self.sink = world.forwarding.publish("show", SessionPlan("publish", None, video), self.transport, world.now)
        self.sink.connected(world.now)
        self.sent: dict[int, bytes] = {}
        self.sequence, self.repeat, self.asked = 65500, 0, 0

    def send(self, payload: bytes, timestamp: int, marker: bool) -> None:
        data = raw(700, self.sequence, timestamp, payload, kind=102)
        if not marker:
            data = data[:1] + bytes((data[1] & 0x7F,)) + data[2:]
        self.sent[self.sequence] = data
        self.sequence = (self.sequence + 1) & 0xFFFF
        self.world.send(self.up, lambda: self.sink.rtp(data, self.world.now))

    def run(self, pictures: int, sets: bool = False) -> None:
        for number in range(pictures):
            timestamp = int((self.world.now - 1000.0) * 90000)
            if sets and number == 0:
                self.send(SPS, timestamp, False)
                self.send(PPS, timestamp, False)
            if number % 10 == 0:
                for part, head in enumerate((0x85, 0x05, 0x45)):
                    self.send(bytes((0x7C, head)) + struct.pack("!II", timestamp, part), timestamp, part == 2)
            else:
                self.send(b"\x61" + struct.pack("!II", timestamp, 9), timestamp, True)
            self.world.run(0.1)

    def rtcp(self, compound: bytes) -> None:
        for message in rtcp.parse_compound(compound)[0]:
            if isinstance(message, rtcp.Nack):
                for sequence in message.sequences:
                    self.asked += 1
                    data = self.sent[sequence]  # a number that was never sent here would be a KeyError
                    timestamp = struct.unpack_from("!I", data, 4)[0]
                    packet = raw(701, self.repeat, timestamp, struct.pack("!H", sequence) + data[12:], kind=103)
                    packet = packet[:1] + bytes((data[1] & 0x80 | 103,)) + packet[2:]
                    self.repeat += 1
                    self.world.send(self.up, lambda packet=packet: self.sink.rtp(packet, self.world.now))  # type: ignore[misc]


def units(viewer: FakeViewer) -> list[bytes]:
    known = viewer.packets[viewer.video.ssrc or 0]
    return [known[index].payload for index in sorted(known)]


@pytest.mark.parametrize("described", [False, True])
def test_who_joins_later_gets_parameter_sets_that_were_sent_once(described: bool) -> None:
    world = World()
    sprop = f";sprop-parameter-sets={base64.b64encode(SPS).decode()},{base64.b64encode(PPS).decode()}"
    host = BareHost(world, Link(), H264.fmtp + (sprop if described else ""))
    host.run(25, sets=not described)
    viewer = FakeViewer(world, plan=viewer_plan(1, (VIEWER_H264,)))
    host.run(25)
    got = units(viewer)
    assert got[0][0] & 0x1F == 24
    assert SPS in got[0]
    assert PPS in got[0]
    assert got[1][:2] == b"\x7c\x85"
    assert sum(one[0] & 0x1F == 24 for one in got) >= 3
    assert not viewer.gaps(viewer.video.ssrc)
    publication = world.forwarding.show_media("show", world.now).publication
    assert publication is not None
    assert (publication.layers[0].width, publication.layers[0].height) == (320, 240)


def test_what_is_put_in_does_not_disturb_repairs() -> None:
    world = World(seed=11)
    host = BareHost(world, Link(loss=0.1, delay=0.02))
    host.run(10, sets=True)
    viewer = FakeViewer(world, plan=viewer_plan(1, (VIEWER_H264,)))
    host.run(300)
    host.up.loss = 0.0
    host.run(5)
    assert host.asked > 20
    got = units(viewer)
    assert not viewer.gaps(viewer.video.ssrc)
    bodies = [struct.unpack("!II", one[-8:]) for one in got if one[0] & 0x1F not in (7, 8, 24)]
    assert bodies == sorted(bodies)
    assert len(bodies) == len(set(bodies))
    assert world.counters["parameter_sets_put"] > 15
    publication = world.forwarding.show_media("show", world.now).publication
    assert publication is not None
    assert publication.packet_loss < 0.02


def test_a_picture_that_changes_its_size_goes_on() -> None:
    """A phone that is turned, a screen that is shared: the same stream, another size from a keyframe on."""
    world = World()
    host = FakeHost(world)
    world.run(0.5)
    viewer = FakeViewer(world)
    for size in ((640, 360), (360, 640), (1920, 1080)):
        host.layers[0].size, host.layers[0].key = size, True
        world.run(1.0)
        publication = world.forwarding.show_media("show", world.now).publication
        assert publication is not None
        assert (publication.layers[0].width, publication.layers[0].height) == size
    assert not viewer.gaps(viewer.video.ssrc)
    pictures = [frame.picture for frame in viewer.complete]
    assert pictures == list(range(pictures[0], pictures[0] + len(pictures)))
