"""Where the interpreter may be left out: the inner loop over the viewers, and who makes it.

A ``Group`` is the streams that get the same bytes but for the header: those of one ``Shape`` that are live in one fan-out. The
one here is written in Python and is what the compiled one must do (``compiled/``). A ``HotPath`` makes groups and streams
that fit each other.
"""

from __future__ import annotations

from collections import Counter
from typing import Protocol

from livestream.engine.outgoing import OutgoingStream, TransportNumbers
from livestream.engine.plan import MediaPlan
from livestream.engine.ports import Transport
from livestream.engine.rewriting import Shape
from livestream.engine.rtp import HEADER, Packet, parse


class Group(Protocol):
    shape: Shape

    def streams(self) -> list[OutgoingStream]: ...

    def add(self, out: OutgoingStream) -> None:
        """``out`` gets every packet from now on; its binding does not change until it is removed."""

    def remove(self, out: OutgoingStream) -> bool:
        """False: it is not here. What was forwarded before goes out first."""

    def forward(
        self, packet: Packet, capture: bytes | None, now: float, newest: bool, video: bool, counters: Counter[str]
    ) -> None:
        """One packet to all; what is sent and dropped is added to ``counters``."""


class HotPath(Protocol):
    def parse(self, data: bytes) -> Packet | None:
        """One packet of a host; None when it is malformed."""

    def numbers(self, transport: Transport) -> TransportNumbers:
        """For one viewer."""

    def outgoing(
        self, plan: MediaPlan, transport: Transport, numbers: TransportNumbers, first: int, rtx_first: int
    ) -> OutgoingStream: ...

    def group(self, shape: Shape) -> Group: ...


class PythonGroup:
    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self._outs: list[OutgoingStream] = []

    def streams(self) -> list[OutgoingStream]:
        return self._outs

    def add(self, out: OutgoingStream) -> None:
        self._outs.append(out)

    def remove(self, out: OutgoingStream) -> bool:
        if out not in self._outs:
            return False
        self._outs.remove(out)
        return True

    def forward(
        self, packet: Packet, capture: bytes | None, now: float, newest: bool, video: bool, counters: Counter[str]
    ) -> None:
        shape = self.shape
        index, timestamp = packet.index, packet.timestamp
        ticks = packet.show_timestamp & 0xFFFFFFFF
        size = packet.payload_end - packet.payload_start
        pack_into = HEADER.pack_into
        sent = dropped = 0
        buffer = shape.build(packet, capture, now)
        first = buffer[0]
        second = shape.payload_type | (0x80 if packet.marker else 0)
        transport_at = shape.transport_at
        for out in self._outs:
            stamp = ticks
            if not newest:
                if index < out.start:
                    continue  # from before the switch: nobody waits for it
                if out.override is not None and out.override[0] == timestamp:
                    stamp = out.override[1] & 0xFFFFFFFF  # a straggler of the first frame, stamped like the rest of it
            if out.dropping is not None:
                if out.dropping == timestamp:
                    dropped += 1
                    continue
                out.dropping = None
            pack_into(buffer, 0, first, second, (index + out.offset) & 0xFFFF, stamp, out.ssrc)
            if transport_at is not None:
                number = out.numbers.next
                out.numbers.next = (number + 1) & 0xFFFF
                buffer[transport_at] = number >> 8
                buffer[transport_at + 1] = number & 0xFF
            transport = out.transport
            if out.direct:
                protected = transport.protect_rtp(bytes(buffer))
                if not protected:
                    continue
                try:
                    transport.sock.sendto(protected, transport.address)
                except BlockingIOError:
                    dropped += 1
                    if video:
                        out.dropping = timestamp
                    continue
                except (OSError, TypeError):
                    continue  # unreachable, closing, or no address yet: the hub ends such sessions
            else:
                transport.send_rtp(bytes(buffer))
            out.packets += 1
            out.octets += size
            sent += 1
        counters["packets_out"] += sent
        if dropped:
            counters["packets_dropped_congested"] += dropped


class PythonHotPath:
    def parse(self, data: bytes) -> Packet | None:
        return parse(data)

    def numbers(self, transport: Transport) -> TransportNumbers:
        return TransportNumbers()

    def outgoing(
        self, plan: MediaPlan, transport: Transport, numbers: TransportNumbers, first: int, rtx_first: int
    ) -> OutgoingStream:
        return OutgoingStream(plan, transport, numbers, first, rtx_first)

    def group(self, shape: Shape) -> Group:
        return PythonGroup(shape)


PYTHON = PythonHotPath()
