"""Packets of one source in order: repaired and overtaken ones find their place, what never comes is given up. Pure."""

from __future__ import annotations

from livestream.media import MediaPacket

MOST = 1024  # packets waiting behind a hole: two seconds of a good picture


class Ordering:
    """``patience``: ticks of media that may arrive after a hole before it is given up."""

    def __init__(self, patience: int) -> None:
        self._patience = patience
        self._next: int | None = None
        self._waiting: dict[int, MediaPacket] = {}
        self.lost = 0  # packets given up
        self.late = 0  # packets that came after they had been given up

    def push(self, packet: MediaPacket) -> list[tuple[MediaPacket, bool]]:
        """What can be handed on now: (packet, whether something before it is missing)."""
        if self._next is None:
            self._next = packet.index
        if packet.index < self._next:
            self.late += 1
            return []
        self._waiting[packet.index] = packet
        ready = self._take(False)
        if self._waiting and (
            packet.ticks - min(one.ticks for one in self._waiting.values()) > self._patience
            or len(self._waiting) > MOST
        ):
            first = min(self._waiting)
            self.lost += first - self._next
            self._next = first
            ready += self._take(True)
        return ready

    def _take(self, hole: bool) -> list[tuple[MediaPacket, bool]]:
        ready = []
        assert self._next is not None
        while (packet := self._waiting.pop(self._next, None)) is not None:
            ready.append((packet, hole))
            hole = False
            self._next += 1
        return ready
