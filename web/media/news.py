"""What players are told about a show's media: of each kind of news only the newest, so nothing piles up for a slow reader."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from livestream.media import ShowMedia

logger = logging.getLogger(__name__)

EVENTS = ("active", "inactive", "layers", "viewercount")  # WHEP draft, server sent events extension
LAYERS_EVERY = 1.0  # seconds between two looks at a show's layers, while anybody listens

_encode = msgspec.json.encode


class Stream:
    """One player's stream of news. ``changed`` wakes the reader, ``take`` gives it what is new, ``over`` ends it."""

    def __init__(self, wanted: frozenset[str], mid: str) -> None:
        self.changed = asyncio.Event()
        self.over = False
        self._wanted = wanted
        self._mid = mid  # how this player calls its video
        self._pending: dict[str, bytes] = {}

    def tell(self, event: str, data: Any) -> None:
        if event not in self._wanted or self.over:
            return
        if event in ("active", "inactive"):  # one of them is true
            self._pending.pop("active", None)
            self._pending.pop("inactive", None)
        self._pending[event] = _encode({self._mid: data} if event == "layers" else data)
        self.changed.set()

    def take(self) -> bytes:
        """What is new in the format of ``text/event-stream`` (HTML standard section 9.2.6)."""
        self.changed.clear()
        pending, self._pending = self._pending, {}
        return b"".join(b"event: %b\ndata: %b\n\n" % (event.encode(), data) for event, data in pending.items())

    def end(self) -> None:
        self.over = True
        self.changed.set()


class _ShowNews:
    def __init__(self) -> None:
        self.streams: dict[str, Stream] = {}  # by viewer session
        self.layers: Any = None
        self.watcher: asyncio.Task[None] | None = None


class MediaNews:
    """Streams by show. ``show_media`` asks the engine. ``close`` ends every stream and its tasks; twice is fine."""

    def __init__(self, show_media: Callable[[str], Awaitable[ShowMedia]]) -> None:
        self._show_media = show_media
        self._shows: dict[str, _ShowNews] = {}
        self._closed = False

    def open(
        self, show_id: str, session_id: str, wanted: frozenset[str], mid: str, active: bool, viewers: int
    ) -> Stream:
        """A stream that begins with how things are. A session has one: an earlier one ends."""
        news = self._shows.setdefault(show_id, _ShowNews())
        if session_id in news.streams:
            news.streams[session_id].end()
        stream = news.streams[session_id] = Stream(wanted, mid)
        stream.tell("active" if active else "inactive", {})
        stream.tell("viewercount", {"viewercount": viewers})
        if news.layers is not None:
            stream.tell("layers", news.layers)
        if self._closed:
            stream.end()
        elif news.watcher is None:
            news.watcher = asyncio.create_task(self._watch_layers(show_id, news), name=f"layers of {show_id}")
        return stream

    async def leave(self, show_id: str, session_id: str, stream: Stream) -> None:
        """The stream's reader is done."""
        stream.end()
        news = self._shows.get(show_id)
        if news is None or news.streams.get(session_id) is not stream:
            return
        del news.streams[session_id]
        if not news.streams:
            del self._shows[show_id]
            await _end(news.watcher)

    def tell(self, show_id: str, event: str, data: Any) -> None:
        news = self._shows.get(show_id)
        if news is not None:
            for stream in news.streams.values():
                stream.tell(event, data)

    def session_ended(self, show_id: str, session_id: str) -> None:
        news = self._shows.get(show_id)
        if news is not None and session_id in news.streams:
            news.streams[session_id].end()

    async def close(self) -> None:
        self._closed = True
        for news in tuple(self._shows.values()):
            for stream in news.streams.values():
                stream.end()
            await _end(news.watcher)

    async def _watch_layers(self, show_id: str, news: _ShowNews) -> None:
        while True:
            try:
                layers = layers_data(await self._show_media(show_id))
            except Exception as error:  # news may be lost; the next look may do better
                logger.warning("show %s: layers unknown: %s", show_id, error)
            else:
                if layers is not None and layers != news.layers:
                    news.layers = layers
                    for stream in news.streams.values():
                        stream.tell("layers", layers)
            await asyncio.sleep(LAYERS_EVERY)


def layers_data(media: ShowMedia) -> dict[str, Any] | None:
    """The layers of a publication as the WHEP draft describes them (video layer selection); None: nothing to choose from.

    Bitrates are left out: they change all the time, and layers should be news only when they do.
    """
    if media.publication is None or not media.publication.layers:
        return None
    active: list[dict[str, Any]] = []
    inactive: list[dict[str, Any]] = []
    for layer in media.publication.layers:
        described: dict[str, Any] = {"id": layer.rid or ""}
        if layer.width and layer.height:
            described |= {"width": layer.width, "height": layer.height}
        (active if layer.active else inactive).append(described)
    return {"active": active, "inactive": inactive, "layers": [{"encodingId": one["id"]} for one in active]}


async def _end(task: asyncio.Task[None] | None) -> None:
    if task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
