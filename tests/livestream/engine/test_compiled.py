"""The compiled hot path against the Python one: the same packets in, the same packets out before encryption; and after it,
libsrtp's own bytes."""

from __future__ import annotations

import contextlib
import os
import random
import socket
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from livestream.engine import rtp
from livestream.engine.choose import why_not_compiled
from livestream.engine.clock import ShowClock
from livestream.engine.errors import NotAuthentic
from livestream.engine.hot_path import PYTHON, HotPath
from livestream.engine.incoming import Arrival, IncomingStream
from livestream.engine.outgoing import OutgoingStream
from livestream.engine.plan import Codec, MediaPlan
from livestream.engine.srtp import PROFILES, SrtpReceiver, SrtpSender
from livestream.media import EndReason
from tests.livestream.engine.world import VIEWER_EXTENSIONS, VIEWER_VP8, VP8, vp8_payload

_reason = why_not_compiled()
if _reason is not None:
    pytest.skip(f"no compiled engine: {_reason}", allow_module_level=True)

from livestream.engine.compiled.hot import Inlet, Peer, Pipeline  # noqa: E402
from livestream.engine.compiled.hot_path import CompiledHotPath  # noqa: E402
from tests.livestream.engine.plumbing import Plumbing  # noqa: E402


class Pipe:
    """A transport that keeps what it is given."""

    round_trip_ms: float | None = None

    def __init__(self, number: int, plumbing: Plumbing | None) -> None:
        self.session_id = f"viewer {number}"
        self.packets: list[bytes] = []
        if plumbing is not None:
            self.peer, self.sock = plumbing.attach(self.packets.append), plumbing.sock

    def send_rtp(self, packet: bytes | bytearray) -> None:
        self.packets.append(bytes(packet))

    def send_rtcp(self, compound: bytes) -> None: ...

    def close(self, reason: EndReason) -> None: ...


# Viewers differ in what they agreed to: extensions, transport-wide numbers, no repeats, identifiers of the two-byte form.
TCC = {rtp.MID: 3, rtp.ABS_SEND_TIME: 4, rtp.TRANSPORT_CC: 5}
KINDS: tuple[tuple[Codec, dict[str, int]], ...] = (
    (VIEWER_VP8, VIEWER_EXTENSIONS),
    (replace(VIEWER_VP8, remb=False), TCC),
    (replace(VIEWER_VP8, rtx_payload_type=None, payload_type=99), {rtp.MID: 1, rtp.ABS_CAPTURE_TIME: 20}),
    (VIEWER_VP8, {}),
)


