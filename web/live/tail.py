"""The newest events of a show in order, whatever order and however often they arrive: pure.

The broker may repeat, delay and lose. An event is taken when it is the next one, kept aside when it is further ahead, and
dropped when it is known already. Both stores are bounded: the ring forgets its oldest (a reader that far behind takes a
snapshot), and of what lies ahead only the nearest is kept (the rest is read from the database anyway).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from itertools import islice

from livestream.events import Event
from web.live.lines import Line, line

KEPT = 1_000  # events: what a reader may have missed and still resume without a snapshot


class Tail:
    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._packed: deque[Line] = deque()  # offsets head-len+1 .. head
        self._ahead: dict[int, Event] = {}
        self._started = False
        self.head = 0

    def start(self, head: int) -> list[Event]:
        """``head`` is the last offset in the database, read after subscribing. Returns what arrived beyond it by now."""
        self.head = head
        self._started = True
        return self._advance()

    def add(self, events: Iterable[Event]) -> list[Event]:
        """Take events; returns those that are new and in order now."""
        for event in events:
            if event.offset > self.head or not self._started:
                self._ahead[event.offset] = event
        new = self._advance() if self._started else []
        while len(self._ahead) > self._kept:
            del self._ahead[max(self._ahead)]
        return new

    def _advance(self) -> list[Event]:
        new: list[Event] = []
        while (event := self._ahead.pop(self.head + 1, None)) is not None:
            self.head += 1
            new.append(event)
            self._packed.append(line(event))
            if len(self._packed) > self._kept:
                self._packed.popleft()
        for offset in [offset for offset in self._ahead if offset <= self.head]:
            del self._ahead[offset]
        return new

    @property
    def gap(self) -> bool:
        """Whether something is missing between the head and what has arrived."""
        return bool(self._ahead)

    @property
    def floor(self) -> int:
        """Events after this offset are kept."""
        return self.head - len(self._packed)

    def after(self, offset: int, max_bytes: int) -> list[Line] | None:
        """Events from ``offset`` + 1 on, at least one if there is one, up to ``max_bytes``. None: forgotten."""
        if offset < self.floor:
            return None
        chosen: list[Line] = []
        size = 0
        for packed in islice(self._packed, offset - self.floor, None):
            size += len(packed.full)
            if chosen and size > max_bytes:
                break
            chosen.append(packed)
        return chosen
