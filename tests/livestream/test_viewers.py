"""How many watch a show, on all servers."""

from __future__ import annotations

from livestream.broker import LocalBroker
from livestream.viewers import FRESH, MOST_SERVERS, REPEAT, VIEWERS_CHANNEL, Viewers
from tests.livestream.world import Server
from web.database import SqlDatabase


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


async def test_viewers_are_known_everywhere_and_go_with_their_server(sqlite_database: SqlDatabase) -> None:
    broker = LocalBroker()
    first, second = Server(sqlite_database, "a", broker), Server(sqlite_database, "b", broker)
    await first.start()
    await second.start()
    told: list[tuple[str, int]] = []
    second.shows.viewers.on_changed(lambda show_id, count: told.append((show_id, count)))
    await first.shows.viewers.by_webrtc("show", 12)
    await first.shows.viewers.by_hls("show", 5)
    await second.shows.viewers.by_hls("show", 1)
    await second.shows.viewers.by_hls("show", 1)  # no news
    assert first.shows.viewers.of("show") == second.shows.viewers.of("show") == 18
    await first.shows.viewers.by_webrtc("show", 0)
    assert second.shows.viewers.of("show") == 6
    await first.stop()
    assert second.shows.viewers.of("show") == 1
    assert told == [("show", 12), ("show", 17), ("show", 18), ("show", 6), ("show", 1)]
    await second.stop()


async def test_what_got_lost_is_said_again_and_who_is_silent_is_forgotten() -> None:
    clock = Clock()
    broker = LocalBroker()
    carrier, late = Viewers(broker, "carrier", clock), Viewers(broker, "late", clock)
    await carrier.start()
    await carrier.by_webrtc("show", 3)
    await late.start()  # and has not heard that
    await carrier.repeat()
    assert late.of("show") == 0
    clock.now += REPEAT
    await carrier.repeat()
    assert late.of("show") == 3
    told: list[int] = []
    late.on_changed(lambda _, count: told.append(count))
    clock.now += FRESH  # the carrier has gone without a word
    await late.repeat()
    assert late.of("show") == 0
    assert told == [0]
    assert carrier.of("show") == 3  # a server knows its own without the broker


async def test_what_others_send_is_bounded_and_nonsense_ignored() -> None:
    broker = LocalBroker()
    viewers = Viewers(broker, "here", Clock())
    await viewers.start()
    for nonsense in (b"\xff nonsense", b"show there", b"show there -1", b"show there 1 2", "show there ²".encode()):
        await broker.publish(VIEWERS_CHANNEL, nonsense)
    assert viewers.of("show") == 0
    for number in range(MOST_SERVERS + 100):
        await broker.publish(VIEWERS_CHANNEL, f"show {number} 1".encode())
    assert viewers.of("show") == MOST_SERVERS