class Script:
    """One made-up course of events with two layers of a picture, played on one hot path. All choices come from the seed."""

    def __init__(self, seed: int, hot: HotPath, plumbing: Plumbing | None, deferring: bool) -> None:
        self.random = random.Random(seed)
        self.hot, self.plumbing, self.deferring = hot, plumbing, deferring
        self.now = 5.0
        self.clock = ShowClock()
        self.clock.start(0.0, self.now, 0.0)
        self.counters = Counter[str]()
        self.layers = [IncomingStream("video", rid, 5 + at, VP8, 0.0, self.now, hot) for at, rid in enumerate("lh")]
        for layer in self.layers:
            layer.fan_out.counters = self.counters
            layer.fan_out.capture_id = 8
        self.next = [65_400, 100]  # the one wraps around soon
        self.frames = [0, 0]
        self.held: list[tuple[int, bytes]] = []
        self.pipes: list[Pipe] = []
        self.outs: list[OutgoingStream] = []
        self.answers = Counter[str]()

    def play(self, steps: int) -> dict[tuple[int, int], list[bytes]]:
        for _ in range(steps):
            self.now += self.random.choice((0.001, 0.01, 0.033))
            if self.plumbing is not None and self.deferring:
                self.plumbing.pipeline.deferring = True
            self.step()
            if self.plumbing is not None:
                self.plumbing.pipeline.deferring = False
                self.plumbing.pipeline.flush()
                self.plumbing.drain()
        got: dict[tuple[int, int], list[bytes]] = {}
        for at, pipe in enumerate(self.pipes):
            for packet in pipe.packets:
                got.setdefault((at, int.from_bytes(packet[8:12], "big")), []).append(packet)
        return got

    def step(self) -> None:
        chance = self.random.random()
        if chance < 0.04 and len(self.pipes) < 24:
            self.join()
        elif chance < 0.06 and self.outs:
            self.leave(self.random.choice(self.outs))
        elif chance < 0.12 and self.outs:
            self.random.choice(self.layers).fan_out.want(self.random.choice(self.outs), self.now)
        elif chance < 0.2 and self.outs:
            out = self.random.choice(self.outs)
            self.answers[out.repeat((out.highest_sent - self.random.randrange(30)) & 0xFFFF, self.now, 0.02)] += 1
        elif chance < 0.35:
            for layer in self.layers:
                layer.fan_out.pump(self.now, 40)
        else:
            self.frame(self.random.randrange(2))

    def join(self) -> None:
        number = len(self.pipes)
        pipe = Pipe(number, self.plumbing)
        codec, extensions = KINDS[number % len(KINDS)]
        plan = MediaPlan("video", "v", (codec,), extensions, ssrc=1000 + 10 * number, rtx_ssrc=1001 + 10 * number)
        out = self.hot.outgoing(plan, pipe, self.hot.numbers(pipe), self.random.randrange(1, 16384), 9)
        self.pipes.append(pipe)
        self.outs.append(out)
        self.random.choice(self.layers).fan_out.want(out, self.now)

    def leave(self, out: OutgoingStream) -> None:
        self.outs.remove(out)
        if out.wanted is not None:
            out.wanted.fan_out.forget(out)
        if out.source is not None:
            out.source.fan_out.release(out)

    def frame(self, at: int) -> None:
        key = self.random.random() < 0.15
        self.frames[at] += 1
        count = self.random.choice((1, 2, 3, 8, 20))
        size = self.random.choice((1, 900, 1100))
        for number in range(count):
            body = self.random.randbytes(size + (number % 3 == 0) + (number == count - 1) * 0)
            payload = vp8_payload(self.frames[at], self.frames[at], number == 0, key, body)
            marker = 0x80 if number == count - 1 else 0
            block, _ = rtp.pack_extensions([(8, self.random.randbytes(8))] if marker else [])
            first = 0x90 if block else 0x80
            header = rtp.HEADER.pack(
                first, 96 | marker, self.next[at] & 0xFFFF, self.frames[at] * 3000 & 0xFFFFFFFF, 5 + at
            )
            self.next[at] += 1
            chance = self.random.random()
            if chance < 0.03:
                continue  # lost for ever
            if chance < 0.08:
                self.held.append((at, header + block + payload))  # late
                continue
            self.arrive(at, header + block + payload)
            if self.held and self.random.random() < 0.2:
                self.arrive(*self.held.pop(self.random.randrange(len(self.held))))

    def arrive(self, at: int, data: bytes) -> None:
        packet = rtp.parse(data)
        assert packet is not None
        layer = self.layers[at]
        arrival = layer.receive(packet, VP8, self.now, self.clock, False)
        if arrival in (Arrival.NEWEST, Arrival.LATE, Arrival.KEYFRAME):
            layer.fan_out.forward(packet, self.now, layer.newest == packet.index)
            if arrival is Arrival.KEYFRAME and layer.fan_out.waiting:
                layer.fan_out.start_waiting(packet, self.now)


@pytest.fixture(params=[1, 3], ids=["1 thread", "3 threads"])
def plumbing(request: pytest.FixtureRequest) -> Iterator[Plumbing]:
    made = Plumbing(threads=request.param)
    yield made
    made.close()


