"""The compiled hot path under a simulated world: packets go out unprotected over loopback and are handed back at once."""

from __future__ import annotations

import select
import socket
from collections.abc import Callable

from livestream.engine.compiled.hot import Peer, Pipeline
from livestream.engine.compiled.hot_path import CompiledHotPath


class Plumbing:
    def __init__(self, threads: int = 1) -> None:
        self._senders = [self._socket() for _ in range(threads)]
        self.sock = self._senders[0]
        self.pipeline = Pipeline([sock.fileno() for sock in self._senders])
        self.hot = CompiledHotPath(self.pipeline)
        self._outlets: list[tuple[socket.socket, Callable[[bytes], None]]] = []
        self._received = 0

    @staticmethod
    def _socket() -> socket.socket:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind(("127.0.0.1", 0))
        sock.setblocking(False)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            sock.setsockopt(socket.SOL_SOCKET, option, 1 << 20)
        return sock

    def attach(self, receive: Callable[[bytes], None]) -> Peer:
        """A peer whose packets are given to ``receive``."""
        sock = self._socket()
        self._outlets.append((sock, receive))
        peer = Peer(self.pipeline)
        peer.key_plain()
        peer.set_address(sock.getsockname())
        return peer

    def drain(self) -> None:
        """Everything that has been sent is there: wait for it and hand it on, peer by peer, in the order of sending."""
        tally = self.pipeline.tally()
        expected = tally["packets_passed"] + tally["packets_single"]
        while self._received < expected:
            ready, _, _ = select.select([sock for sock, _ in self._outlets], [], [], 5)
            assert ready, f"{expected - self._received} packets did not arrive"
            for sock, receive in self._outlets:
                if sock in ready:
                    self._read(sock, receive)

    def _read(self, sock: socket.socket, receive: Callable[[bytes], None]) -> None:
        while True:
            try:
                data = sock.recv(4096)
            except BlockingIOError:
                return
            self._received += 1
            receive(data)

    def close(self) -> None:
        self.pipeline.close()
        for sock, _ in self._outlets:
            sock.close()
        for sock in self._senders:
            sock.close()
