"""One stream of a publication: the sound, or one encoding of the picture. Numbers, times, stores; forwards nothing.

``receive`` puts a packet in order (extended sequence number), on the show's clock, into the cache and the statistics. Who gets it
then is ``fanout.py``'s matter.
"""

from __future__ import annotations

from collections import deque
from enum import Enum

from livestream.engine.clock import ShowClock, StreamClock
from livestream.engine.dimensions import dimensions
from livestream.engine.fanout import FanOut
from livestream.engine.hot_path import PYTHON, HotPath
from livestream.engine.keyframes import KeyframeFinder
from livestream.engine.nack import MissingPackets
from livestream.engine.packet_cache import AUDIO_PACKETS, AUDIO_SECONDS, VIDEO_PACKETS, VIDEO_SECONDS, PacketCache
from livestream.engine.parameter_sets import ParameterSets
from livestream.engine.plan import Codec, Kind
from livestream.engine.pli import KeyframeRequests
from livestream.engine.rtcp import ReceptionBlock
from livestream.engine.rtp import Packet, sequence_distance
from livestream.engine.statistics import StreamRates
from livestream.engine.vp8 import Picture, read_picture

# RFC 3550 appendix A.1: a bigger step is a restart of the numbering, believed when the next packet confirms it.
_LARGEST_STEP = 3000
_INSERTED = 16  # places remembered: keyframes of the last half minute; nothing older is repaired


class Arrival(Enum):
    NEWEST = "newest"
    LATE = "late"  # overtaken or repaired, wanted all the same
    KEYFRAME = "keyframe"  # either, and a keyframe starts here
    DUPLICATE = "duplicate"
    TOO_LATE = "too_late"
    STRAY = "stray"  # far outside the numbering; ignored
    RESTARTED = "restarted"  # the numbering has started anew: this object's time is over


class IncomingStream:
    def __init__(
        self,
        kind: Kind,
        rid: str | None,
        ssrc: int,
        codec: Codec,
        floor_ms: float,
        now: float,
        hot: HotPath = PYTHON,
    ) -> None:
        self.kind = kind
        self.rid = rid
        self.ssrc = ssrc
        self.codec = codec
        self.clock = StreamClock(codec.clock_rate, int(floor_ms * codec.clock_rate / 1000))
        if kind == "video":
            self.cache = PacketCache(VIDEO_PACKETS, VIDEO_SECONDS)
        else:
            self.cache = PacketCache(AUDIO_PACKETS, AUDIO_SECONDS)
        self._reach = VIDEO_PACKETS if kind == "video" else AUDIO_PACKETS
        self.missing = MissingPackets()
        self.keyframes = KeyframeFinder()
        self.parameter_sets = ParameterSets(codec.fmtp) if codec.name == "H264" else None
        self.requests = KeyframeRequests()
        self.rates = StreamRates(now)
        self.fan_out = FanOut(self, hot)
        self.reception = Reception()
        self.picture: Picture | None = None  # VP8: the newest identifiers
        self.size: tuple[int, int] | None = None
        self.newest: int | None = None  # extended sequence number
        self.last_arrival = now
        self.gone = False  # another stream has taken its place, or its session is over
        self._sent_newest = 0  # extended sequence number as the host counts, valid once ``newest`` is
        # (host's number, packets put in before it), ascending: our own numbers go on where we put something in (``insert``)
        self._inserted: deque[tuple[int, int]] = deque(maxlen=_INSERTED)
        self._confirm: int | None = None
        self._given_up = 0

    @property
    def is_video(self) -> bool:
        return self.kind == "video"

    def receive(self, packet: Packet, codec: Codec, now: float, show: ShowClock, repaired: bool) -> Arrival:
        """Take in one packet of this stream; afterwards its ``index``, ``show_timestamp``, ``arrival`` and ``codec`` are set."""
        newest = self.newest
        if newest is None:
            sent = index = packet.sequence + 0x10000  # so that what was overtaken by the first packet stays positive
        else:
            distance = sequence_distance(packet.sequence, self._sent_newest & 0xFFFF)
            if abs(distance) > _LARGEST_STEP:
                if repaired:
                    return Arrival.STRAY
                if self._confirm == packet.sequence:
                    return Arrival.RESTARTED
                self._confirm = (packet.sequence + 1) & 0xFFFF
                return Arrival.STRAY
            sent = self._sent_newest + distance
            index = self._own_number(sent)
            if distance <= 0:
                if index <= newest - self._reach:
                    return Arrival.TOO_LATE
                if self.cache.get(index) is not None:
                    self.reception.duplicates += 1
                    return Arrival.DUPLICATE
        self._confirm = None
        packet.index = index
        packet.arrival = self.last_arrival = now
        packet.codec = codec
        in_order = newest is None or index > newest
        if in_order:
            self._sent_newest = sent
        packet.show_timestamp = self.clock.map(packet.timestamp, now, show, in_order)
        if in_order:
            self.newest = index
            if codec.name == "VP8":
                self.picture = read_picture(packet.payload) or self.picture
        self.cache.put(packet)
        size = packet.payload_end - packet.payload_start
        self.reception.received(sent, packet.timestamp, now, codec.clock_rate, repaired, in_order)
        self.rates.received(size, packet.timestamp, in_order)
        if not self.missing.received(index, now) and self.is_video:
            self.requests.want()
        # A straggler of the codec before the present one is no place to start from.
        if self.is_video and size and codec is self.codec and self._keyframe(packet, now):
            return Arrival.KEYFRAME
        return Arrival.NEWEST if in_order else Arrival.LATE

    def insert(self, packet: Packet, codec: Codec, before: Packet, now: float, show: ShowClock) -> bool:
        """Take in a packet of our own, numbered just before ``before``, which comes next. False: that one is not in order."""
        if self.newest is None:
            sent = before.sequence + 0x10000
            packet.index = sent - 1
        else:
            distance = sequence_distance(before.sequence, self._sent_newest & 0xFFFF)
            if not 0 < distance <= _LARGEST_STEP:
                return False
            sent = self._sent_newest + distance
            already = self._inserted[-1][1] if self._inserted else 0
            packet.index = sent + already
            self._inserted.append((sent, already + 1))
        packet.arrival, packet.codec = now, codec
        packet.show_timestamp = self.clock.map(packet.timestamp, now, show, True)
        self.newest = packet.index
        self._sent_newest = sent - 1  # ``before`` is still to come
        self.cache.put(packet)
        self.missing.received(packet.index, now)
        self._keyframe(packet, now)
        return True

    def lacks(self, sequence: int) -> bool:
        """Whether the packet of this 16-bit number, which has been sent lately, is not here."""
        if self.newest is None:
            return False
        sent = self._sent_newest + sequence_distance(sequence, self._sent_newest & 0xFFFF)
        if sent > self._sent_newest:
            return True
        return sent > self._sent_newest - self._reach and self.cache.get(self._own_number(sent)) is None

    def _own_number(self, sent: int) -> int:
        for first, inserted in reversed(self._inserted):
            if sent >= first:
                return sent + inserted
        return sent + (self._inserted[0][1] - 1 if self._inserted else 0)

    def as_sent(self, index: int) -> int:
        """The host's own number of one of ours."""
        for first, inserted in reversed(self._inserted):
            if index >= first + inserted:
                return index - inserted
        return index - (self._inserted[0][1] - 1 if self._inserted else 0)

    def _keyframe(self, packet: Packet, now: float) -> bool:
        name, payload = packet.codec.name, packet.payload
        if not self.keyframes.observe(name, payload, packet.index, packet.timestamp, now):
            return False
        self.requests.satisfied(now)
        size = dimensions(name, payload)
        if size is not None:
            self.size = size
        return True

    def block(self, now: float) -> ReceptionBlock:
        block = self.reception.block(self.ssrc, now)
        if self.codec.nack:  # what is still being asked for is not lost yet
            given_up = self.missing.given_up
            self.reception.unrepaired, self._given_up = given_up - self._given_up, given_up
        return block


