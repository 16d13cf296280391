"""One socket: reads messages one after the other, answers each, and is written to by its audience.

The read loop is the only one that awaits here; everybody else calls ``write`` and ``close``, which never wait. ``close``
only says why: the read loop is interrupted and ends the socket itself, so there is one place that closes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from web.live import frames
from web.live.closing import CloseCode, Closing
from web.live.flood import Flood
from web.live.lag import Lag
from web.live.messages import MAX_BYTES, AnyMessage, decode
from web.live.permissions import Role as ChannelRole
from web.live.round_trip import RoundTrip

logger = logging.getLogger(__name__)

MAX_UNSENT = 256 * 1024  # bytes that may wait for a reader: half a minute of a busy show on a slow phone
CLOSE_SECONDS = 5.0  # for what is unsent and the closing handshake; then the transport is cut
ANSWER_SECONDS = 2.0  # of these for the peer's half of the handshake
PING_EVERY = 20.0  # seconds
DEAD_AFTER = 60.0  # seconds without a byte: three pings unanswered
JOIN_WITHIN = 20.0  # seconds from opening to the join message

# What the WebSocket layer finds by itself, in the words of this protocol.
PROTOCOL_ERRORS = {
    WSCloseCode.MESSAGE_TOO_BIG: (CloseCode.TOO_LARGE, b"the message is too large"),
    WSCloseCode.PROTOCOL_ERROR: (CloseCode.MALFORMED, b"not a WebSocket of this protocol"),
    WSCloseCode.INVALID_TEXT: (CloseCode.MALFORMED, b"not a WebSocket of this protocol"),
    WSCloseCode.UNSUPPORTED_DATA: (CloseCode.MALFORMED, b"not a WebSocket of this protocol"),
}


class LiveSocket(web.WebSocketResponse):
    """Closes with this protocol's codes also where aiohttp decides to close."""

    async def close(self, *, code: int = WSCloseCode.OK, message: bytes = b"", drain: bool = True) -> bool:
        if code in PROTOCOL_ERRORS:
            code, message = PROTOCOL_ERRORS[WSCloseCode(code)]
        return await super().close(code=code, message=message, drain=drain)


Handle = Callable[["Connection", AnyMessage], Awaitable[dict[str, Any] | None]]


