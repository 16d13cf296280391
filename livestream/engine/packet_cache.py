"""The packets of one incoming stream, each stored once for all viewers: for repeats and for joins.

A ring indexed by sequence number: no search, no allocation per packet. Bounded twice, by age and by number; the oldest
go first, and what is gone simply cannot be repeated.
"""

from __future__ import annotations

from livestream.engine.rtp import Packet

# 3 s of video is what a join may replay; for repeats 2 s would do (a decoder has given up by then).
VIDEO_SECONDS = 3.0
AUDIO_SECONDS = 1.0
# 2,048 packets of 1,200 B are 6.5 Mbit/s over 3 s and 2.4 MB; audio comes 50 to 100 times a second.
VIDEO_PACKETS = 2048
AUDIO_PACKETS = 128


class PacketCache:
    def __init__(self, packets: int, seconds: float) -> None:
        """``packets`` must be a power of two."""
        if packets & (packets - 1):
            raise ValueError("The number of packets must be a power of two.")
        self._ring: list[Packet | None] = [None] * packets
        self._mask = packets - 1
        self._seconds = seconds
        self._oldest: int | None = None  # no packet is stored below this index
        self._newest = -1

    def put(self, packet: Packet) -> None:
        """Store by ``packet.index``; one that is older than the ring reaches is not stored."""
        index = packet.index
        if self._oldest is None:
            self._oldest = self._newest = index
        elif index > self._newest:
            self._newest = index
            if index - self._oldest > self._mask:
                self._oldest = index - self._mask
        elif index <= self._newest - self._mask:
            return
        elif index < self._oldest:
            self._oldest = index
        self._ring[index & self._mask] = packet

    def get(self, index: int) -> Packet | None:
        packet = self._ring[index & self._mask]
        return packet if packet is not None and packet.index == index else None

    def oldest(self) -> int | None:
        """The index of the oldest packet that is stored."""
        if self._oldest is None:
            return None
        return next((index for index in range(self._oldest, self._newest + 1) if self.get(index) is not None), None)

    def expire(self, now: float) -> None:
        """Forget what is older than this cache keeps."""
        if self._oldest is None:
            return
        limit = now - self._seconds
        ring, mask = self._ring, self._mask
        while self._oldest <= self._newest:
            packet = ring[self._oldest & mask]
            if packet is not None and packet.arrival >= limit:
                if packet.index >= self._oldest:
                    return
            elif packet is not None:
                ring[self._oldest & mask] = None
            self._oldest += 1
        self._oldest = None

    def clear(self) -> None:
        self._ring = [None] * (self._mask + 1)
        self._oldest, self._newest = None, -1

    def __len__(self) -> int:
        """How many packets are stored; for tests and statistics, it counts."""
        return sum(packet is not None for packet in self._ring)