def _comparable(
    got: dict[tuple[int, int], list[bytes]], script: Script, by_order: bool
) -> dict[tuple[int, int], list[bytes]]:
    """Numbers that run over all of a viewer's streams depend on how these take turns, which a batch may change."""
    if by_order:
        return got
    blank: dict[tuple[int, int], list[bytes]] = {}
    for (at, ssrc), packets in got.items():
        tcc = KINDS[at % len(KINDS)][1].get(rtp.TRANSPORT_CC) is not None and at % len(KINDS) == 1
        blank[(at, ssrc)] = [packet[:22] + packet[24:] if tcc else packet for packet in packets]
    return blank


@pytest.mark.parametrize("deferring", [False, True], ids=["packet by packet", "in batches"])
@pytest.mark.parametrize("seed", range(6))
def test_the_same_packets_come_out(seed: int, deferring: bool, plumbing: Plumbing) -> None:
    truth = Script(seed, PYTHON, None, False)
    twin = Script(seed, plumbing.hot, plumbing, deferring)
    expected, got = truth.play(400), twin.play(400)
    assert sum(len(packets) for packets in expected.values()) > 500
    expected, got = _comparable(expected, truth, not deferring), _comparable(got, twin, not deferring)
    assert got.keys() == expected.keys()
    for key, packets in expected.items():
        assert got[key] == packets, f"viewer {key[0]}, SSRC {key[1]}"
    assert twin.answers == truth.answers
    assert twin.counters == truth.counters
    assert [(out.packets, out.octets) for out in twin.outs] == [(out.packets, out.octets) for out in truth.outs]
    assert plumbing.pipeline.tally()["packets_oversized"] == 0


def test_batches_go_out_in_longer_messages(plumbing: Plumbing) -> None:
    Script(3, plumbing.hot, plumbing, True).play(300)
    tally = plumbing.pipeline.tally()
    assert tally["packets_segmented"] > tally["packets_passed"] / 4
    assert tally["segmentation_refused"] == tally["send_failed"] == 0


@pytest.fixture
def sending() -> Iterator[tuple[Pipeline, socket.socket]]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        pipeline = Pipeline([sock.fileno()])
        yield pipeline, sock
        pipeline.close()


def test_protection_is_libsrtps_byte_for_byte(sending: tuple[Pipeline, socket.socket]) -> None:
    rng = random.Random(4)
    for _ in range(3):
        key = rng.randbytes(28)
        ours = Peer(sending[0])
        assert ours.key_gcm(key)
        theirs = SrtpSender(PROFILES[0], key)
        for ssrc in (7, 0xFFFFFFFE):
            sequence = rng.randrange(1, 1 << 15)
            for _ in range(700):
                sequence += rng.choice((1, 1, 1, 200))  # past several wrap-arounds
                block = b"\x10\xde\x00\x01\x32aa\x00" if rng.random() < 0.5 else b""
                header = rtp.HEADER.pack(0x90 if block else 0x80, 96, sequence & 0xFFFF, sequence * 7, ssrc)
                packet = header + (b"\xbe" + block[1:] if block else b"") + rng.randbytes(rng.randrange(0, 1300))
                protected = ours.protect(packet)
                assert protected is not None
                assert protected == theirs.rtp(packet)
                if rng.random() < 0.1:
                    assert ours.protect(packet) == protected  # a repeat


def test_the_other_profile_goes_through_libsrtp(sending: tuple[Pipeline, socket.socket]) -> None:
    from pylibsrtp._binding import ffi

    key = os.urandom(30)
    sender, receiver = SrtpSender(PROFILES[1], key), SrtpReceiver(PROFILES[1], key)
    peer = Peer(sending[0])
    peer.key_libsrtp(int(ffi.cast("uintptr_t", sender.session._srtp[0])), sender)
    del sender
    packet = rtp.HEADER.pack(0x80, 96, 5, 6, 7) + b"payload"
    protected = peer.protect(packet)
    assert protected is not None
    assert receiver.rtp(protected) == packet


