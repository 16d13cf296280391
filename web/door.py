"""The TCP port: who comes is told apart by the first byte, and goes to the pages or to the media engine.

A peer by ICE-TCP begins with the length of a STUN request (RFC 4571), so its first byte is below 4; a request begins with a
letter. So one number serves pages, API and media (``docs/decisions/0022-one-number-for-everything.md``). A byte is only looked
at: whoever gets the connection reads it from the beginning, and the door is out of its way.

Drop policy: who says nothing for ``SILENT_SECONDS`` is hung up on (``silent``); of more than ``MOST_UNDECIDED`` who have said
nothing yet, the one who has been silent for longest (``crowded``). Whoever begins a request and has not come to the end of its
headers after ``ASKING_SECONDS`` is hung up on too (``slow``).
"""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import Callable, Sequence

from aiohttp import web
from aiohttp.typedefs import Handler

# Browsers open connections ahead of need and give them up themselves after 10 s (Chromium); nginx waits a minute.
SILENT_SECONDS = 30.0
SWEEP_SECONDS = 1.0
# For the first request's headers: a phone on a bad line sends its two kilobytes in a few seconds.
ASKING_SECONDS = 30.0
# Afterwards aiohttp hangs up when so long after an answer no whole request has come. Longer than a proxy keeps a connection to us
# (nginx 60 s), which so never sends a request into one that we are just closing.
KEEP_ALIVE_SECONDS = 120.0
# Who comes sends within a round trip: at 200 ms this is five thousand new connections a second.
MOST_UNDECIDED = 1024
# Of one wake-up, a millisecond or two of work; then the connections that are open get their turn.
ACCEPTED_PER_WAKEUP = 64
BACKLOG = 2048
NO_FILES_SECONDS = 1.0  # with no file left, accepting again at once would only spin
PORTS_TRIED = 20

TakeConnection = Callable[[socket.socket], None]
Place = tuple[socket.AddressFamily, str, tuple[int, ...]]  # family, address, and IPv6's flow label and scope


