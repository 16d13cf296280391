"""The way to a socket and back, as the server itself measures it: pings with contents that cannot be guessed.

Half of it is how late a bid arrives against the countdown on the bidder's screen: a page sets its clock by half a round trip
too, so the two errors cancel, however unequal the two ways are. The smallest of the last measurements counts: a
page can only seem slower by answering every ping late, and what may be gained by that is bounded (cart/auctions/rules.py).
"""

from __future__ import annotations

import secrets
from collections import deque

SAMPLES = 6
UNANSWERED = 4  # pings kept until they are answered; the oldest goes


class RoundTrip:
    """Pure but for the nonces; ``now`` is monotonic seconds."""

    def __init__(self) -> None:
        self._sent: dict[bytes, float] = {}
        self._samples: deque[float] = deque(maxlen=SAMPLES)

    @property
    def settled(self) -> bool:
        """Whether there are as many measurements as count."""
        return len(self._samples) == SAMPLES

    def ping(self, now: float) -> bytes:
        """The contents of the next ping."""
        while len(self._sent) >= UNANSWERED:
            del self._sent[next(iter(self._sent))]
        nonce = secrets.token_bytes(8)
        self._sent[nonce] = now
        return nonce

    def pong(self, contents: bytes, now: float) -> None:
        """An answer; one to no ping of ours is nothing."""
        sent = self._sent.pop(contents, None)
        if sent is not None:
            self._samples.append(max(0.0, now - sent))

    def one_way_ms(self) -> int | None:
        """Half of the smallest round trip; None: not measured."""
        return round(min(self._samples) * 500) if self._samples else None
