"""One direction of a bad network, in whatever time it is given: it loses, delays and narrows. Pure."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

QUEUE_SECONDS = 0.3  # what home routers have; what comes when it is full is dropped


@dataclass
class Line:
    """One direction."""

    loss: float = 0.0  # 0..1
    delay: float = 0.01  # s
    jitter: float = 0.0  # s, standard deviation
    bits: float = 0.0  # per second; 0: as many as come
    free_at: float = 0.0
    random: random.Random = field(default_factory=lambda: random.Random(7))
    carried: int = 0  # packets since the last ``shape``
    octets: int = 0
    lost: int = 0  # by chance
    full: int = 0  # dropped because the queue was full

    def leaves(self, size: int, now: float) -> float | None:
        """When a datagram that comes ``now`` is at the other end; None: it is lost."""
        if self.random.random() < self.loss:
            self.lost += 1
            return None
        leaves = now
        if self.bits:
            if self.free_at - now > QUEUE_SECONDS:
                self.full += 1
                return None
            self.free_at = max(self.free_at, now) + size * 8 / self.bits
            leaves = self.free_at
        self.carried += 1
        self.octets += size
        return leaves + max(0.0, self.random.gauss(self.delay, self.jitter) if self.jitter else self.delay)
