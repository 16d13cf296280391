"""How many watch one show by HLS, on all servers. Pure: time comes in.

The media engine counts its sessions and never hears of these: their pages say so on the live channel (``via`` of their
pings), and each server tells the others how many it has. A claim, one for each socket, and sockets are bounded.
"""

from __future__ import annotations

REPEAT = 20.0  # s: for servers that have begun to follow the show since
FRESH = 3 * REPEAT  # a server that says nothing for so long is gone, and its viewers are elsewhere
MOST_SERVERS = 64


class ByHls:
    def __init__(self) -> None:
        self._servers: dict[str, tuple[int, float]] = {}  # how many, and when that was told
        self._told = (0, float("-inf"))

    def heard(self, server: str, count: int, now: float) -> None:
        """A server told how many it has."""
        self._servers.pop(server, None)
        if count > 0:
            self._servers[server] = (count, now)
            if len(self._servers) > MOST_SERVERS:
                del self._servers[next(iter(self._servers))]

    def due(self, count: int, now: float) -> bool:
        """Whether the others must be told that this server has ``count``; if so, they count as told."""
        told, at = self._told
        if count == told and not (count and now - at >= REPEAT):
            return False
        self._told = (count, now)
        return True

    def total(self, now: float) -> int:
        return sum(count for count, at in self._servers.values() if now - at < FRESH)
