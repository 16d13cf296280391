"""A small world for the forwarding side: simulated time, a seeded network, hosts and viewers that behave like browsers.

Nothing sleeps. Packets are taken apart by aiortc's own parser, so that what we build is read by somebody else's code.
"""

from __future__ import annotations

import heapq
import itertools
import random
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiortc.codecs.vpx import VpxPayloadDescriptor
from aiortc.rtp import RtcpPacket, RtcpPsfbPacket, RtcpRrPacket, RtcpRtpfbPacket, RtcpSrPacket, RtpPacket

from livestream.engine import rtcp, rtp
from livestream.engine.clock import ntp_timestamp
from livestream.engine.forwarding import ShowForwarding
from livestream.engine.hot_path import PYTHON
from livestream.engine.plan import Codec, Encoding, MediaPlan, SessionPlan
from livestream.engine.ports import ForwardingEvents, Sink
from livestream.engine.twcc import parse_feedback
from livestream.media import EndReason
from tests.network.line import Line

if TYPE_CHECKING:
    from tests.livestream.engine.plumbing import Plumbing

WALL = 1_800_000_000.0
OPUS = Codec("opus", 111, 48000, 2)
VP8 = Codec("VP8", 96, 90000, rtx_payload_type=97, nack=True, pli=True, transport_cc=True)
VIEWER_OPUS = Codec("opus", 109, 48000, 2)
VIEWER_VP8 = Codec("VP8", 120, 90000, rtx_payload_type=121, nack=True, pli=True, remb=True)
OVERHEAD = 28 + 16  # bytes: UDP, IP, SRTP's tag
HOST_EXTENSIONS = {rtp.MID: 4, rtp.TRANSPORT_CC: 3, rtp.RID: 10, rtp.REPAIRED_RID: 11, rtp.ABS_CAPTURE_TIME: 8}
VIEWER_EXTENSIONS = {rtp.MID: 1, rtp.ABS_SEND_TIME: 2, rtp.ABS_CAPTURE_TIME: 7}


@dataclass
class Link:
    """One direction: loss 0..1, delay and additional random delay in seconds."""

    loss: float = 0.0
    delay: float = 0.01
    jitter: float = 0.0
    line: Line | None = None  # instead of all that


class World:
    plumbing: Plumbing | None = None  # set by ``each_hot_path`` for the compiled one

    def __init__(self, seed: int = 1) -> None:
        self.now = 1000.0
        self.random = random.Random(seed)
        self.started: list[tuple[str, str, int]] = []
        self.stalled: list[tuple[str, str]] = []
        self.viewer_counts: list[tuple[float, int]] = []
        self.forwarding = ShowForwarding(
            ForwardingEvents(
                lambda show, session, ms: self.started.append((show, session, ms)),
                lambda show, session: self.stalled.append((show, session)),
                lambda show, viewers: self.viewer_counts.append((self.now, viewers)),
            ),
            wall_clock=lambda: WALL + self.now,
            hot=PYTHON if self.plumbing is None else self.plumbing.hot,
        )
        self._order = itertools.count()
        self._queue: list[tuple[float, int, Callable[[], None]]] = []
        self.actors: list[Callable[[], None]] = []

    def at(self, time: float, call: Callable[[], None]) -> None:
        heapq.heappush(self._queue, (time, next(self._order), call))

    def send(self, link: Link, call: Callable[[], None], size: int = 100) -> None:
        """``size``: bytes, for a line that is narrow."""
        if link.line is not None:
            at = link.line.leaves(size + OVERHEAD, self.now)
            if at is not None:
                self.at(at, call)
        elif self.random.random() >= link.loss:
            self.at(self.now + link.delay + self.random.random() * link.jitter, call)

    def run(self, seconds: float) -> None:
        """In ticks of 10 ms, as the engine does."""
        end = self.now + seconds
        while self.now < end - 1e-9:
            tick = self.now + 0.01
            while self._queue and self._queue[0][0] <= tick:
                time, _, call = heapq.heappop(self._queue)
                self.now = max(self.now, time)
                call()
                self.drain()
            self.now = tick
            for actor in self.actors:
                actor()
                self.drain()
            self.forwarding.tick(self.now)
            self.drain()

    def drain(self) -> None:
        if self.plumbing is not None:
            self.plumbing.drain()

    @property
    def counters(self) -> dict[str, int]:
        return self.forwarding.counters()


