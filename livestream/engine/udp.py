"""The engine's one UDP socket: many datagrams per wake-up in, one ``sendto`` per datagram out, never waiting.

Drop policy: a datagram that the kernel does not take at once is dropped and counted (``send_dropped``); the forwarding side's hot
loop sends by the socket itself, and drops the rest of the frame. What arrives faster than it is read is dropped by the kernel.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable

Address = tuple[str, int] | tuple[str, int, int, int]  # IPv6 carries flow label and scope

# Ethernet's 1,500 bytes hold every datagram that WebRTC peers send; larger ones are cut by the kernel and fail authentication.
LARGEST_DATAGRAM = 2048
# One wake-up reads at most so many datagrams, then timers and other callbacks get their turn (about 3 ms of work).
DATAGRAMS_PER_WAKEUP = 128
# 4 MiB hold 70 ms of 400 Mbit/s; the kernel silently grants less where net.core.rmem_max says so.
BUFFER_BYTES = 4 << 20


def any_host() -> str:
    """The address that stands for all of the machine's: of both families where one socket can serve them."""
    return "::" if socket.has_dualstack_ipv6() else "0.0.0.0"  # noqa: S104  peers come from everywhere


class UdpPort:
    """A bound, non-blocking UDP socket read by the running loop. ``close`` gives everything back."""

    def __init__(self, host: str, port: int) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.sock = socket.socket(family, socket.SOCK_DGRAM)
        try:
            self.sock.setblocking(False)
            if family == socket.AF_INET6:
                with contextlib.suppress(OSError):  # one socket for both families where the system allows it
                    self.sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
                self.sock.setsockopt(socket.SOL_SOCKET, option, BUFFER_BYTES)
            self.sock.bind((host, port))
        except BaseException:
            self.sock.close()
            raise
        self.port: int = self.sock.getsockname()[1]
        self.datagrams_in = 0
        self.send_dropped = 0
        # Of peers who come by TCP (``tcp.TcpPort``): the address in here, and where they really are.
        self.reflexive: dict[Address, Address] = {}
        # Reads what is there now, between steps of other work; does nothing before ``open``.
        self.poll: Callable[[], None] = lambda: None
        self._loop: asyncio.AbstractEventLoop | None = None

    def open(self, receive: Callable[[bytes, Address], None]) -> None:
        """Read from now on; ``receive`` must not raise (see ``hub.Hub.receive``)."""
        self._loop = asyncio.get_running_loop()
        recvfrom = self.sock.recvfrom

        def readable() -> None:
            for _ in range(DATAGRAMS_PER_WAKEUP):
                try:
                    data, address = recvfrom(LARGEST_DATAGRAM)
                except (BlockingIOError, InterruptedError):
                    return
                except (
                    OSError
                ):  # an ICMP error of an earlier send (port unreachable) surfaces here: it says nothing new
                    continue
                self.datagrams_in += 1
                receive(data, address)

        self.poll = readable
        self._loop.add_reader(self.sock.fileno(), readable)

    def send(self, data: bytes, address: Address) -> None:
        """Send one datagram or drop and count it."""
        try:
            self.sock.sendto(data, address)
        except OSError:  # full; or no route, address unreachable, closed: the peer's consent will expire
            self.send_dropped += 1

    def close(self) -> None:
        if self.sock.fileno() < 0:
            return
        if self._loop is not None:
            self._loop.remove_reader(self.sock.fileno())
        self.sock.close()