def test_what_is_malformed_or_too_long_or_without_keys_is_refused(sending: tuple[Pipeline, socket.socket]) -> None:
    peer = Peer(sending[0])
    packet = rtp.HEADER.pack(0x80, 96, 5, 6, 7) + b"payload"
    assert peer.protect(packet) is None
    assert peer.key_gcm(bytes(28))
    assert peer.protect(packet) is not None
    for bad in (
        b"",
        packet[:11],
        b"\x00" + packet[1:],
        b"\x8f" + packet[1:],
        b"\x90" + packet[1:12],
        packet + bytes(2400),
    ):
        assert peer.protect(bad) is None
    peer.forget_keys()
    assert peer.protect(packet) is None
    for ssrc in range(100, 108):  # more sources than any viewer has
        peer.key_plain()
        peer.protect(rtp.HEADER.pack(0x80, 96, 5, 6, ssrc) + b"x")
    assert peer.protect(rtp.HEADER.pack(0x80, 96, 5, 6, 999) + b"x") is None


@contextlib.contextmanager
def short_queue() -> Iterator[tuple[socket.socket, socket.socket, bytes]]:
    """(sender, receiver, its address as the kernel writes it): of another family, whose queues are short."""
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender,
    ):
        name = b"\0" + os.urandom(5).hex().encode()
        receiver.bind(name)
        receiver.setblocking(False)
        yield sender, receiver, socket.AF_UNIX.to_bytes(2, "little") + name


def test_a_full_socket_costs_the_rest_of_the_frame_and_nothing_else() -> None:
    """A receiver of another family whose queue is short: the kernel says EAGAIN once it is full."""
    with short_queue() as (sender, receiver, address):
        pipeline = Pipeline([sender.fileno()], gso=False)
        pipe = Pipe(0, None)
        pipe.peer, pipe.sock = Peer(pipeline), sender
        pipe.peer.key_plain()
        pipe.peer.set_raw_address(address)
        script = Script(1, CompiledHotPath(pipeline), None, False)
        layer = script.layers[0]
        plan = MediaPlan("video", "v", (VIEWER_VP8,), {}, ssrc=70, rtx_ssrc=71)
        out = script.hot.outgoing(plan, pipe, script.hot.numbers(pipe), 1, 1)
        layer.fan_out.want(out, script.now)

        def packet(sequence: int, frame: int, key: bool = False) -> None:
            header = rtp.HEADER.pack(0x80, 96, sequence, frame * 3000, 5)
            script.arrive(0, header + vp8_payload(frame, frame, True, key, b"body"))

        packet(1, 1, key=True)
        sequence = 1
        while not script.counters["packets_dropped_congested"]:
            sequence += 1
            packet(sequence, 2)
            assert sequence < 10_000
        lost = sequence
        while True:  # room again, but this frame is broken
            try:
                receiver.recv(4096)
            except BlockingIOError:
                break
        packet(lost + 1, 2)
        packet(lost + 2, 3)
        assert script.counters["packets_dropped_congested"] == 2
        assert int.from_bytes(receiver.recv(4096)[2:4], "big") == lost + 2
        assert out.packets == lost
        pipeline.close()


def test_datagrams_are_read_in_batches_with_their_addresses() -> None:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        sock.bind(("::", 0))
        sock.setblocking(False)
        port = sock.getsockname()[1]
        pipeline, inlet = Pipeline([sock.fileno()]), Inlet()
        senders = [socket.socket(family, socket.SOCK_DGRAM) for family in (socket.AF_INET, socket.AF_INET6)]
        got: list[tuple[bytes, object]] = []
        deferred: list[bool] = []

        def receive(data: bytes, address: object) -> None:
            deferred.append(pipeline.deferring)
            got.append((data, address))

        for number in range(100):
            senders[0].sendto(b"four %d" % number, ("127.0.0.1", port))
            senders[1].sendto(b"six %d" % number, ("::1", port))
        senders[0].sendto(b"", ("127.0.0.1", port))
        for _ in range(100):
            inlet.read(sock.fileno(), pipeline, receive)
            if len(got) == 201:
                break
        addresses = [sender.getsockname()[1] for sender in senders]
        assert [data for data, _ in got[:4]] == [b"four 0", b"six 0", b"four 1", b"six 1"]
        assert {address for _, address in got} == {
            ("::ffff:127.0.0.1", addresses[0], 0, 0),
            ("::1", addresses[1], 0, 0),
        }
        assert got[-1][0] == b""
        assert all(deferred)
        assert not pipeline.deferring
        assert inlet.datagrams == 201
        for sender in senders:
            sender.close()
        pipeline.close()


