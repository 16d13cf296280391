"""ICE-TCP (RFC 6544, passive): peers whose networks let no UDP through connect to the media port's number by TCP.

Each connection has a UDP socket of its own on loopback, connected to the engine's, and hands packets across: for the rest of
the engine, compiled or not, such a peer is one more UDP address (``docs/decisions/0021-tcp-peers-by-loopback.md``). The engine
speaks to nobody who has not sent an authentic STUN request, so its first packet also says that a connection belongs to a session.

Where pages have the same number, their door listens there and hands over whoever does not speak HTTP (``TcpPort.take``); this
module then listens on those of the machine's addresses that the door leaves free.

Drop policy: media beyond ``MOST_WAITING_BYTES`` of unsent bytes is dropped and counted (``tcp_dropped``); STUN, DTLS and RTCP
have ``CONTROL_BYTES`` more. A connection too many is closed at once (``tcp_refused``).
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import ipaddress
import logging
import socket
from collections import Counter

from livestream.engine import stun
from livestream.engine.candidates import local_addresses
from livestream.engine.framing import BadFrame, Deframer, frame
from livestream.engine.udp import DATAGRAMS_PER_WAKEUP, LARGEST_DATAGRAM, Address, UdpPort

logger = logging.getLogger(__name__)

MOST_CONNECTIONS = 512
# Browsers open one per address of ours and need a moment for each; what is beyond this is no crowd but a flood.
MOST_UNKNOWN = 128
AUTHENTICATE_SECONDS = 10.0
# Browsers check at least every 5 s, and the session itself ends 30 s after the last check.
IDLE_SECONDS = 40.0
SWEEP_SECONDS = 1.0
# A second of a 2 Mb/s picture: a viewer further behind is better served by gaps and a fresh keyframe than by old packets.
MOST_WAITING_BYTES = 256 << 10
CONTROL_BYTES = 64 << 10
# What the kernel may hold besides; enough for 5 Mb/s over 200 ms.
KERNEL_BYTES = 128 << 10
READ_BYTES = 64 << 10
READS_PER_WAKEUP = 4


class TcpPort:
    """Listens for peers on the number of ``udp``; everything runs on the loop given to ``open``. ``close`` ends them all.

    ``doors``: addresses (or 0.0.0.0, ::) on which somebody else listens on this number and hands peers to ``take``.
    """

    def __init__(self, host: str, udp: UdpPort, doors: tuple[str, ...] = ()) -> None:
        """Raises: OSError when the TCP port is not free; with ``doors``, an address that is not free is left out."""
        self.udp = udp
        self.counters: Counter[str] = Counter()
        self.connections: set[TcpConnection] = set()
        # Loopback unless the engine is bound to one address only: then it can be reached there and nowhere else.
        self.inside = host if host not in ("::", "0.0.0.0") else "127.0.0.1"  # noqa: S104
        self.listeners: list[socket.socket] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._sweep: asyncio.TimerHandle | None = None
        self._reached: set[str] | None = None  # None: every address of the machine's
        if doors:
            self._listen_beside(host, doors)
        else:
            self._listen(host)

    def _listen(self, host: str) -> None:
        """Raises: OSError."""
        sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if sock.family == socket.AF_INET6:
                only = self.udp.sock.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only)
            sock.bind((host, self.udp.port))
            sock.listen(MOST_UNKNOWN)
        except BaseException:
            sock.close()
            raise
        self.listeners.append(sock)

    def _listen_beside(self, host: str, doors: tuple[str, ...]) -> None:
        self._reached = set()
        for address in local_addresses(host):
            if address not in doors and ("::" if ":" in address else "0.0.0.0") not in doors:  # noqa: S104
                try:
                    self._listen(address)
                except OSError as error:
                    logger.info("no media by TCP at %s, port %d (%s)", address, self.udp.port, error.strerror)
                    continue
            self._reached.add(address)

    def reaches(self, address: str) -> bool:
        """Whether peers who are told ``address`` get here by TCP. One that is not the machine's own is taken for the outside
        of a network address translation, which leads to whatever can be reached from outside the machine."""
        if self._reached is None or address in self._reached:
            return True
        given = ipaddress.ip_address(address)
        if given.is_loopback or address in local_addresses("::" if given.version == 6 else "0.0.0.0"):  # noqa: S104
            return False
        others = (ipaddress.ip_address(one) for one in self._reached)
        return any(one.version == given.version and not one.is_loopback for one in others)

    def open(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._watch_listeners()
        self._sweep = loop.call_later(SWEEP_SECONDS, self._sweep_up)

    def _watch_listeners(self) -> None:
        assert self._loop is not None
        for sock in self.listeners:
            self._loop.add_reader(sock.fileno(), functools.partial(self._accept, sock))

    def figures(self) -> dict[str, int]:
        return {**self.counters, "tcp_connections_now": len(self.connections)}

    def close(self) -> None:
        if self._sweep is not None:
            self._sweep.cancel()
        self._close_listeners()
        for connection in list(self.connections):
            connection.pump()  # the engine's goodbyes
            connection.close()

    def _close_listeners(self) -> None:
        for sock in self.listeners:
            if self._loop is not None:
                self._loop.remove_reader(sock.fileno())
            sock.close()
        self.listeners.clear()

    def _accept(self, listener: socket.socket) -> None:
        assert self._loop is not None
        for _ in range(READS_PER_WAKEUP):
            try:
                sock, address = listener.accept()
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                # The peer has gone already, or this process has no file left: look again at the next sweep, not at once.
                self.counters["tcp_refused"] += 1
                self._loop.remove_reader(listener.fileno())
                return
            self.take(sock, address)

    def take(self, sock: socket.socket, address: Address) -> None:
        """A new peer's connection; closed at once if there are too many."""
        assert self._loop is not None
        unknown = sum(not one.known for one in self.connections)
        if len(self.connections) >= MOST_CONNECTIONS or unknown >= MOST_UNKNOWN:
            self.counters["tcp_refused"] += 1
            sock.close()
            return
        try:
            connection = TcpConnection(self, self._loop, sock, address)
        except OSError:
            self.counters["tcp_refused"] += 1
            sock.close()
            return
        self.connections.add(connection)
        self.counters["tcp_accepted"] += 1

    def _sweep_up(self) -> None:
        assert self._loop is not None
        now = self._loop.time()
        for connection in list(self.connections):
            if not connection.known and now - connection.opened_at > AUTHENTICATE_SECONDS:
                self.counters["tcp_unauthenticated"] += 1
                connection.close()
            elif now - connection.heard_at > IDLE_SECONDS:
                self.counters["tcp_idle"] += 1
                connection.close()
        self._watch_listeners()
        self._sweep = self._loop.call_later(SWEEP_SECONDS, self._sweep_up)


