"""``CompiledEngine``: the Python engine with a compiled hot path, reading in batches and sending on several threads."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Callable

from pylibsrtp._binding import ffi

from livestream.engine.compiled.hot import Inlet, Peer, Pipeline, steer_to_first
from livestream.engine.compiled.hot_path import CompiledHotPath
from livestream.engine.engine import PythonEngine
from livestream.engine.forwarding import ShowForwarding
from livestream.engine.hub import Hub
from livestream.engine.ice import IceAgent
from livestream.engine.negotiation import Negotiated
from livestream.engine.ports import Forwarding, ForwardingEvents
from livestream.engine.session import Owner, Session
from livestream.engine.srtp import PROFILES, SrtpSender
from livestream.engine.udp import BUFFER_BYTES, Address, UdpPort

# More sockets on one port than this help nobody: beyond it the kernel's own locks are what one waits for.
MOST_THREADS = 16


def media_threads(wanted: int = 0) -> int:
    """How many threads send; 0: as many as this process may use cores, less one for chat, checkout and the control of media."""
    cores = len(os.sched_getaffinity(0))
    return min(wanted or max(1, cores - 1), MOST_THREADS)


class CompiledPort(UdpPort):
    """Its socket receives for all; each further media thread sends by a socket of its own, bound to the same port."""

    def __init__(self, host: str, port: int, threads: int) -> None:
        super().__init__(host, port)
        self._others: list[socket.socket] = []
        self._inlet = Inlet()
        try:
            if threads > 1:
                self._share(host, threads)
            self.pipeline = Pipeline([sock.fileno() for sock in (self.sock, *self._others)])
        except BaseException:
            self.close()
            raise

    def _share(self, host: str, threads: int) -> None:
        # Only now: bound without it, nobody else's socket can have been on this port.
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        for _ in range(threads - 1):
            other = socket.socket(self.sock.family, socket.SOCK_DGRAM)
            self._others.append(other)
            other.setblocking(False)
            if self.sock.family == socket.AF_INET6:
                only = self.sock.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
                other.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only)
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            other.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
            other.bind((host, self.port))
        if not steer_to_first(self.sock.fileno()):
            raise OSError("the kernel does not steer datagrams (SO_ATTACH_REUSEPORT_CBPF)")

    def open(self, receive: Callable[[bytes, Address], None]) -> None:
        self._loop = asyncio.get_running_loop()
        fd, read, pipeline = self.sock.fileno(), self._inlet.read, self.pipeline
        self.poll = lambda: read(fd, pipeline, receive)
        self._loop.add_reader(fd, self.poll)

    @property
    def counters(self) -> dict[str, int]:
        return {"datagrams_in": self._inlet.datagrams, "send_dropped": self.send_dropped, **self.pipeline.tally()}

    def close(self) -> None:
        if hasattr(self, "pipeline"):
            self.pipeline.close()
        for other in self._others:
            other.close()
        super().close()


class CompiledSession(Session):
    """``peer``: what the pass knows of it; it follows ``address`` and the keys."""

    def __init__(
        self, owner: Owner, session_id: str, show_id: str, etag: str, negotiated: Negotiated, ice: IceAgent, now: float
    ) -> None:
        assert isinstance(owner.udp, CompiledPort)
        self.peer = Peer(owner.udp.pipeline)
        super().__init__(owner, session_id, show_id, etag, negotiated, ice, now)

    @property
    def address(self) -> Address | None:
        return self._address

    @address.setter
    def address(self, address: Address | None) -> None:
        self._address = address
        self.peer.set_address(address)

    def _keyed(self, sender: SrtpSender) -> None:
        if sender.profile is not PROFILES[0] or not self.peer.key_gcm(sender.key):
            handle = int(ffi.cast("uintptr_t", sender.session._srtp[0]))
            self.peer.key_libsrtp(handle, sender)
        self._protect = self.peer.protect
        receiver = self._dtls.receiver if self._dtls is not None else None
        if receiver is not None:
            self.peer.receive_libsrtp(int(ffi.cast("uintptr_t", receiver.session._srtp[0])), receiver.session)
            receiver.unprotect_by(self.peer.unprotect)

    def end(self, now: float) -> None:
        try:
            super().end(now)
        finally:
            self.peer.forget_keys()


class CompiledEngine(PythonEngine):
    name = "compiled"

    def __init__(
        self,
        host: str | None = None,
        port: int = 0,
        public_ips: tuple[str, ...] = (),
        max_sessions: int = 2000,
        *,
        forwarding: Callable[[ForwardingEvents], Forwarding] | None = None,
        threads: int = 0,
        tcp: bool = False,
        tcp_doors: tuple[str, ...] = (),
    ) -> None:
        super().__init__(
            *(host, port, public_ips, max_sessions),
            forwarding=forwarding or ShowForwarding,
            tcp=tcp,
            tcp_doors=tcp_doors,
        )
        self._double = forwarding  # in the place of the shows' own, for tests
        self.threads = media_threads(threads)

    def _open_port(self, host: str, port: int) -> UdpPort:
        return CompiledPort(host, port, self.threads)

    def _new_hub(self, udp: UdpPort, forwarding: Forwarding, addresses: tuple[str, ...], tcp: tuple[str, ...]) -> Hub:
        return Hub(
            *(udp, forwarding, addresses, self._max_sessions, time.monotonic, self._session_ended),
            new_session=CompiledSession,
            tcp_addresses=tcp,
        )

    def _forward(self, udp: UdpPort, events: ForwardingEvents) -> Forwarding:
        assert isinstance(udp, CompiledPort)
        return self._double(events) if self._double else ShowForwarding(events, hot=CompiledHotPath(udp.pipeline))

    def _port_counters(self, udp: UdpPort) -> dict[str, int]:
        assert isinstance(udp, CompiledPort)
        return udp.counters
