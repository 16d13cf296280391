"""Transport-wide congestion control feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01).

The host numbers every packet of its transport; we tell it every 50 ms when each arrived, and its bandwidth estimator does the
rest. Without this a browser never sends more than a few hundred kb/s. The reverse direction, a viewer's feedback, is only
read for how much was lost.
"""

from __future__ import annotations

from struct import error as StructError
from struct import pack, unpack_from

from livestream.engine.rtp import sequence_distance

INTERVAL = 0.05  # s; libwebrtc's own default lies between 50 and 250 ms
_TICKS = 4000  # deltas count 250 us
_REFERENCE = 256  # ticks of 250 us in the 64 ms unit of the reference time
# 500 statuses take at most 1,000 B of deltas and 150 B of chunks: one datagram.
_STATUSES = 500
# What a viewer may report on at once: four seconds of a very fast stream. The format allows 65,535 in 30 bytes.
_MOST_REPORTED = 4096
# A bigger step in the numbering is not loss but another numbering.
_WINDOW = 2000
# How far back a packet that was overtaken is still reported.
_LATE = 100

NOT_RECEIVED, SMALL, LARGE = 0, 1, 2


class FeedbackRecorder:
    """Collects arrivals and builds feedback packets."""

    def __init__(self) -> None:
        self._arrivals: dict[int, int] = {}  # extended number -> arrival in ticks; at most _WINDOW + _LATE entries
        self._newest: int | None = None
        self._next = 0  # first number not yet reported
        self._count = 0  # of feedback packets, modulo 256
        self._late: int | None = None  # lowest number that arrived after it had been reported missing

    def record(self, sequence: int, now: float) -> None:
        """A packet with this 16-bit transport-wide number arrived."""
        if self._newest is None:
            index = sequence + 0x10000
            self._newest = self._next = index
        else:
            index = self._newest + sequence_distance(sequence, self._newest & 0xFFFF)
            if index > self._newest + _WINDOW or index < self._newest - _WINDOW:
                self._arrivals.clear()
                self._newest = self._next = index = sequence + 0x10000
                self._late = None
        if index < self._next:
            if index < self._next - _LATE or index in self._arrivals:
                return
            self._late = index if self._late is None else min(self._late, index)
        elif index in self._arrivals:
            return
        self._newest = max(self._newest, index)
        self._arrivals[index] = int(now * _TICKS)

    def feedback(self, sender_ssrc: int, media_ssrc: int) -> list[bytes]:
        """RTCP packets that report everything since the last call; empty when nothing arrived."""
        newest = self._newest
        if newest is None or (self._next > newest and self._late is None):
            return []
        position = self._next if self._late is None else min(self._late, self._next)
        self._late = None
        packets: list[bytes] = []
        while position <= newest:
            packet, position = self._packet(position, newest, sender_ssrc, media_ssrc)
            if packet is None:
                break
            packets.append(packet)
        self._next = newest + 1
        oldest = self._next - _LATE
        for index in [index for index in self._arrivals if index < oldest]:
            del self._arrivals[index]
        return packets

    def _packet(self, base: int, newest: int, sender_ssrc: int, media_ssrc: int) -> tuple[bytes | None, int]:
        arrivals = self._arrivals
        first = next((index for index in range(base, newest + 1) if index in arrivals), None)
        if first is None:
            return None, newest + 1
        if first - base >= _STATUSES:
            base = first  # a gap longer than a packet holds: an outage the sender's own timeouts tell it about
        reference = arrivals[first] // _REFERENCE
        previous = reference * _REFERENCE
        statuses: list[int] = []
        deltas = bytearray()
        index = base
        while index <= newest and len(statuses) < _STATUSES:
            arrival = arrivals.get(index)
            if arrival is None:
                statuses.append(NOT_RECEIVED)
            else:
                delta = arrival - previous
                if 0 <= delta <= 255:
                    statuses.append(SMALL)
                    deltas.append(delta)
                elif -0x8000 <= delta <= 0x7FFF:
                    statuses.append(LARGE)
                    deltas += delta.to_bytes(2, "big", signed=True)
                else:
                    break  # more than 8 s apart: another packet with another reference time
                previous = arrival
            index += 1
        body = pack("!IIHH", sender_ssrc, media_ssrc, base & 0xFFFF, len(statuses))
        body += (reference & 0xFFFFFF).to_bytes(3, "big") + bytes((self._count,))
        self._count = (self._count + 1) & 0xFF
        body += _chunks(statuses) + bytes(deltas)
        padding = -len(body) % 4
        if padding:
            body += bytes(padding - 1) + bytes((padding,))
        head = pack("!BBH", 0x80 | (0x20 if padding else 0) | 15, 205, len(body) // 4)
        return head + body, index


def _chunks(statuses: list[int]) -> bytes:
    """Section 3.1.3 and 3.1.4: runs where they pay, else vectors of 14 one-bit or 7 two-bit symbols."""
    out = bytearray()
    position, size = 0, len(statuses)
    while position < size:
        status = statuses[position]
        run = 1
        while position + run < size and statuses[position + run] == status:
            run += 1
        if run >= 7 or position + run == size:
            out += pack("!H", status << 13 | run)
            position += run
            continue
        symbols = statuses[position : position + 14]
        if LARGE not in symbols:
            bits = 0
            for offset, symbol in enumerate(symbols):
                bits |= symbol << (13 - offset)
            out += pack("!H", 0x8000 | bits)
            position += len(symbols)
        else:
            symbols = symbols[:7]
            bits = 0
            for offset, symbol in enumerate(symbols):
                bits |= symbol << (12 - 2 * offset)
            out += pack("!H", 0xC000 | bits)
            position += len(symbols)
    return bytes(out)


def parse_feedback(body: bytes) -> list[tuple[int, float | None]] | None:
    """(16-bit number, arrival in seconds on the receiver's clock or None) of each packet reported; None: malformed.

    ``body`` is the feedback after its two SSRCs.
    """
    try:
        base, count = unpack_from("!HH", body)
        if count > _MOST_REPORTED:
            return None
        arrival = int.from_bytes(body[4:7], "big") * _REFERENCE
        position = 8
        statuses: list[int] = []
        while len(statuses) < count:
            (chunk,) = unpack_from("!H", body, position)
            position += 2
            if not chunk & 0x8000:
                statuses += [chunk >> 13 & 3] * min(chunk & 0x1FFF, count - len(statuses))
                if not chunk & 0x1FFF:
                    return None
            elif chunk & 0x4000:
                statuses += [chunk >> shift & 3 for shift in range(12, -1, -2)]
            else:
                statuses += [chunk >> shift & 1 for shift in range(13, -1, -1)]
        found: list[tuple[int, float | None]] = []
        for offset, status in enumerate(statuses[:count]):
            number = (base + offset) & 0xFFFF
            if status == NOT_RECEIVED:
                found.append((number, None))
                continue
            if status == SMALL:
                arrival += body[position]
                position += 1
            elif status == LARGE:
                arrival += unpack_from("!h", body, position)[0]
                position += 2
            else:
                return None
            found.append((number, arrival / _TICKS))
    except (StructError, IndexError):
        return None
    return found
