"""How many watch each show, on all servers: the one number for the directory of shows, for the room and for players.

The media engine counts its sessions and never hears of players by HLS: their pages say so on the live channel. Every server
tells the others its own sum when it changes, and again while there is one: what is told may get lost.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from livestream.broker import Broker, Unsubscribe

VIEWERS_CHANNEL = "shows-viewers"  # payload: show id, server id, how many watch there; may be lost
REPEAT = 20.0  # s: for servers that have started since
FRESH = 3 * REPEAT  # a server that says nothing for so long is gone, and its viewers are elsewhere
MOST_SERVERS = 64  # per show
MOST_SHOWS = 10_000

Changed = Callable[[str, int], None]  # show id, how many watch it now


class Viewers:
    """``start`` before use; ``stop`` takes this server's viewers out of everybody's numbers. ``clock`` gives seconds."""

    def __init__(self, broker: Broker, server_id: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._broker = broker
        self._server_id = server_id
        self._clock = clock
        self._by_webrtc: dict[str, int] = {}  # here; shows that nobody watches are left out, in all of these
        self._by_hls: dict[str, int] = {}
        self._elsewhere: dict[str, dict[str, tuple[int, float]]] = {}  # by show and server: how many, and when told
        self._repeated = clock()
        self._changed: list[Changed] = []
        self._unsubscribe: Unsubscribe | None = None

    async def start(self) -> None:
        self._unsubscribe = await self._broker.subscribe(VIEWERS_CHANNEL, self._heard)

    async def stop(self) -> None:
        for show_id in self._shows_here():
            await self._broker.publish(VIEWERS_CHANNEL, f"{show_id} {self._server_id} 0".encode())
        if self._unsubscribe is not None:
            await self._unsubscribe()
            self._unsubscribe = None

    def on_changed(self, callback: Changed) -> None:
        """Called with each new number of a show, before anybody else asks for it. It must not raise."""
        self._changed.append(callback)

    def of(self, show_id: str) -> int:
        """How many watch, on all servers, as last heard."""
        now = self._clock()
        told = self._elsewhere.get(show_id, {}).values()
        return self._here(show_id) + sum(count for count, at in told if now - at < FRESH)

    async def by_webrtc(self, show_id: str, count: int) -> None:
        """The media engine counted."""
        await self._count(self._by_webrtc, show_id, count)

    async def by_hls(self, show_id: str, count: int) -> None:
        """So many pages on this server say that their picture comes by HLS."""
        await self._count(self._by_hls, show_id, count)

    async def repeat(self) -> None:
        """To be called every few seconds: say again what is true still, forget who has fallen silent."""
        now = self._clock()
        for show_id, servers in tuple(self._elsewhere.items()):
            silent = [server for server, (_, at) in servers.items() if now - at >= FRESH]
            for server in silent:
                self._note(show_id, server, 0)
            if silent:
                self._say_changed(show_id)
        if now - self._repeated >= REPEAT:
            self._repeated = now
            for show_id in self._shows_here():
                await self._tell(show_id)

    def _here(self, show_id: str) -> int:
        return self._by_webrtc.get(show_id, 0) + self._by_hls.get(show_id, 0)

    def _shows_here(self) -> set[str]:
        return self._by_webrtc.keys() | self._by_hls.keys()

    async def _count(self, counts: dict[str, int], show_id: str, count: int) -> None:
        if counts.get(show_id, 0) == count:
            return
        if count:
            counts[show_id] = count
        else:
            del counts[show_id]
        self._say_changed(show_id)
        await self._tell(show_id)

    async def _tell(self, show_id: str) -> None:
        await self._broker.publish(VIEWERS_CHANNEL, f"{show_id} {self._server_id} {self._here(show_id)}".encode())

    def _heard(self, payload: bytes) -> None:
        match payload.decode(errors="replace").split(" "):
            case [show_id, server, count] if server != self._server_id and count.isascii() and count.isdigit():
                before = self.of(show_id)
                self._note(show_id, server, int(count))
                if self.of(show_id) != before:
                    self._say_changed(show_id)

    def _note(self, show_id: str, server: str, count: int) -> None:
        """What is told last stands last, so that what goes where there is too much is what was told longest ago."""
        servers = self._elsewhere.pop(show_id, {})
        servers.pop(server, None)
        if count:
            servers[server] = (count, self._clock())
            if len(servers) > MOST_SERVERS:
                del servers[next(iter(servers))]
        if servers:
            self._elsewhere[show_id] = servers
            if len(self._elsewhere) > MOST_SHOWS:
                del self._elsewhere[next(iter(self._elsewhere))]

    def _say_changed(self, show_id: str) -> None:
        count = self.of(show_id)
        for callback in self._changed:
            callback(show_id, count)
