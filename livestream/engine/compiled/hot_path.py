"""``hot_path.HotPath`` with the compiled pass: groups, streams and sessions that carry a record for it.

A stream whose transport has no ``peer`` (tests; a viewer behind another transport than UDP) goes the way through Python, in
the same group.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from livestream.engine.compiled.hot import Batch, Peer, Pipeline, Record, parse
from livestream.engine.hot_path import Group, PythonGroup
from livestream.engine.outgoing import OutgoingStream, TransportNumbers
from livestream.engine.plan import MediaPlan
from livestream.engine.ports import Transport
from livestream.engine.rewriting import Shape
from livestream.engine.rtp import Packet


class CompiledStream(OutgoingStream):
    """``packets`` and ``octets``: what was sent alone (kept here) and what the pass has sent (kept in the record)."""

    __slots__ = ("_alone", "_alone_octets", "_fd", "_peer", "record")

    def __init__(
        self, plan: MediaPlan, transport: Transport, numbers: TransportNumbers, first: int, rtx_first: int, peer: Peer
    ) -> None:
        self._alone = self._alone_octets = 0
        self._peer = peer
        self.record = Record(peer, plan.ssrc or 0, plan.kind == "video")
        super().__init__(plan, transport, numbers, first, rtx_first)
        self._fd: int = self.transport.sock.fileno()

    @property
    def packets(self) -> int:
        return self._alone + self.record.packets

    @packets.setter
    def packets(self, value: int) -> None:
        self._alone = value - self.record.packets

    @property
    def octets(self) -> int:
        return self._alone_octets + self.record.octets

    @octets.setter
    def octets(self, value: int) -> None:
        self._alone_octets = value - self.record.octets

    def out(self, buffer: bytearray) -> bool:
        return self._peer.send(self._fd, buffer) != 0

    def send_run(self, packets: Sequence[Packet], now: float) -> int:
        source, shape = self.source, self.shape
        assert source is not None
        buffers = []
        for packet in packets:
            buffer = shape.build(packet, source.fan_out.capture_of(packet), now)
            self._header(
                buffer, shape, packet, packet.index + self.offset, shape.payload_type, self.ssrc, self.override
            )
            buffers.append(buffer)
        done = self._peer.send_run(buffers)
        self._alone += done
        self._alone_octets += sum(packet.payload_end - packet.payload_start for packet in packets[:done])
        if (
            shape.transport_at is not None
        ):  # the numbers of those that wait are given again, or they would count as lost
            self.numbers.next = (self.numbers.next - len(packets) + done) & 0xFFFF
        return done


class CompiledGroup:
    def __init__(self, shape: Shape, pipeline: Pipeline) -> None:
        self.shape = shape
        self._batch = Batch(pipeline, shape.transport_at)
        self._outs: dict[OutgoingStream, None] = {}
        self._others = PythonGroup(shape)

    def streams(self) -> list[OutgoingStream]:
        return [*self._outs, *self._others.streams()]

    def add(self, out: OutgoingStream) -> None:
        if isinstance(out, CompiledStream):
            self._batch.add(out.record, out.offset, out.start, out.override)
            self._outs[out] = None
        else:
            self._others.add(out)

    def remove(self, out: OutgoingStream) -> bool:
        if not isinstance(out, CompiledStream):
            return self._others.remove(out)
        if out not in self._outs:
            return False
        del self._outs[out]
        self._batch.remove(out.record)
        return True

    def forward(
        self, packet: Packet, capture: bytes | None, now: float, newest: bool, video: bool, counters: Counter[str]
    ) -> None:
        if self._outs:
            self._batch.put(
                self.shape.build(packet, capture, now),
                packet.index,
                packet.show_timestamp & 0xFFFFFFFF,
                packet.timestamp,
                packet.payload_end - packet.payload_start,
                self.shape.payload_type | (0x80 if packet.marker else 0),
                newest,
                counters,
            )
        if self._others.streams():
            self._others.forward(packet, capture, now, newest, video, counters)


class CompiledHotPath:
    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    def parse(self, data: bytes) -> Packet | None:
        return parse(data)

    def numbers(self, transport: Transport) -> TransportNumbers:
        peer = getattr(transport, "peer", None)
        return TransportNumbers() if peer is None else peer  # it has ``next`` too

    def outgoing(
        self, plan: MediaPlan, transport: Transport, numbers: TransportNumbers, first: int, rtx_first: int
    ) -> OutgoingStream:
        peer = getattr(transport, "peer", None)
        if peer is None:
            return OutgoingStream(plan, transport, numbers, first, rtx_first)
        return CompiledStream(plan, transport, numbers, first, rtx_first, peer)

    def group(self, shape: Shape) -> Group:
        return CompiledGroup(shape, self._pipeline)
