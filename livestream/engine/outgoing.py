"""One stream toward one viewer: its numbering, and what it is bound to.

A viewer's stream is bound to one incoming stream at a time. Sequence numbers are the incoming ones plus an offset that is chosen
at the binding so that they go on by one; timestamps are the show's and need nothing. Old bindings are remembered for a while,
since a viewer may ask for a repeat of something that came before a switch.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from livestream.engine.plan import MediaPlan
from livestream.engine.ports import Transport
from livestream.engine.rewriting import Shape
from livestream.engine.rtp import HEADER, Packet
from livestream.engine.vp8 import Picture

if TYPE_CHECKING:
    from livestream.engine.incoming import IncomingStream

# A quarter of a megabyte per second repairs 10 % loss of the best picture and cannot be abused as an amplifier.
REPAIR_BYTES_PER_SECOND = 250_000
_REPAIR_BURST = 125_000
# Repeats asked for again sooner than this are on their way already.
_REPEAT_PAUSE = 0.1
_REMEMBERED = 1024


@dataclass(frozen=True, slots=True)
class Binding:
    """``first``: the extended outgoing sequence number from which this binding holds."""

    first: int
    source: IncomingStream
    offset: int
    shape: Shape
    override: tuple[int, int] | None


class TransportNumbers:
    """The transport-wide sequence numbers of one viewer, shared by its sound and picture."""

    __slots__ = ("next",)

    def __init__(self) -> None:
        self.next = 0


class OutgoingStream:
    __slots__ = (
        "_repair_allowance",
        "_repaired_at",
        "_repeated",
        "_rtx_sequence",
        "bindings",
        "direct",
        "dropping",
        "highest",
        "last_ticks",
        "left_picture",
        "live",
        "numbers",
        "octets",
        "offset",
        "override",
        "packets",
        "plan",
        "position",
        "repairs_from",
        "shape",
        "source",
        "ssrc",
        "start",
        "transport",
        "wanted",
    )

    shape: Shape

    def __init__(
        self, plan: MediaPlan, transport: Transport, numbers: TransportNumbers, first: int, rtx_first: int
    ) -> None:
        """``first`` and ``rtx_first``: random 16-bit numbers to begin with, below 2**15 (RFC 3711 section 3.3.1)."""
        self.plan = plan
        self.transport: Any = transport
        # The hot loop protects and sends by itself where the transport lets it.
        self.direct = all(hasattr(transport, name) for name in ("protect_rtp", "sock", "address"))
        self.numbers = numbers
        self.ssrc = plan.ssrc or 0
        self.source: IncomingStream | None = None
        self.wanted: IncomingStream | None = None
        self.live = False  # all that the source has sent so far has been passed on
        self.offset = 0
        self.start = 0  # source index of the binding's first packet
        self.position = 0  # next source index to send while not live
        self.highest = first - 1  # extended outgoing number, valid while unbound
        self.left_picture: Picture | None = None  # VP8: where the source was when this stream was unbound from it
        self.last_ticks = -1  # newest show timestamp sent, valid while unbound
        # (source timestamp, show ticks): the first frame after a switch, when the old layer has shown that moment already
        self.override: tuple[int, int] | None = None
        self.dropping: int | None = None  # source timestamp of a frame whose rest is dropped
        self.packets = 0
        self.octets = 0
        self.repairs_from = 0  # what was sent before this extended number is not sent again
        self.bindings: deque[Binding] = deque(maxlen=6)
        self._rtx_sequence = rtx_first
        self._repeated: dict[int, float] = {}
        self._repair_allowance = float(_REPAIR_BURST)
        self._repaired_at = 0.0

    def bind(self, source: IncomingStream, packet: Packet, shape: Shape) -> None:
        """Go on with ``source`` from ``packet``; the caller has unbound the stream before."""
        first = self.highest + 1
        self.source, self.shape, self.live = source, shape, False
        self.start = self.position = packet.index
        self.offset = first - packet.index
        ticks = packet.show_timestamp
        self.override = (packet.timestamp, self.last_ticks + 1) if ticks <= self.last_ticks else None
        self.dropping = None
        self.bindings.append(Binding(first, source, self.offset, shape, self.override))

    def unbind(self) -> None:
        """Keep what continuity needs: the highest number and the newest timestamp sent."""
        source = self.source
        if source is None:
            return
        if self.live and source.newest is not None:
            self.highest = source.newest + self.offset
            self.last_ticks = max(self.last_ticks, source.clock.newest_ticks)
        else:
            self.highest = self.position - 1 + self.offset
            last = source.cache.get(self.position - 1)
            if last is not None and self.position > self.start:
                self.last_ticks = max(self.last_ticks, last.show_timestamp)
        if self.override is not None:
            self.last_ticks = max(self.last_ticks, self.override[1])
        self.left_picture = source.picture
        self.source, self.live, self.override = None, False, None

    def give_up(self) -> None:
        """Unbound because the way is full: what is missing of the picture so far is not worth its place there any more."""
        self.repairs_from = self.highest + 1

    @property
    def numbered(self) -> bool:
        """Whether its packets carry transport-wide numbers."""
        return self.source is not None and self.shape.transport_at is not None

    @property
    def highest_sent(self) -> int:
        source = self.source
        if source is None or source.newest is None:
            return self.highest
        return (source.newest if self.live else self.position - 1) + self.offset

    def send(self, packet: Packet, capture: bytes | None, now: float) -> bool:
        """Send one packet of the bound source by itself (a replay, a switch); False: the socket is full."""
        buffer = self.shape.build(packet, capture, now)
        self._header(
            buffer, self.shape, packet, packet.index + self.offset, self.shape.payload_type, self.ssrc, self.override
        )
        if not self.out(buffer):
            return False
        self.packets += 1
        self.octets += packet.payload_end - packet.payload_start
        return True

    def send_run(self, packets: Sequence[Packet], now: float) -> int:
        """Send some packets of the bound source (a replay); how many: fewer than all when the socket is full."""
        source = self.source
        assert source is not None
        for done, packet in enumerate(packets):
            if not self.send(packet, source.fan_out.capture_of(packet), now):
                return done
        return len(packets)

    def _header(
        self,
        buffer: bytearray,
        shape: Shape,
        packet: Packet,
        sequence: int,
        payload_type: int,
        ssrc: int,
        override: tuple[int, int] | None,
    ) -> None:
        ticks = packet.show_timestamp
        if override is not None and override[0] == packet.timestamp:
            ticks = override[1]
        marker = 0x80 if packet.marker else 0
        HEADER.pack_into(buffer, 0, buffer[0], payload_type | marker, sequence & 0xFFFF, ticks & 0xFFFFFFFF, ssrc)
        if shape.transport_at is not None:
            number = self.numbers.next
            self.numbers.next = (number + 1) & 0xFFFF
            buffer[shape.transport_at : shape.transport_at + 2] = number.to_bytes(2, "big")

    def out(self, buffer: bytearray) -> bool:
        """Hand one finished packet over; False when the socket was full."""
        transport = self.transport
        if not self.direct:
            transport.send_rtp(bytes(buffer))
            return True
        protected = transport.protect_rtp(bytes(buffer))
        address = transport.address
        if not protected or address is None:
            return True
        try:
            transport.sock.sendto(protected, address)
        except BlockingIOError:
            return False
        except OSError:
            pass  # unreachable or closing: consent or the hub ends the session, other viewers go on
        return True

    def repeat(self, sequence: int, now: float, round_trip: float) -> str:
        """Answer a NACK for a 16-bit sequence number; returns the counter to increment."""
        highest = self.highest_sent
        behind = (highest - sequence) & 0xFFFF
        if behind >= 0x8000:
            return "nack_unknown"
        index = highest - behind
        if index < self.repairs_from:
            return "nack_given_up"
        binding = next((known for known in reversed(self.bindings) if index >= known.first), None)
        packet = binding.source.cache.get(index - binding.offset) if binding is not None else None
        if binding is None or packet is None:
            return "nack_unknown"
        last = self._repeated.get(index)
        if last is not None and now - last < min(_REPEAT_PAUSE, 2 * round_trip):
            return "nack_repeated_early"
        size = len(packet.data)
        elapsed = max(0.0, now - self._repaired_at)
        allowance = min(_REPAIR_BURST, self._repair_allowance + elapsed * REPAIR_BYTES_PER_SECOND)
        self._repaired_at = now
        self._repair_allowance = allowance
        if size > allowance:
            return "nack_over_limit"
        shape = binding.shape
        capture = binding.source.fan_out.capture_of(packet)
        if shape.rtx_payload_type is not None and self.plan.rtx_ssrc is not None:
            prefix = (index & 0xFFFF).to_bytes(2, "big")
            buffer = shape.build(packet, capture, now, prefix)
            self._header(
                buffer, shape, packet, self._rtx_sequence, shape.rtx_payload_type, self.plan.rtx_ssrc, binding.override
            )
            self._rtx_sequence += 1
        elif shape.repeatable:
            buffer = shape.build(packet, capture, now)
            self._header(buffer, shape, packet, index, shape.payload_type, self.ssrc, binding.override)
        else:
            return "nack_not_repeatable"
        self._repair_allowance -= size
        if len(self._repeated) >= _REMEMBERED:
            self._repeated.clear()  # all of it: what is asked for twice within 100 ms is rare among a thousand
        self._repeated[index] = now
        self.out(buffer)
        return "nack_answered"