class TcpConnection:
    """One peer's connection and its way into the engine."""

    def __init__(self, port: TcpPort, loop: asyncio.AbstractEventLoop, sock: socket.socket, address: Address) -> None:
        """Takes ``sock`` over, unless it raises OSError."""
        self.known = False  # the engine has answered: it belongs to a session
        self.opened_at = self.heard_at = loop.time()
        self._port = port
        self._loop = loop
        self._sock = sock
        self._deframer = Deframer()
        self._unsent = bytearray()
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BYTES)
        inside = port.inside
        self._inner = socket.socket(socket.AF_INET6 if ":" in inside else socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._inner.setblocking(False)
            self._inner.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, MOST_WAITING_BYTES)
            self._inner.bind((inside, 0))
            self._inner.connect((inside, port.udp.port))  # from now on it hears the engine and nobody else
        except BaseException:
            self._inner.close()
            raise
        self._seen_as = self._inside_address(self._inner.getsockname()[1])
        port.udp.reflexive[self._seen_as] = address
        loop.add_reader(sock.fileno(), self._readable)
        loop.add_reader(self._inner.fileno(), self.pump)

    def _inside_address(self, number: int) -> Address:
        """How the engine's socket sees ours."""
        inside = self._port.inside
        if self._port.udp.sock.family == socket.AF_INET:
            return (inside, number)
        return (inside if ":" in inside else f"::ffff:{inside}", number, 0, 0)

    def _readable(self) -> None:
        for _ in range(READS_PER_WAKEUP):
            try:
                data = self._sock.recv(READ_BYTES)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                data = b""
            if not data:
                self.close()
                return
            try:
                packets = self._deframer.feed(data)
            except BadFrame:
                packets = None
            # Before the engine knows the peer, it has nothing to say but STUN.
            if packets is None or not (self.known or all(stun.is_stun(packet) for packet in packets)):
                self._port.counters["tcp_bad_frames"] += 1
                self.close()
                return
            self.heard_at = self._loop.time()
            for packet in packets:
                try:
                    self._inner.send(packet)
                except OSError:
                    self._port.counters["tcp_dropped_in"] += 1

    def pump(self) -> None:
        """Frame what the engine has sent."""
        for _ in range(DATAGRAMS_PER_WAKEUP):
            try:
                packet = self._inner.recv(LARGEST_DATAGRAM)
            except (BlockingIOError, InterruptedError):
                break
            except OSError:
                continue
            self.known = True
            # RFC 7983 and RFC 5761: RTP begins with 128 to 191, with no RTCP type behind it.
            media = len(packet) > 1 and packet[0] >= 128 and not 192 <= packet[1] <= 223
            if len(self._unsent) > MOST_WAITING_BYTES + (0 if media else CONTROL_BYTES):
                self._port.counters["tcp_dropped"] += 1
                continue
            self._unsent += frame(packet)
        self._flush()

    def _flush(self) -> None:
        if self._sock.fileno() < 0 or not self._unsent:
            return
        try:
            sent = self._sock.send(self._unsent)
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError:
            self.close()
            return
        del self._unsent[:sent]
        if self._unsent:
            self._loop.add_writer(self._sock.fileno(), self._flush)
        else:
            self._loop.remove_writer(self._sock.fileno())

    def close(self) -> None:
        if self._sock.fileno() < 0:
            return
        self._loop.remove_reader(self._sock.fileno())
        self._loop.remove_writer(self._sock.fileno())
        self._loop.remove_reader(self._inner.fileno())
        with contextlib.suppress(OSError):
            self._sock.close()
        self._inner.close()
        self._port.udp.reflexive.pop(self._seen_as, None)
        self._port.connections.discard(self)