class Connection:
    """What the server knows of one socket. ``position`` is the last offset written to it."""

    def __init__(
        self,
        socket: LiveSocket,
        transport: asyncio.Transport,
        show_id: str,
        account_id: str | None,
        token: str | None,
        now: float,
    ) -> None:
        self.show_id = show_id
        self.account_id = account_id
        self.token = token
        self.moderates = False  # whether this socket sees what is for moderators
        self.backlog = 0  # bytes unsent after the last write: at least as many as now
        self._you: dict[str, Any] = {"account": None, "role": None, "sanction": None}
        self.learned = False  # ``you`` is known, and kept up to date by events from then on
        self.joined = False  # the join has been answered
        self.in_shadow = False  # when it joined: its person's words are seen by nobody else
        self.changes = 0  # events about this person since the socket opened
        self.position = 0
        self.via: str | None = None  # the way of the picture to this page, as its last ping said
        self.lag = Lag()
        self.round_trip = RoundTrip()
        self.opened = self.heard = self.pinged = now
        self.closing: Closing | None = None
        self.ended_with: CloseCode | None = None  # why the server closed it, if it did
        self._socket = socket
        self._transport = transport
        self._flood = Flood(now)
        self._scope: asyncio.Timeout | None = None

    @property
    def you(self) -> dict[str, Any]:
        """What this person is in the show, as the page gets it."""
        return self._you

    @you.setter
    def you(self, you: dict[str, Any]) -> None:
        self._you = you
        self.moderates = you["role"] in (
            "host",
            "moderator",
        )  # looked at with every frame, so not asked for again each time

    @property
    def role(self) -> ChannelRole:
        if self.account_id is None:
            return "anonymous"
        return self._you["role"] or "viewer"

    def unsent(self) -> int:
        """Bytes that wait for this reader."""
        return self._transport.get_write_buffer_size()

    @property
    def lag_ms(self) -> int | None:
        """How far this viewer's picture is behind the show clock, in ms; None: not known (no picture, or none lately)."""
        return self.lag.ms(asyncio.get_running_loop().time())

    # -- writing: never waits

    def write(self, frame: bytes) -> None:
        """Hand bytes to the transport; a reader with too much unsent is closed."""
        transport = self._transport
        if self.closing is not None or transport.is_closing():
            return
        transport.write(frame)
        self.backlog = transport.get_write_buffer_size()
        if self.backlog > MAX_UNSENT:
            self.close(CloseCode.SLOW_READER, "you are reading too slowly")

    def send(self, content: dict[str, Any]) -> None:
        self.write(frames.message(content))

    async def drained(self, below: int, seconds: float) -> bool:
        """Wait until at most ``below`` bytes are unsent; False when that takes too long or the socket is closing."""
        loop = asyncio.get_running_loop()
        end, pause = loop.time() + seconds, 0.0
        while self.closing is None and not self._transport.is_closing():
            if self._transport.get_write_buffer_size() <= below:
                return True
            if loop.time() > end:
                return False
            await asyncio.sleep(pause)
            pause = min(0.1, pause + 0.01)
        return False

    def close(self, code: CloseCode, reason: str) -> None:
        """Close the socket soon; the first reason counts."""
        if self.closing is not None:
            return
        self.closing = Closing(code, reason)
        if self._scope is not None:
            self._scope.reschedule(0)  # long past: interrupts whatever the read loop waits for

    def cut(self) -> None:
        """Close without a word: the peer is gone."""
        self._transport.abort()

    def ping(self, now: float) -> None:
        self.pinged = now
        self.write(frames.ping(self.round_trip.ping(now)))

    # -- reading

    async def run(self, handle: Handle) -> None:
        """Read until the socket closes, whoever closes it."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(None) as self._scope:
                if self.closing is None:
                    await self._read(handle, loop)
        except Closing as closing:
            self.closing = self.closing or closing
        except TimeoutError:
            if self.closing is None:  # not ours
                logger.warning("a message took too long to handle", exc_info=True)
        finally:
            self._scope = None
            await self._finish()

    async def _read(self, handle: Handle, loop: asyncio.AbstractEventLoop) -> None:
        while True:
            message = await self._socket.receive()
            now = self.heard = loop.time()
            if message.type is WSMsgType.PONG:
                self.round_trip.pong(bytes(message.data), now)
                continue
            if message.type in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR):
                return
            if not self._flood.take(now):
                raise Closing(CloseCode.FLOODING, "too many messages")
            if message.type is WSMsgType.PING:
                self.write(frames.pong(message.data))
                continue
            if message.type is not WSMsgType.BINARY:
                raise Closing(CloseCode.MALFORMED, "only binary messages are understood")
            if len(message.data) > MAX_BYTES:
                raise Closing(CloseCode.TOO_LARGE, "the message is too large")
            try:
                request = decode(message.data)
            except ValueError as error:
                raise Closing(CloseCode.MALFORMED, f"not understood: {error}") from None
            answer = await handle(self, request)
            if answer is not None:
                self.send(answer)
            if self.closing is not None:
                raise self.closing

    async def _finish(self) -> None:
        closing = self.closing
        self.closing = closing or Closing(CloseCode.MALFORMED, "closed")  # nothing is written from here on
        code, reason = (closing.code, closing.reason) if closing is not None else (WSCloseCode.OK, "")
        self.ended_with = closing.code if closing is not None else None
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                reads = closing is None or closing.code is not CloseCode.SLOW_READER
                await self._socket.close(code=code, message=_short(reason), drain=reads)
        except TimeoutError:
            pass
        finally:
            # Closing sends what is unsent first, which waits for a reader that may never read.
            asyncio.get_running_loop().call_later(CLOSE_SECONDS, self._transport.abort)


def _short(reason: str) -> bytes:
    """At most 120 bytes of UTF-8, cut between characters."""
    return reason.encode()[:120].decode(errors="ignore").encode()