class FakeTransport:
    def __init__(self, world: World, session_id: str, link: Link) -> None:
        self.world, self.session_id, self.link = world, session_id, link
        self.round_trip_ms: float | None = None
        self.on_rtp: Callable[[bytes], None] = lambda packet: None
        self.on_rtcp: Callable[[bytes], None] = lambda packet: None
        self.on_close: Callable[[], None] = lambda: None
        self.close_reasons: list[EndReason] = []
        if world.plumbing is not None:
            self.peer, self.sock = world.plumbing.attach(self.send_rtp), world.plumbing.sock

    def send_rtp(self, packet: bytes | bytearray) -> None:
        data = bytes(packet)
        self.world.send(self.link, lambda: self.on_rtp(data), len(data))

    def send_rtcp(self, compound: bytes) -> None:
        self.world.send(self.link, lambda: self.on_rtcp(compound), len(compound))

    def close(self, reason: EndReason) -> None:
        self.close_reasons.append(reason)
        self.world.at(self.world.now, self.on_close)


def vp8_payload(
    picture: int, base: int, first: bool, key: bool, body: bytes, size: tuple[int, int] = (640, 360)
) -> bytes:
    header = (
        bytes((0x90 if first else 0x80, 0xE0)) + struct.pack("!HB", 0x8000 | picture & 0x7FFF, base & 0xFF) + b"\x20"
    )
    if first:
        width, height = size
        tag = b"\x10\x00\x00\x9d\x01\x2a" + struct.pack("<HH", width, height) if key else b"\x11\x00\x00"
        header += tag
    return header + body


def host_plan(rids: tuple[str, ...] = (), audio: bool = True, video: bool = True, codec: Codec = VP8) -> SessionPlan:
    encodings = tuple(Encoding(rid) for rid in rids)
    return SessionPlan(
        "publish",
        MediaPlan("audio", "0", (OPUS,), HOST_EXTENSIONS) if audio else None,
        MediaPlan("video", "1", (codec,), HOST_EXTENSIONS, encodings) if video else None,
    )


def viewer_plan(
    number: int, codecs: tuple[Codec, ...] = (VIEWER_VP8,), extensions: dict[str, int] | None = None
) -> SessionPlan:
    extensions = VIEWER_EXTENSIONS if extensions is None else extensions
    return SessionPlan(
        "watch",
        MediaPlan("audio", "a0", (VIEWER_OPUS,), extensions, ssrc=number * 10 + 1),
        MediaPlan("video", "v1", codecs, extensions, ssrc=number * 10 + 2, rtx_ssrc=number * 10 + 3),
    )


@dataclass
class Layer:
    ssrc: int
    size: tuple[int, int]
    packets: int  # per frame
    body: int = field(default=1000, kw_only=True)  # bytes in a packet, at least
    key_packets: int
    rid: str | None = None
    sequence: int = 65500  # wraps soon
    base: int = 7
    key: bool = True
    on: bool = True
    sent: dict[int, bytes] = field(default_factory=dict)
    keyframes: int = 0
    pictures: int = 0
    base_picture: int = 100