class Door:
    """The bound sockets of ``--host`` and ``--port``. Nobody is let in before ``open``; ``close`` may be called twice."""

    def __init__(self, sockets: list[socket.socket]) -> None:
        self.counters: Counter[str] = Counter(
            {"accepted": 0, "media": 0, "silent": 0, "crowded": 0, "slow": 0, "refused": 0}
        )
        self.port: int = sockets[0].getsockname()[1]
        self.addresses: tuple[str, ...] = tuple(sock.getsockname()[0] for sock in sockets)
        self.media: TakeConnection | None = None  # who takes peers of the media engine; None: all are for the pages
        self._listeners = sockets
        self._undecided: dict[socket.socket, float] = {}  # and since when, oldest first
        self._unasked: dict[web.RequestHandler, float] = {}  # let in, without a request yet; and since when
        self._entering: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: web.Server | None = None
        self._sweep: asyncio.TimerHandle | None = None

    def statistics(self) -> dict[str, int]:
        return {**self.counters, "undecided_now": len(self._undecided)}

    @web.middleware
    async def asked(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """The application's outermost middleware: a connection whose request has arrived has shown that it means it."""
        self._unasked.pop(request.protocol, None)
        return await handler(request)

    def open(self, server: web.Server) -> None:
        """Let people in, on the running loop. Raises: OSError."""
        self._loop, self._server = asyncio.get_running_loop(), server
        for listener in self._listeners:
            listener.listen(BACKLOG)
        for listener in self._listeners:
            self._loop.add_reader(listener, self._accept, listener)
        self._sweep = self._loop.call_later(SWEEP_SECONDS, self._hang_up)

    async def close(self) -> None:
        """Nobody new; whoever has said something already still gets to the pages."""
        if self._sweep is not None:
            self._sweep.cancel()
        for listener in self._listeners:
            if self._loop is not None:
                self._loop.remove_reader(listener)
            listener.close()
        self._listeners = []
        for sock in list(self._undecided):
            self._forget(sock).close()
        await asyncio.gather(*self._entering)

    # ------------------------------------------------------------------------------------------------------------------

    def _accept(self, listener: socket.socket) -> None:
        assert self._loop is not None
        for _ in range(ACCEPTED_PER_WAKEUP):
            try:
                sock, _ = listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError:
                self.counters["refused"] += 1
                self._loop.remove_reader(listener)
                self._loop.call_later(NO_FILES_SECONDS, self._accept_again, listener)
                return
            self.counters["accepted"] += 1
            sock.setblocking(False)
            if not self._decide(sock):
                self._wait_for(sock)

    def _accept_again(self, listener: socket.socket) -> None:
        if listener in self._listeners:
            assert self._loop is not None
            self._loop.add_reader(listener, self._accept, listener)

    def _decide(self, sock: socket.socket) -> bool:
        """Whether it has gone to where it belongs."""
        try:
            first = sock.recv(1, socket.MSG_PEEK)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError:
            first = b""
        if not first:  # has left without a word, as a load balancer's probe does
            sock.close()
        elif first[0] < 4 and self.media is not None:
            self.counters["media"] += 1
            self.media(sock)
        else:
            assert self._loop is not None
            entering = self._loop.create_task(self._enter(sock))
            self._entering.add(entering)
            entering.add_done_callback(self._entering.discard)
        return True

    async def _enter(self, sock: socket.socket) -> None:
        assert self._loop is not None
        assert self._server is not None
        protocol = self._server()
        self._unasked[protocol] = self._loop.time()  # before the socket is read: the request may be there already
        try:
            await self._loop.connect_accepted_socket(lambda: protocol, sock)
        except OSError:
            self._unasked.pop(protocol, None)
            sock.close()

    def _wait_for(self, sock: socket.socket) -> None:
        assert self._loop is not None
        if len(self._undecided) >= MOST_UNDECIDED:
            self.counters["crowded"] += 1
            self._forget(next(iter(self._undecided))).close()
        self._undecided[sock] = self._loop.time()
        self._loop.add_reader(sock, self._heard, sock)

    def _heard(self, sock: socket.socket) -> None:
        if self._undecided.get(sock) is None:
            return
        since = self._undecided[sock]
        self._forget(sock)
        if not self._decide(sock):  # woken for nothing
            assert self._loop is not None
            self._undecided = {sock: since, **self._undecided}
            self._loop.add_reader(sock, self._heard, sock)

    def _forget(self, sock: socket.socket) -> socket.socket:
        assert self._loop is not None
        self._loop.remove_reader(sock)
        self._undecided.pop(sock, None)
        return sock

    def _hang_up(self) -> None:
        assert self._loop is not None
        now = self._loop.time()
        for sock, since in list(self._undecided.items()):
            if now - since < SILENT_SECONDS:
                break
            self.counters["silent"] += 1
            self._forget(sock).close()
        for protocol, since in list(self._unasked.items()):
            if now - since < ASKING_SECONDS:
                break
            del self._unasked[protocol]
            if protocol.transport is not None:  # else it has left by itself
                self.counters["slow"] += 1
                protocol.force_close()
        self._sweep = self._loop.call_later(SWEEP_SECONDS, self._hang_up)


async def bind_door(host: str, port: int) -> Door:
    """Sockets on every address that ``host`` stands for; "": all of the machine's. ``port`` 0: one that is free for UDP too.

    Raises: OSError with a sentence.
    """
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise OSError(f"--host: {host!r} is no address of this machine ({error.strerror})") from error
    places = list(dict.fromkeys((family, str(address[0]), address[2:]) for family, _, _, _, address in found))
    for _ in range(PORTS_TRIED if port == 0 else 1):
        door = Door(_bind_all(places, host, port))
        if port != 0 or _free_for_udp(door.port):
            return door
        await door.close()
    raise OSError("no port was found that is free for TCP and UDP")


def _bind_all(places: Sequence[Place], host: str, port: int) -> list[socket.socket]:
    sockets: list[socket.socket] = []
    try:
        for family, address, scope in places:
            sock = socket.socket(family, socket.SOCK_STREAM)
            sockets.append(sock)
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            sock.bind((address, sockets[0].getsockname()[1] if len(sockets) > 1 else port, *scope))
    except OSError as error:
        for sock in sockets:
            sock.close()
        raise OSError(
            f"TCP port {port} on {host or 'all addresses'} cannot be opened ({error.strerror}): choose another --port or --host,"
            " or stop what uses it"
        ) from error
    return sockets


def _free_for_udp(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("0.0.0.0", port))  # noqa: S104  for a moment, to see whether it can be had
        except OSError:
            return False
    return True


class DoorSite(web.BaseSite):
    """The door as one of a runner's sites: it closes first when the runner is cleaned up."""

    def __init__(self, runner: web.BaseRunner, door: Door) -> None:
        super().__init__(runner)
        self._door = door

    @property
    def name(self) -> str:
        return f"http://{self._door.addresses[0]}:{self._door.port}"

    async def start(self) -> None:
        """Raises: OSError."""
        await super().start()
        assert self._runner.server is not None
        self._door.open(self._runner.server)

    async def stop(self) -> None:
        await self._door.close()
        await super().stop()
