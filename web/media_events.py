"""What the media engine reports, to everybody whom it concerns: the show, its audience, its players."""

from __future__ import annotations

from livestream.media import EndReason
from web.media.news import MediaNews
from web.services import Services


class MediaEvents:
    """Implements ``MediaListener``. Sets ``services.media_news``."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._news = services.media_news = MediaNews(services.engine.show_media)
        services.shows.viewers.on_changed(self._tell_viewers)

    async def publication_started(self, show_id: str, session_id: str, show_ms: int) -> None:
        await self._services.shows.media.started(show_id, session_id)
        await self._services.recordings.on_air(show_id)
        self._tell_activity(show_id)

    async def publication_stopped(self, show_id: str, session_id: str, reason: EndReason) -> None:
        await self._services.shows.media.stopped(show_id, session_id)
        self._tell_activity(show_id)

    async def publication_stalled(self, show_id: str, session_id: str) -> None:
        await self._services.shows.media.stopped(show_id, session_id)
        self._tell_activity(show_id)

    async def viewers_changed(self, show_id: str, viewers: int) -> None:
        await self._services.shows.viewers.by_webrtc(show_id, viewers)

    async def session_ended(self, show_id: str, session_id: str, reason: EndReason) -> None:
        self._services.shows.media.session_ended(session_id)
        self._news.session_ended(show_id, session_id)

    def _tell_viewers(self, show_id: str, viewers: int) -> None:
        self._news.tell(show_id, "viewercount", {"viewercount": viewers})

    def _tell_activity(self, show_id: str) -> None:
        self._news.tell(show_id, "active" if self._services.shows.media.sending(show_id) else "inactive", {})
