"""Joining costs about a millisecond a step (certificates, signatures), a packet of a show some microseconds: media goes first.

STUN and DTLS wait here and are worked off one by one: after each the socket is read, and RTP and RTCP pass at once; after a slice
of some milliseconds timers and others get their turn. A storm of joins then takes the time that media leaves, and nobody who
watches already notices it.

Bound: 2,048 datagrams wait; what comes beyond that is dropped and counted (``control_dropped``), and its sender sends it again.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable

from livestream.engine.udp import Address

MOST_WAITING = 2048
# What a slice may take before the loop goes on; the step that is under way ends first.
SLICE_SECONDS = 0.002


class SlowLane:
    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        receive: Callable[[bytes, Address], None],
        clock: Callable[[], float] = time.monotonic,
        poll: Callable[[], None] = lambda: None,
    ) -> None:
        """``receive`` takes any datagram and must not raise (``hub.Hub.receive``); ``poll`` reads what has come meanwhile."""
        self._loop = loop
        self._receive = receive
        self._clock = clock
        self._poll = poll
        self._waiting: deque[tuple[bytes, Address]] = deque()
        # How many DTLS datagrams of an address wait: the media behind a handshake's last one must find the keys that it makes.
        self._handshaking: dict[Address, int] = {}
        self._scheduled = False
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def receive(self, data: bytes, address: Address) -> None:
        # RFC 7983: 0 to 3 is STUN, 20 to 63 DTLS, 128 to 191 RTP and RTCP.
        if (not data or data[0] >= 64) and address not in self._handshaking:
            self._receive(data, address)
            return
        if len(self._waiting) >= MOST_WAITING:
            self.dropped += 1
            return
        self._waiting.append((data, address))
        if _is_dtls(data):
            self._handshaking[address] = self._handshaking.get(address, 0) + 1
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._work)

    def _work(self) -> None:
        end = self._clock() + SLICE_SECONDS
        waiting, receive = self._waiting, self._receive
        while waiting:
            data, address = waiting.popleft()
            if _is_dtls(data):
                self._handshaking[address] -= 1
                if not self._handshaking[address]:
                    del self._handshaking[address]
            receive(data, address)
            if self._clock() >= end:
                break
            if waiting:
                self._poll()  # media that came during this step goes before the next one
        if waiting:
            self._loop.call_soon(self._work)  # the loop reads its sockets before it comes back here
        else:
            self._scheduled = False


def _is_dtls(data: bytes) -> bool:
    return bool(data) and 20 <= data[0] < 64