def test_new_peers_go_where_the_fewest_are(plumbing: Plumbing) -> None:
    threads = len(plumbing._senders)
    peers = [Peer(plumbing.pipeline) for _ in range(6)]
    assert Counter(peer.lane for peer in peers) == dict.fromkeys(range(threads), 6 // threads)
    left = peers.pop(0).lane
    assert Peer(plumbing.pipeline).lane == left


def test_a_run_goes_out_in_order_and_stops_where_the_socket_is_full() -> None:
    """The queue of a receiver of another family is short: the rest of a replay waits until there is room again."""
    with short_queue() as (sender, receiver, address):
        pipeline = Pipeline([sender.fileno()], gso=False)
        peer = Peer(pipeline)
        peer.key_plain()
        packets = [bytearray(rtp.HEADER.pack(0x80, 96, number, 6, 7) + bytes(number)) for number in range(64)]
        assert peer.send_run(packets) == 64  # to nowhere
        peer.set_raw_address(address)
        left, got = packets * 20, []
        full = 0
        while left:
            done = peer.send_run(left[:64])
            full += done < len(left[:64])
            left = left[done:]
            while True:
                try:
                    got.append(receiver.recv(4096))
                except BlockingIOError:
                    break
        assert got == packets * 20
        assert full
        assert pipeline.tally()["packets_single"] == len(got)
        with pytest.raises(ValueError, match="Too many"):
            peer.send_run(packets * 2)
        pipeline.close()


def test_a_run_goes_as_few_messages(plumbing: Plumbing) -> None:
    got: list[bytes] = []
    peer = plumbing.attach(got.append)
    sizes = [900] * 10 + [300] + [900] * 3 + [1200, 1200, 5]
    packets = [bytearray(rtp.HEADER.pack(0x80, 96, at, 6, 7) + bytes(size)) for at, size in enumerate(sizes)]
    packets[5][0] = 0  # no RTP: the protection refuses it, the others go on
    before = plumbing.pipeline.tally()
    assert peer.send_run(packets) == len(packets)
    plumbing.drain()
    after = plumbing.pipeline.tally()
    assert got == [bytes(packet) for at, packet in enumerate(packets) if at != 5]
    assert after["send_calls"] - before["send_calls"] == 4  # 5; 4 and the short one; 3; 2 and the short one
    assert after["srtp_protect_failed"] - before["srtp_protect_failed"] == 1


def test_incoming_packets_are_libsrtps_matter(sending: tuple[Pipeline, socket.socket]) -> None:
    from pylibsrtp._binding import ffi

    key = os.urandom(28)
    sender, receiver = SrtpSender(PROFILES[0], key), SrtpReceiver(PROFILES[0], key)
    peer = Peer(sending[0])
    packet = rtp.HEADER.pack(0x80, 96, 5, 6, 7) + b"payload"
    protected = sender.rtp(packet)
    assert protected is not None
    with pytest.raises(ValueError, match="keys"):
        peer.unprotect(protected)
    peer.receive_libsrtp(int(ffi.cast("uintptr_t", receiver.session._srtp[0])), receiver.session)
    receiver.unprotect_by(peer.unprotect)
    assert receiver.rtp(protected) == packet
    for bad in (protected, protected[:-1], protected[:-1] + b"?", b"\x80" * 12, bytes(12), bytes(4000)):
        with pytest.raises(NotAuthentic):  # a repeat, cut, forged, malformed, too long
            receiver.rtp(bad)
    peer.forget_keys()
    with pytest.raises(NotAuthentic):
        receiver.rtp(protected)