class FakeHost:
    """Sends 30 frames and 50 sounds a second, answers PLI by a keyframe and NACK by RTX, numbers its transport.

    Each frame's packets carry ``frame number, packet number, packets`` as three 32-bit integers at their end.
    """

    def __init__(
        self,
        world: World,
        session_id: str = "host",
        show: str = "show",
        *,
        rids: tuple[tuple[str, tuple[int, int], int], ...] = (),
        key_packets: int = 5,
        up: Link | None = None,
        audio: bool = True,
        skew: float = 0.0,
        plan: SessionPlan | None = None,
    ) -> None:
        self.world = world
        self.up = up or Link()
        self.transport = FakeTransport(world, session_id, Link())
        self.transport.on_rtcp = self.rtcp
        self.transport.on_close = self.close
        self.plan = plan or host_plan(tuple(rid for rid, _, _ in rids), audio=audio)
        self.sink: Sink = world.forwarding.publish(show, self.plan, self.transport, world.now)
        seed = world.random.randrange(1 << 20)
        self.video_start = world.random.randrange(1 << 32)
        self.audio_start = world.random.randrange(1 << 32)
        self.started = world.now
        self.skew = skew  # the picture leaves so many seconds after the sound of the same moment
        if rids:
            self.layers = [
                Layer(seed * 16 + n, size, packets, max(key_packets, packets), rid, base_picture=n * 1000)
                for n, (rid, size, packets) in enumerate(rids)
            ]
        else:
            self.layers = [Layer(seed * 16, (640, 360), 2, key_packets)]
        self.audio_ssrc = seed * 16 + 9
        self.audio_sequence = 65530
        self.rtx_sequence = 0
        self.transport_number = 65000
        self.feedback: dict[int, float | None] = {}
        self.feedback_packets = 0
        self.plis: list[float] = []
        self.remb: list[int] = []
        self.reports: list[RtcpRrPacket] = []
        self.living = True
        self.frames = 0
        self.sounds = 0
        self._report_at = world.now
        self.audio_on = audio
        self.sink.connected(world.now)
        world.actors.append(self.act)

    # time

    def act(self) -> None:
        if not self.living:
            return
        elapsed = self.world.now - self.started
        while self.frames <= (elapsed - self.skew) * 30:
            self.frame()
        while self.audio_on and self.sounds <= elapsed * 50:
            self.sound()
        if self.world.now >= self._report_at:
            self._report_at = self.world.now + 1.0
            self.report()

    def moment(self, frame: int) -> int:
        return (self.video_start + frame * 3000) & 0xFFFFFFFF

    def frame(self) -> None:
        number = self.frames
        self.frames += 1
        for layer in self.layers:
            if not layer.on:
                continue
            key, layer.key = layer.key, False
            layer.keyframes += key
            count = layer.key_packets if key else layer.packets
            layer.pictures += 1
            for packet in range(count):
                body = bytes(layer.body) + struct.pack("!III", number, packet, count)
                payload = vp8_payload(
                    layer.base_picture + layer.pictures, layer.pictures, packet == 0, key, body, layer.size
                )
                layer.sent[layer.sequence] = payload
                marker = packet == count - 1
                self.packet(96, layer.sequence, self.moment(number), layer.ssrc, payload, marker, "1", layer.rid)
                layer.sequence = (layer.sequence + 1) & 0xFFFF

    def sound(self) -> None:
        timestamp = (self.audio_start + self.sounds * 960) & 0xFFFFFFFF
        self.packet(
            111, self.audio_sequence, timestamp, self.audio_ssrc, struct.pack("!I", self.sounds), False, "0", None
        )
        self.audio_sequence = (self.audio_sequence + 1) & 0xFFFF
        self.sounds += 1

    def packet(
        self,
        kind: int,
        sequence: int,
        timestamp: int,
        ssrc: int,
        payload: bytes,
        marker: bool,
        mid: str,
        rid: str | None,
        repaired: str | None = None,
    ) -> None:
        elements = [(4, mid.encode()), (3, self.transport_number.to_bytes(2, "big"))]
        self.transport_number = (self.transport_number + 1) & 0xFFFF
        if rid is not None:
            elements.append((10, rid.encode()))
        if repaired is not None:
            elements.append((11, repaired.encode()))
        if marker:
            elements.append((8, struct.pack("!Q", 0xABCDEF0123456789)))
        block, _ = rtp.pack_extensions(elements)
        data = rtp.HEADER.pack(0x90, kind | (0x80 if marker else 0), sequence, timestamp, ssrc) + block + payload
        self.world.send(self.up, lambda: self.arrive(self.sink.rtp, data))

    def report(self) -> None:
        elapsed = self.world.now - self.started
        ntp = ntp_timestamp(5_000_000 + self.world.now)
        reports = [rtcp.sender_report(self.audio_ssrc, ntp, self.audio_start + int(elapsed * 48000), 1, 1)]
        reports += [
            rtcp.sender_report(layer.ssrc, ntp, self.video_start + int(elapsed * 90000), 1, 1) for layer in self.layers
        ]
        compound = b"".join(reports if self.audio_on else reports[1:])
        self.world.send(self.up, lambda: self.arrive(self.sink.rtcp, compound))

    def arrive(self, sink: Callable[[bytes, float], None], data: bytes) -> None:
        if self.living:
            sink(data, self.world.now)

    def rtcp(self, compound: bytes) -> None:
        if not self.living:
            return
        for message in rtcp.parse_compound(compound)[0]:
            if isinstance(message, rtcp.TransportFeedback):
                arrivals = parse_feedback(message.body)
                assert arrivals is not None
                self.feedback_packets += 1
                for number, arrival in arrivals:
                    if arrival is not None or self.feedback.get(number) is None:
                        self.feedback[number] = arrival
        for parsed in RtcpPacket.parse(compound) if compound[1] != 205 or compound[0] & 31 == 1 else []:
            if isinstance(parsed, RtcpPsfbPacket) and parsed.fmt == 1:
                self.plis.append(self.world.now)
                for layer in self.layers:
                    layer.key = layer.key or layer.ssrc == parsed.media_ssrc
            elif isinstance(parsed, RtcpPsfbPacket) and parsed.fmt == 15:
                self.remb.append(len(parsed.fci))
            elif isinstance(parsed, RtcpRtpfbPacket):
                for layer in self.layers:
                    if layer.ssrc == parsed.media_ssrc:
                        for sequence in parsed.lost:
                            self.repeat(layer, sequence & 0xFFFF)
            elif isinstance(parsed, RtcpRrPacket):
                self.reports.append(parsed)

    def repeat(self, layer: Layer, sequence: int) -> None:
        payload = layer.sent.get(sequence)
        if payload is None:
            return
        frame, packet, count = struct.unpack("!III", payload[-12:])
        self.packet(
            97,
            self.rtx_sequence,
            self.moment(frame),
            layer.ssrc + 4,
            struct.pack("!H", sequence) + payload,
            packet == count - 1,
            "1",
            None,
            layer.rid,
        )
        self.rtx_sequence = (self.rtx_sequence + 1) & 0xFFFF

    def vanish(self) -> None:
        """No more packets; the session still lives."""
        self.living = False

    def close(self) -> None:
        if self.living:
            self.living = False
        self.sink.closed(self.world.now)
        if self.act in self.world.actors:
            self.world.actors.remove(self.act)