class Reception:
    """What a receiver report says of a stream (RFC 3550 section 6.4.1, appendix A.3 and A.8)."""

    def __init__(self) -> None:
        self._first: int | None = None
        self._highest = 0
        self._received = 0  # as sent the first time
        self._expected_before = 0
        self._received_before = 0
        self._jitter = 0.0
        self._transit: float | None = None
        self._report: tuple[int, float] | None = None  # (middle 32 bits of NTP, arrival)
        self.duplicates = 0
        # Over the last report's interval: packets expected, missing as sent the first time, missing after repair.
        self.expected = self.lost = self.unrepaired = 0

    def received(self, index: int, timestamp: int, now: float, rate: int, repaired: bool, in_order: bool) -> None:
        if self._first is None:
            self._first = self._highest = index
        elif in_order:
            self._highest = index
        else:
            self._first = min(self._first, index)
        if repaired:
            return
        self._received += 1
        if in_order:
            transit = now * rate - timestamp
            if self._transit is not None:
                # Timestamps wrap; a difference of half the range is a wrap or a jump, never jitter.
                difference = abs(transit - self._transit)
                if difference < rate * 10:
                    self._jitter += (difference - self._jitter) / 16
            self._transit = transit

    @property
    def loss(self) -> float:
        """Before repair, 0..1, over the last report's interval."""
        return self.lost / self.expected if self.expected else 0.0

    def jitter_ms(self, rate: int) -> float:
        return self._jitter * 1000 / rate

    def reported(self, ntp: int, now: float) -> None:
        """A sender report arrived."""
        self._report = (ntp >> 16 & 0xFFFFFFFF, now)

    def block(self, ssrc: int, now: float) -> ReceptionBlock:
        """The report since the last one; also renews the loss figures."""
        first = self._first if self._first is not None else self._highest
        expected = self._highest - first + 1 if self._first is not None else 0
        interval = expected - self._expected_before
        self.expected = max(interval, 0)
        self.lost = max(0, interval - (self._received - self._received_before))
        self.unrepaired = self.lost
        self._expected_before = expected
        self._received_before = self._received
        last, delay = 0, 0
        if self._report is not None:
            last, delay = self._report[0], int((now - self._report[1]) * 65536)
        return ReceptionBlock(
            ssrc, int(self.loss * 256), expected - self._received, self._highest, int(self._jitter), last, delay
        )
