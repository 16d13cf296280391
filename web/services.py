"""Everything that a request may need, built once by ``web/app.py``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from web.database import SqlDatabase
from web.settings import Settings
from web.uploads import Uploads

if TYPE_CHECKING:
    from cart.service import Cart
    from chat.service import Chat
    from hosts.notices.delivery import Delivery
    from hosts.notices.service import Notices
    from hosts.service import Hosts
    from livestream.bookmarks import Bookmarks
    from livestream.broker import Broker
    from livestream.media import MediaEngine
    from livestream.recording.captions import CaptionTracks
    from livestream.recording.clips import Clips
    from livestream.recording.service import Recordings
    from livestream.recording.trailers import Trailers
    from livestream.room import Rooms
    from livestream.rtmp.ingest import RtmpIngest
    from livestream.show_service import Shows
    from livestream.timeline import Timeline
    from web.door import Door
    from web.live.hub import Hub
    from web.media.news import MediaNews
    from web.notices.sender import Outside


PARTS = (
    "broker",
    "door",
    "hosts",
    "shows",
    "rooms",
    "chat",
    "cart",
    "live",
    "uploads",
    "rtmp",
    "recordings",
    "clips",
    "notices",
    "delivery",
)


@dataclass(slots=True)
class Services:
    settings: Settings
    database: SqlDatabase
    broker: Broker
    timeline: Timeline
    engine: MediaEngine
    hosts: Hosts
    shows: Shows
    rooms: Rooms
    chat: Chat
    cart: Cart
    recordings: Recordings
    captions: CaptionTracks
    notices: Notices
    delivery: Delivery
    outside: Outside
    clips: Clips
    trailers: Trailers
    bookmarks: Bookmarks
    live: Hub | None = None  # set by the wiring: the hub needs the services themselves
    door: Door | None = None  # None: requests come in some other way, as in tests
    uploads: Uploads = field(default_factory=Uploads)
    rtmp: RtmpIngest | None = None  # set when the port is open
    media_news: MediaNews | None = None  # set by MediaEvents, which tells it what the engine reports

    def statistics(self) -> dict[str, dict[str, int]]:
        """Counters of every part that has some, by part; a name that ends in ``_now`` is a present value."""
        found: dict[str, dict[str, int]] = {}
        for name in PARTS:
            statistics = getattr(getattr(self, name, None), "statistics", None)
            if statistics is not None:
                found[name] = dict(statistics())
        return found