@dataclass
class Frame:
    number: int
    key: bool
    timestamp: int
    picture: int
    base: int
    packets: set[int]
    count: int
    first_seen: float


class FakeViewer:
    """Collects packets, asks for missing ones, reports; keeps all that it got for the assertions."""

    def __init__(
        self,
        world: World,
        number: int = 1,
        show: str = "show",
        *,
        down: Link | None = None,
        plan: SessionPlan | None = None,
        nacks: bool = True,
    ) -> None:
        self.world, self.number, self.nacks = world, number, nacks
        self.down = down or Link()
        self.transport = FakeTransport(world, f"viewer-{number}", self.down)
        self.transport.on_rtp, self.transport.on_rtcp = self.rtp, self.rtcp
        self.plan = plan or viewer_plan(number)
        assert self.plan.video is not None
        assert self.plan.audio is not None
        self.video, self.audio = self.plan.video, self.plan.audio
        self.sink: Sink = world.forwarding.watch(show, self.plan, self.transport, world.now)
        self.packets: dict[int, dict[int, RtpPacket]] = {self.audio.ssrc or 0: {}, self.video.ssrc or 0: {}}
        self.order: list[tuple[int, int]] = []  # (SSRC, extended sequence number) as they came
        self.raw: dict[tuple[int, int], set[bytes]] = {}
        self.newest: dict[int, int] = {}
        self.frames: dict[tuple[int, int], Frame] = {}
        self.sounds: list[tuple[int, int]] = []  # (sound number, timestamp)
        self.senders: list[RtcpSrPacket] = []
        self.repeats = 0
        self.asked: dict[int, float] = {}
        self.living = True
        self.sink.connected(world.now)
        world.actors.append(self.act)

    def rtp(self, data: bytes) -> None:
        packet = RtpPacket.parse(data)
        ssrc = packet.ssrc
        if ssrc == self.video.rtx_ssrc:
            self.repeats += 1
            sequence, payload = struct.unpack("!H", packet.payload[:2])[0], packet.payload[2:]
            packet.payload, ssrc = payload, self.video.ssrc or 0
        else:
            sequence = packet.sequence_number
        index = (
            sequence + 65536
            if ssrc not in self.newest
            else self.newest[ssrc] + rtp.sequence_distance(sequence, self.newest[ssrc] & 0xFFFF)
        )
        self.newest[ssrc] = max(self.newest.get(ssrc, 0), index)
        if packet.ssrc != self.video.rtx_ssrc:
            self.raw.setdefault((ssrc, index), set()).add(data)
        if index in self.packets[ssrc]:
            return
        self.packets[ssrc][index] = packet
        self.order.append((ssrc, index))
        if ssrc == self.audio.ssrc:
            self.sounds.append((struct.unpack("!I", packet.payload)[0], packet.timestamp))
            return
        if self.video.codecs[0].name != "VP8":
            return
        descriptor, rest = VpxPayloadDescriptor.parse(packet.payload)
        assert descriptor.picture_id is not None
        assert descriptor.tl0picidx is not None
        number, part, count = struct.unpack("!III", rest[-12:])
        frame = self.frames.setdefault(
            (number, packet.timestamp),
            Frame(
                number,
                False,
                packet.timestamp,
                descriptor.picture_id,
                descriptor.tl0picidx,
                set(),
                count,
                self.world.now,
            ),
        )
        assert frame.picture == descriptor.picture_id
        frame.packets.add(part)
        if descriptor.partition_start and not rest[0] & 1:
            frame.key = True

    def rtcp(self, compound: bytes) -> None:
        self.senders += [one for one in RtcpPacket.parse(compound) if isinstance(one, RtcpSrPacket)]

    def act(self) -> None:
        if not self.living or not self.nacks:
            return
        ssrc = self.video.ssrc or 0
        known = self.packets[ssrc]
        if not known:
            return
        first = min(known)
        newest = self.newest[ssrc]
        missing = [index for index in range(max(first, newest - 300), newest) if index not in known]
        ask = [index for index in missing if self.world.now - self.asked.get(index, 0.0) > 0.11]
        if ask:
            self.asked.update(dict.fromkeys(ask, self.world.now))
            self.send(rtcp.nack(1, ssrc, [index & 0xFFFF for index in ask]))

    def send(self, compound: bytes) -> None:
        self.world.send(self.down, lambda: self.arrive(compound))

    def arrive(self, compound: bytes) -> None:
        if self.living:
            self.sink.rtcp(compound, self.world.now)

    def ask_keyframe(self) -> None:
        self.send(rtcp.picture_loss(1, self.video.ssrc or 0))

    def close(self) -> None:
        self.living = False
        self.sink.closed(self.world.now)

    @property
    def complete(self) -> list[Frame]:
        """Whole frames by timestamp on the show's clock (the tests end before it wraps)."""
        return sorted(
            (frame for frame in self.frames.values() if len(frame.packets) == frame.count),
            key=lambda frame: frame.timestamp,
        )

    def gaps(self, ssrc: int | None) -> list[int]:
        known = self.packets[ssrc or 0]
        return [index for index in range(min(known), max(known)) if index not in known] if known else []
