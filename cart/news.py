"""What one person is told: outbid, won, a piece that came free for them, an answer to an offer.

Told after the commit, through the broker, to whatever that person has open; it may be lost, and everything in it can be
read again (bag, offers). ``listeners`` get it once, on the server where it happened: notifications outside the page.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from livestream.broker import Broker

logger = logging.getLogger(__name__)

CHANNEL = "news"


@dataclass(frozen=True, slots=True)
class Told:
    """``kind`` and plain ``data``, for one account."""

    account_id: str
    kind: str
    data: dict[str, Any]


Listener = Callable[[Told], Awaitable[None]]


class News:
    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self.listeners: list[Listener] = []

    async def tell(self, news: Sequence[Told]) -> None:
        """Never raises: what happened has happened, whether or not somebody hears of it now."""
        for told in news:
            payload = msgspec.msgpack.encode([told.account_id, {"kind": told.kind, **told.data}])
            await self._broker.publish(CHANNEL, payload)
            for listener in self.listeners:
                try:
                    await listener(told)
                except Exception:
                    logger.exception("somebody could not be told of %s", told.kind)


def decode(payload: bytes) -> tuple[str, dict[str, Any]]:
    """(account id, what to send). Raises: msgspec.DecodeError."""
    return msgspec.msgpack.decode(payload, type=tuple[str, dict[str, Any]])
