"""Carries bytes between those who publish and those who listen, in this process or through Redis.

The broker may delay and may lose; it never decides. Whoever needs every message (the timeline) numbers them and reads what
is missing from the database.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

logger = logging.getLogger(__name__)

Callback = Callable[[bytes], None]
Unsubscribe = Callable[[], Awaitable[None]]


class Broker(Protocol):
    """``start`` before use, ``stop`` closes what was opened. Callbacks run on the server's loop and must not block."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def publish(self, channel: str, payload: bytes) -> None:
        """Hand ``payload`` to every subscriber of ``channel``, in order per publisher. Never raises for a lost connection."""

    async def subscribe(self, channel: str, callback: Callback) -> Unsubscribe:
        """After this returns, what is published is delivered. What the callback raises is logged, others still get it."""

    def on_gap(self, callback: Callable[[], None]) -> None:
        """``callback`` is called when messages may have been lost (a connection came back): read from the database."""


class LocalBroker:
    """The twin for one process: a dictionary of lists, delivery at once."""

    def __init__(self) -> None:
        self._subscribers: dict[str, list[Callback]] = {}

    async def start(self) -> None:
        """Nothing to open."""

    async def stop(self) -> None:
        self._subscribers.clear()

    async def publish(self, channel: str, payload: bytes) -> None:
        for callback in tuple(self._subscribers.get(channel, ())):
            try:
                callback(payload)
            except Exception:
                logger.exception("a subscriber of %s failed", channel)

    async def subscribe(self, channel: str, callback: Callback) -> Unsubscribe:
        self._subscribers.setdefault(channel, []).append(callback)

        async def unsubscribe() -> None:
            callbacks = self._subscribers.get(channel, [])
            if callback in callbacks:
                callbacks.remove(callback)
            if not callbacks:
                self._subscribers.pop(channel, None)

        return unsubscribe

    def on_gap(self, callback: Callable[[], None]) -> None:
        """Nothing is ever lost between two lists."""
