"""Why the server closes a socket: stable numbers that say whether to come back (docs/protocol.md)."""

from __future__ import annotations

import enum


class CloseCode(enum.IntEnum):
    MALFORMED = 4400  # not of this protocol: a text frame, broken msgpack, an unknown or ill-typed message
    SIGNED_OUT = 4401  # the sign-in that opened this socket has ended
    BANNED = 4403
    NO_SUCH_SHOW = 4404
    SLOW_READER = 4408  # more waits to be sent than may wait: come back with the last offset
    RESTARTING = 4409  # the server goes down: come back with the last offset
    TOO_LARGE = 4413
    FLOODING = 4429  # too many messages, or too many sockets


RECONNECT = frozenset(
    {CloseCode.SLOW_READER, CloseCode.RESTARTING}
)  # besides 1001 and 1006; the others do not come back


class Closing(Exception):
    """Raised while a message is handled: close this socket. The reason is short: RFC 6455 section 5.5 leaves 123 bytes."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
