"""The shows that this server's media engine carries: who may publish, what the engine reports, what other servers decide.

The engine reports once; the database may be away just then. So a change that could not be written is kept and tried again
by the keeper's ``tick``, and what other servers decided (a show ended, its key changed, its host came back elsewhere) is heard
through the broker at once and read from the database at every tick.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass

import sqlalchemy.exc

from livestream import show_store, timeline_store
from livestream.broker import Broker, Unsubscribe
from livestream.database import Database
from livestream.database_time import read_now_ms
from livestream.errors import LivestreamError, SessionNotFound, ShowNotFound, ShowStateError, StreamKeyRefused
from livestream.lifecycle import Lifecycle, same_key
from livestream.media import MediaEngine, SessionDescription
from livestream.shows import OVER, Act, Show, transition

logger = logging.getLogger(__name__)

CHANGED_CHANNEL = "shows-changed"  # payload: the id of a show whose state, key or server has changed
UNAVAILABLE = (sqlalchemy.exc.SQLAlchemyError, OSError)


@dataclass(slots=True)
class _Host:
    """A host's session."""

    show_id: str
    key: str  # the stream key it came with
    has_sent: bool = False


class Publications:
    """``start`` before use; ``stop`` ends what it subscribed to. The media callbacks never raise."""

    def __init__(self, database: Database, engine: MediaEngine, lifecycle: Lifecycle, broker: Broker) -> None:
        self._database = database
        self._engine = engine
        self._lifecycle = lifecycle
        self._broker = broker
        self._hosts: dict[str, _Host] = {}  # by session
        self._sending: dict[str, str] = {}  # show -> the host session that sends now
        self._carried: set[str] = set()  # shows of which the engine holds anything
        self._unsaid: set[str] = set()  # shows whose last change the database has not taken yet
        self._saying: dict[str, asyncio.Lock] = {}  # one write per show at a time; a lock goes with its last user
        self._starts = 0  # how often a publication has started: what was read before the last one is out of date
        self._unsubscribes: list[Unsubscribe] = []
        self._checks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Shows that were on air here when this server went down: interrupted, with their clock going on."""
        self._unsubscribes.append(await self._broker.subscribe(CHANGED_CHANNEL, self._changed))
        async with self._database.reading() as connection:
            found = await show_store.on_air_of(connection, self._lifecycle.server_id)
        for show in found:
            self._carried.add(show.show_id)
            await self._resume_clock(show)
            if await self._lifecycle.lost(show.show_id):
                logger.info("show %s was on air when this server went down: interrupted", show.show_id)

    async def stop(self) -> None:
        for unsubscribe in self._unsubscribes:
            await unsubscribe()
        self._unsubscribes.clear()
        for task in self._checks:
            task.cancel()
        await asyncio.gather(*self._checks, return_exceptions=True)

    # -- joining

    async def publish(self, show_id: str, key: str, offer: str) -> SessionDescription:
        """Accept a host's offer.

        Raises: ShowNotFound, ShowStateError (the show is over), StreamKeyRefused, and what the engine raises.
        """
        async with self._database.reading() as connection:
            show = await show_store.get(connection, show_id)
        if not same_key(show, key):
            raise StreamKeyRefused("This stream key does not open this show.")
        transition(show.state, Act.START)
        if show.started_at is not None and self._engine.show_ms(show_id) is None:
            await self._resume_clock(show)
        description = await self._engine.publish(show_id, offer)
        self._carried.add(show_id)
        self._hosts[description.session_id] = _Host(show_id, key)
        if self._engine.owner(description.session_id) is None:  # it has ended in this very moment
            self._hosts.pop(description.session_id, None)
        return description

    async def watch(self, show_id: str, offer: str) -> SessionDescription:
        """Accept a viewer's offer. Raises: ShowNotFound, ShowStateError (over), NothingLive, and what the engine raises."""
        async with self._database.reading() as connection:
            show = await show_store.get(connection, show_id)
        if show.state in OVER:
            raise ShowStateError("The show is over.")
        return await self._engine.watch(show_id, offer)

    async def _resume_clock(self, show: Show) -> None:
        async with self._database.reading() as connection:
            _, offset = await timeline_store.position(connection, show.show_id)
            now = await read_now_ms(connection)
            at = await timeline_store.reckon_clock(connection, show.show_id, offset, show.started_at, now)
        await self._engine.resume_clock(show.show_id, at)

    # -- what the engine reports

    def sending(self, show_id: str) -> bool:
        """Whether a host's media arrives at this server now."""
        return show_id in self._sending

    async def started(self, show_id: str, session_id: str) -> None:
        self._starts += 1
        self._carried.add(show_id)
        self._sending[show_id] = session_id
        if session_id in self._hosts:
            self._hosts[session_id].has_sent = True
        await self._say(show_id)

    async def stopped(self, show_id: str, session_id: str) -> None:
        """The session's media has stopped or stalled; one that has been replaced does not matter any more."""
        if self._sending.get(show_id) == session_id:
            del self._sending[show_id]
            await self._say(show_id)

    def session_ended(self, session_id: str) -> None:
        self._hosts.pop(session_id, None)

    async def _say(self, show_id: str) -> None:
        """Write to the database whether this show is on air here, as it is when the turn comes."""
        lock = self._saying.setdefault(show_id, asyncio.Lock())
        try:
            async with lock:
                await self._write(show_id, self._sending.get(show_id))
        finally:
            if not lock.locked():
                self._saying.pop(show_id, None)

    async def _write(self, show_id: str, session_id: str | None) -> None:
        try:
            if session_id is None:
                await self._lifecycle.lost(show_id)
            else:
                host = self._hosts.get(session_id)
                await self._lifecycle.on_air(show_id, host.key if host is not None else "")
                await self.tell(show_id)
            self._unsaid.discard(show_id)
        except (ShowStateError, ShowNotFound):
            await self._let_go(show_id)
        except StreamKeyRefused:
            self._unsaid.discard(show_id)
            await self._close(session_id or "")
        except UNAVAILABLE as error:
            logger.warning("show %s: its state cannot be written now, trying again: %s", show_id, error)
            self._unsaid.add(show_id)

    # -- what is decided elsewhere

    async def tell(self, show_id: str) -> None:
        """Every server looks at this show again."""
        await self._broker.publish(CHANGED_CHANNEL, show_id.encode())

    async def check(self, show_ids: set[str]) -> None:
        """Let go of shows that are over or carried elsewhere, end host sessions whose key is not the show's any more, say
        again that a show is on air which others have given up.

        Raises: what the database raises.
        """
        ours = show_ids & self._carried
        if not ours:
            return
        starts = self._starts
        async with self._database.reading() as connection:
            gone = await show_store.elsewhere(connection, self._lifecycle.server_id, ours)
            keys = await show_store.stream_keys(connection, ours)
            interrupted = await show_store.interrupted(connection, ours - gone.keys())
        for session_id, host in tuple(self._hosts.items()):
            if keys.get(host.show_id, host.key) != host.key:
                await self._close(session_id)
        for show_id, state in gone.items():
            # A show that is on air elsewhere may be about to be taken over by a host who is just arriving here.
            if show_id not in self._carried:  # another look was quicker
                continue
            if state in OVER or not (starts != self._starts or show_id in self._saying or self._arriving(show_id)):
                await self._let_go(show_id)
        for show_id in interrupted & self._sending.keys():
            # Another server took this one for dead while the database was out of its reach; the media never stopped.
            await self._say(show_id)

    def _arriving(self, show_id: str) -> bool:
        return any(host.show_id == show_id and not host.has_sent for host in self._hosts.values())

    async def tick(self) -> None:
        """Say again what could not be written; look at every carried show. Raises: what the database raises."""
        for show_id in tuple(self._unsaid):
            await self._say(show_id)
        await self.check(set(self._carried))

    async def _let_go(self, show_id: str) -> None:
        self._carried.discard(show_id)
        self._unsaid.discard(show_id)
        self._sending.pop(show_id, None)
        with contextlib.suppress(LivestreamError):  # an engine that has stopped holds nothing
            await self._engine.end_show(show_id)

    async def _close(self, session_id: str) -> None:
        with contextlib.suppress(SessionNotFound):
            await self._engine.close(session_id)

    def _changed(self, payload: bytes) -> None:
        show_id = payload.decode(errors="replace")
        if show_id in self._carried:
            task = asyncio.create_task(self._check_one(show_id), name=f"check show {show_id}")
            self._checks.add(task)
            task.add_done_callback(self._checks.discard)

    async def _check_one(self, show_id: str) -> None:
        try:
            await self.check({show_id})
        except UNAVAILABLE as error:
            logger.warning("show %s cannot be looked at now, the keeper will: %s", show_id, error)

    def statistics(self) -> dict[str, int]:
        return {
            "carried_now": len(self._carried),
            "sending_now": len(self._sending),
            "hosts_now": len(self._hosts),
            "unsaid_now": len(self._unsaid),
        }
