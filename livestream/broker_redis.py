"""The broker's twin for several processes: Redis publish/subscribe.

Redis carries, the database decides. Subscribers of this process get a message at once, others through Redis; nobody waits
for Redis: a message goes into a bounded queue, and a task sends what is there in one round trip. When the connection was
away, or messages were dropped, ``on_gap`` callbacks are called here and (by a message of its own) on every other server:
whoever needs every message reads the database then. Without Redis each server goes on by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import secrets
from collections import deque
from collections.abc import Callable
from typing import Any

from redis.asyncio import Connection, ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from livestream.broker import Callback, LocalBroker, Unsubscribe

logger = logging.getLogger(__name__)

PREFIX = b"closetcast:"
GAP_CHANNEL = PREFIX + b"gap"
ID_BYTES = 8
QUEUE = 10_000  # messages that wait for Redis; the oldest are dropped, counted, and made good by a gap
BATCH = 500  # messages in one round trip
CONNECT_SECONDS = 3.0
CONFIRM_SECONDS = 2.0  # a subscription that Redis does not confirm in this time: the connection is as good as lost
QUIET_SECONDS = 5.0  # without a word: ask
DEAD_SECONDS = 15.0  # without an answer: connect again
FIRST_WAIT, LONGEST_WAIT = 0.05, 2.0  # seconds between two attempts to connect
DRAIN_SECONDS = 2.0
FAILURES = (RedisError, OSError, asyncio.TimeoutError)


class RedisBroker:
    """Implements ``Broker``. ``url``: ``redis://``, ``rediss://`` or ``unix://``. Raises: ValueError for another one."""

    def __init__(self, url: str) -> None:
        self._id = secrets.token_bytes(ID_BYTES)
        self._local = LocalBroker()
        self._gap_callbacks: list[Callable[[], None]] = []
        self._channels: dict[bytes, int] = {}  # subscribed ones of this process -> how many subscribers
        self._confirmations: dict[bytes, asyncio.Future[None]] = {}
        options: dict[str, Any] = {
            "protocol": 2,
            "retry": Retry(NoBackoff(), 0),  # reconnecting is done here: it must not happen unnoticed
            "socket_connect_timeout": CONNECT_SECONDS,
            "socket_keepalive": True,
        }
        self._pool = ConnectionPool.from_url(url, **options)
        self._sender = Redis.from_url(url, socket_timeout=DEAD_SECONDS, **options)
        self._listening: Connection | None = None
        self._connected = asyncio.Event()
        self._outgoing: deque[tuple[bytes, bytes]] = deque()
        self._waiting = asyncio.Event()
        self._sent = asyncio.Event()  # nothing waits and nothing is on its way
        self._sent.set()
        self._lost = False  # something that others should have heard was not sent
        self._tasks: list[asyncio.Task[None]] = []
        self.counters = {"published": 0, "dropped": 0, "received": 0, "connections": 0, "gaps": 0}

    async def start(self) -> None:
        """Connect; a Redis that is away is waited for in the background."""
        self._tasks = [
            asyncio.create_task(self._listen_forever(), name="redis listener"),
            asyncio.create_task(self._send_forever(), name="redis sender"),
        ]
        try:
            await asyncio.wait_for(self._connected.wait(), CONNECT_SECONDS)
        except TimeoutError:
            logger.warning("Redis does not answer; this server goes on by itself until it does")

    async def stop(self) -> None:
        """Send what waits, for two seconds at the most, and close."""
        if self._tasks and self._connected.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._sent.wait(), DRAIN_SECONDS)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        await self._sender.aclose()
        await self._pool.aclose()
        await self._local.stop()

    # -- publishing

    async def publish(self, channel: str, payload: bytes) -> None:
        await self._local.publish(channel, payload)
        if len(self._outgoing) >= QUEUE:
            self._outgoing.popleft()
            self.counters["dropped"] += 1
            self._lost = True
        self._sent.clear()
        self._outgoing.append((PREFIX + channel.encode(), self._id + payload))
        self._waiting.set()

    async def _send_forever(self) -> None:
        wait = FIRST_WAIT
        while True:
            await self._waiting.wait()
            batch = [self._outgoing.popleft() for _ in range(min(BATCH, len(self._outgoing)))]
            if not self._outgoing:
                self._waiting.clear()
            try:
                await self._send(batch)
                wait = FIRST_WAIT
                if not self._outgoing:
                    self._sent.set()
            except FAILURES as error:
                self._lost = True
                self.counters["dropped"] += len(batch)
                self._waiting.set()  # the gap is still to be told, also when nothing else is
                logger.warning("Redis does not take messages: %s", error)
                await asyncio.sleep(wait * random.uniform(0.5, 1.5))  # noqa: S311  jitter, not a secret
                wait = min(LONGEST_WAIT, wait * 2)

    async def _send(self, batch: list[tuple[bytes, bytes]]) -> None:
        async with self._sender.pipeline(transaction=False) as pipeline:
            telling_gap = self._lost
            for channel, payload in batch:
                pipeline.publish(channel, payload)
            if telling_gap:
                pipeline.publish(GAP_CHANNEL, self._id)
            self._lost = False
            await pipeline.execute()
        self.counters["published"] += len(batch)

    # -- listening

    async def subscribe(self, channel: str, callback: Callback) -> Unsubscribe:
        unsubscribe_here = await self._local.subscribe(channel, callback)
        name = PREFIX + channel.encode()
        self._channels[name] = self._channels.get(name, 0) + 1
        await self._confirmed(name)
        left = False

        async def unsubscribe() -> None:
            nonlocal left
            await unsubscribe_here()
            if left:
                return
            left = True
            self._channels[name] -= 1
            if self._channels[name] == 0:
                del self._channels[name]
                await self._command("UNSUBSCRIBE", name)

        return unsubscribe

    def on_gap(self, callback: Callable[[], None]) -> None:
        self._gap_callbacks.append(callback)

    async def _confirmed(self, name: bytes) -> None:
        """Subscribe to a channel and wait until Redis says so. Without Redis: at once, the gap comes with the connection."""
        waiting = self._confirmations.get(name)
        if waiting is None:
            waiting = self._confirmations[name] = asyncio.get_running_loop().create_future()
        if not await self._command("SUBSCRIBE", name):
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(waiting), CONFIRM_SECONDS)

    async def _command(self, *arguments: str | bytes) -> bool:
        """Send on the listening connection. False: there is none, or not any more; the listener notices by itself."""
        connection = self._listening
        if connection is None:
            return False
        try:
            await connection.send_command(*arguments, check_health=False)
        except FAILURES:
            return False
        return True

    async def _listen_forever(self) -> None:
        wait = FIRST_WAIT
        said = False  # once per outage is enough
        while True:
            connection = self._pool.make_connection()  # type: ignore[no-untyped-call]
            try:
                await connection.connect()
                wait, said = FIRST_WAIT, False
                await self._listen(connection)
            except FAILURES as error:
                if not said:
                    logger.warning("Redis is away: %s", error)
                said = True
            except Exception:
                logger.exception("the Redis listener stumbled and starts again")
            finally:
                self._listening = None
                self._connected.clear()
                self._end_confirmations()
                with contextlib.suppress(*FAILURES):
                    await connection.disconnect(nowait=True)
            await asyncio.sleep(wait * random.uniform(0.5, 1.5))  # noqa: S311  jitter, not a secret
            wait = min(LONGEST_WAIT, wait * 2)

    async def _listen(self, connection: Any) -> None:
        self.counters["connections"] += 1
        # The gap channel is the last one: once it is confirmed all are, and whatever came before is in the database.
        await connection.send_command("SUBSCRIBE", *self._channels, GAP_CHANNEL, check_health=False)
        self._listening = connection
        loop = asyncio.get_running_loop()
        heard = loop.time()
        while True:
            answer = await connection.read_response(timeout=QUIET_SECONDS, disconnect_on_error=False)
            if answer is None:
                if loop.time() - heard > DEAD_SECONDS:
                    raise ConnectionError("no answer")
                await connection.send_command("PING", check_health=False)
                continue
            heard = loop.time()
            if isinstance(answer, list) and len(answer) == 3:
                await self._heard(*answer)

    async def _heard(self, kind: Any, name: Any, payload: Any) -> None:
        if kind == b"subscribe":
            waiting = self._confirmations.pop(name, None)
            if waiting is not None and not waiting.done():
                waiting.set_result(None)
            if name == GAP_CHANNEL:
                self._connected.set()
                self._gap()
        elif kind == b"message" and payload[:ID_BYTES] != self._id:  # one's own have been delivered already
            self.counters["received"] += 1
            if name == GAP_CHANNEL:
                self._gap()
            else:
                await self._local.publish(name[len(PREFIX) :].decode(), payload[ID_BYTES:])

    def _end_confirmations(self) -> None:
        for waiting in self._confirmations.values():
            if not waiting.done():
                waiting.set_result(None)
        self._confirmations.clear()

    def _gap(self) -> None:
        self.counters["gaps"] += 1
        for callback in self._gap_callbacks:
            try:
                callback()
            except Exception:
                logger.exception("a gap could not be announced")

    def statistics(self) -> dict[str, int]:
        return {**self.counters, "queued_now": len(self._outgoing), "channels_now": len(self._channels)}
