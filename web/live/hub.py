"""All live sockets of this process: opens and closes them, keeps an audience per show, passes on what concerns a person.

Several processes share a show through the broker only: every one of them sees every event and applies it to its own
sockets, so a mute, a ban or a lost role reaches its person wherever they are connected; sign-outs travel on a channel of
their own.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from cart import news
from livestream.broker import Unsubscribe
from livestream.events import Event
from web.access import identify
from web.errors import Forbidden, NotFound
from web.live.audience import Audience, RoomNews, room_channel
from web.live.closing import CloseCode
from web.live.commands import Commands
from web.live.connection import ANSWER_SECONDS, DEAD_AFTER, JOIN_WITHIN, PING_EVERY, Connection, LiveSocket
from web.live.doorman import UNLIMITED, Doorman, Limits
from web.live.messages import MAX_BYTES
from web.live.persons import concerns
from web.live.pressure import Pace
from web.origin import client_address, origin_allowed
from web.services import Services

logger = logging.getLogger(__name__)

T = TypeVar("T")

SUBPROTOCOL = "closetcast.v1"
SIGNED_OUT_CHANNEL = "signed-out"  # payload: the account's id
SWEEP = 5.0  # seconds between looks at every socket
SWEPT_AT_ONCE = 100  # of them: under 2 ms of pings
ROOM_TICK = 1.0  # seconds between room frames
CHECK_EVERY = 10.0  # seconds: every followed timeline is compared with the database, should a publish have been lost
LINGER = 30.0  # seconds that an audience without members is kept
STOP_SECONDS = 4.0  # for all sockets to say goodbye


class Hub:
    """``register`` adds the route; ``start`` before requests come, ``stop`` closes every socket with "restarting".

    A socket without a byte for ``dead_after`` seconds is cut; it is pinged three times before.
    """

    def __init__(
        self,
        services: Services,
        limits: Limits | None = None,
        dead_after: float = DEAD_AFTER,
        pace: Pace | None = None,
    ) -> None:
        self.services = services
        self._pace = pace
        self._dead_after = dead_after
        self._ping_every = min(PING_EVERY, dead_after / 3)
        self.doorman = Doorman(limits or (Limits() if services.settings.limits else UNLIMITED))
        self._commands = Commands(self)
        self._connections: set[Connection] = set()
        self._people: dict[str, set[Connection]] = {}
        self._audiences: dict[str, asyncio.Task[Audience]] = {}
        self._clockwork: list[asyncio.Task[None]] = []
        self._acts: set[asyncio.Task[Any]] = set()
        self._unsubscribe: list[Unsubscribe] = []
        self._stopping = False
        self._sign_outs = 0
        self._emptied = asyncio.Event()
        self._counters = {"sockets_opened": 0, "frames": 0, "deliveries": 0, "messages_skipped": 0}
        self._closed = {code.name.lower(): 0 for code in CloseCode}

    def register(self, app: web.Application) -> None:
        app.router.add_get("/ws/{show_id}", self.handle)

    async def start(self) -> None:
        broker = self.services.broker
        self._unsubscribe.append(await broker.subscribe(SIGNED_OUT_CHANNEL, self._signed_out))
        self._unsubscribe.append(await broker.subscribe(news.CHANNEL, self._news))
        broker.on_gap(self._heal_all)
        self.services.hosts.sessions.on_signed_out(self.signed_out)
        self.services.chat.steering.on_voted(self.voted)
        self._clockwork = [asyncio.create_task(self._sweep_forever()), asyncio.create_task(self._tick_forever())]

    async def stop(self) -> None:
        """Every socket is told to come back; whoever does not answer is cut. Stopping twice is fine."""
        self._stopping = True
        for connection in tuple(self._connections):
            connection.close(CloseCode.RESTARTING, "the server restarts")
        if self._connections:
            self._emptied.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._emptied.wait(), STOP_SECONDS)
        for connection in tuple(self._connections):
            connection.cut()
        while self._unsubscribe:
            await self._unsubscribe.pop()()
        if self._acts:
            await asyncio.wait(self._acts, timeout=STOP_SECONDS)
        tasks = [*self._clockwork, *self._acts]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        audiences = list(self._audiences.values())
        self._audiences.clear()
        for opened in await asyncio.gather(*audiences, return_exceptions=True):
            if isinstance(opened, Audience):
                await self._close_audience(opened)

    def act(self, coroutine: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """A task that outlives the socket that began it, but not the hub."""
        task = asyncio.create_task(coroutine)
        self._acts.add(task)
        task.add_done_callback(self._acts.discard)
        return task

    # -- sockets

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """``GET /ws/{show_id}``: a WebSocket of subprotocol ``closetcast.v1``."""
        settings = self.services.settings
        if not origin_allowed(request, settings):
            raise Forbidden("This page belongs to another site.", code="wrong_origin")
        show_id = request.match_info["show_id"]
        if not show_id.isprintable():
            raise NotFound("There is no such show.")
        if self._stopping:
            return web.Response(status=503, headers={"Retry-After": "1"})
        sign_outs = self._sign_outs
        caller = await identify(request, self.services)
        socket = LiveSocket(
            protocols=(SUBPROTOCOL,),
            compress=False,
            max_msg_size=MAX_BYTES + 1,
            autoping=False,
            timeout=ANSWER_SECONDS,
        )
        if not socket.can_prepare(request):
            return web.Response(status=426, headers={"Upgrade": "websocket"}, text="This address speaks WebSocket.\n")
        await socket.prepare(request)
        if request.transport is None:
            return socket
        transport = request.transport
        address = client_address(request, settings)
        reason = self.doorman.enter(caller.account_id, address)
        now = asyncio.get_running_loop().time()
        connection = Connection(socket, transport, show_id, caller.account_id, caller.token, now)
        if reason is not None:
            connection.close(CloseCode.FLOODING, reason)
            await connection.run(self._commands.handle)
            return socket
        self._connections.add(connection)
        self._counters["sockets_opened"] += 1
        if connection.account_id is not None:
            self._people.setdefault(connection.account_id, set()).add(connection)
            if sign_outs != self._sign_outs:
                # This sign-in may have ended between its check and the line above, when nobody could find this socket.
                self.act(self._check_sign_in(connection))
        if self._stopping:
            connection.close(CloseCode.RESTARTING, "the server restarts")
        try:
            await connection.run(self._commands.handle)
        finally:
            self.doorman.leave(connection.account_id, address)
            self._forget(connection)
        return socket

    def _forget(self, connection: Connection) -> None:
        self._connections.discard(connection)
        if not self._connections:
            self._emptied.set()
        if connection.account_id is not None:
            of_person = self._people.get(connection.account_id, set())
            of_person.discard(connection)
            if not of_person:
                self._people.pop(connection.account_id, None)
        opened = self._audiences.get(connection.show_id)
        if opened is not None and opened.done() and not opened.cancelled() and opened.exception() is None:
            opened.result().members.discard(connection)
        if connection.ended_with is not None:
            self._closed[connection.ended_with.name.lower()] += 1

    # -- audiences

    async def audience(self, show_id: str) -> Audience:
        """The audience of a show, opened by the first who asks. Raises: ShowNotFound."""
        opening = self._audiences.get(show_id)
        if opening is None:
            opening = self._audiences[show_id] = asyncio.create_task(self._open(show_id))
        audience = await asyncio.shield(opening)
        audience.last_used = asyncio.get_running_loop().time()
        return audience

    async def _open(self, show_id: str) -> Audience:
        services = self.services
        audience = Audience(show_id, services.timeline, services.broker, self._happened, self._pace)
        try:
            await audience.open()
        except BaseException:
            self._audiences.pop(show_id, None)
            raise
        audience.viewers = services.shows.viewers.of(show_id)
        return audience

    async def _close_audience(self, audience: Audience) -> None:
        self._counters["frames"] += audience.frames
        self._counters["deliveries"] += audience.deliveries
        self._counters["messages_skipped"] += audience.messages_skipped
        await audience.close()

    def _open_audiences(self) -> list[Audience]:
        return [
            task.result()
            for task in self._audiences.values()
            if task.done() and not task.cancelled() and task.exception() is None
        ]

    def _heal_all(self) -> None:
        for audience in self._open_audiences():
            audience.heal()
        # Sign-outs travel by the broker alone: one that was lost is found here. Lookups share statements.
        self._sign_outs += 1
        for connection in tuple(self._connections):
            if connection.account_id is not None:
                self.act(self._check_sign_in(connection))

    # -- what concerns persons

    def _happened(self, audience: Audience, event: Event) -> None:
        """Each event of each followed show, once, in order."""
        change = concerns(event)
        if change is None:
            return
        for connection in tuple(self._people.get(change.account_id, ())):
            if connection.show_id != audience.show_id:
                continue
            connection.changes += 1
            if change.banned:
                connection.close(CloseCode.BANNED, change.reason or "you are banned from this show")
            elif connection.learned:
                connection.you = {**connection.you, **change.you}
                if connection.joined:
                    connection.send({"you": connection.you})

    async def signed_out(self, account_id: str) -> None:
        """A sign-in of this account has ended: its sockets close, on every server. For the hook of ``hosts``."""
        await self.services.broker.publish(SIGNED_OUT_CHANNEL, account_id.encode())

    def _signed_out(self, payload: bytes) -> None:
        self._sign_outs += 1
        for connection in tuple(self._people.get(payload.decode(errors="replace"), ())):
            self.act(self._check_sign_in(connection))

    async def _check_sign_in(self, connection: Connection) -> None:
        """Close the socket if the session that opened it is over; other devices of the person stay."""
        if connection.token is None:
            return
        try:
            account_id = await self.services.hosts.sessions.account_of(connection.token)
        except Exception as error:  # better signed in a little longer than everybody out while the database restarts
            logger.warning("a sign-in could not be checked: %s", error)
            return
        if account_id != connection.account_id:
            connection.close(CloseCode.SIGNED_OUT, "you have signed out")

    def _news(self, payload: bytes) -> None:
        """What one person is told goes to all sockets of that person, whichever show they are in."""
        account_id, told = news.decode(payload)
        for connection in tuple(self._people.get(account_id, ())):
            if connection.joined:
                connection.send({"news": told})

    # -- lossy numbers

    async def hearts(self, show_id: str, count: int, kind: str = "heart") -> None:
        news = RoomNews(hearts=count) if kind == "heart" else RoomNews(reactions={kind: count})
        await self._room_news(show_id, news)

    async def voted(self, show_id: str, poll_id: str, counts: list[int]) -> None:
        """Votes of an open poll, by option. For the hook of ``chat``."""
        await self._room_news(show_id, RoomNews(poll=(poll_id, counts)))

    async def _room_news(self, show_id: str, news: RoomNews) -> None:
        await self.services.broker.publish(room_channel(show_id), msgspec.msgpack.encode(news))

    def lag_ms(self, show_id: str, account_id: str) -> int | None:
        """How far this person's picture of the show is behind the show clock, in ms, by the socket here that shows it
        soonest; None: no socket of theirs on this server shows the show."""
        known = (one.lag_ms for one in self._people.get(account_id, ()) if one.show_id == show_id)
        return min((lag for lag in known if lag is not None), default=None)

    def lags(self, show_id: str) -> list[int]:
        """The known lags of everybody on this server who watches this show, in ms, the smallest first."""
        known = (one.lag_ms for one in self._connections if one.show_id == show_id)
        return sorted(lag for lag in known if lag is not None)

    # -- clockwork

    async def _tick_forever(self) -> None:
        while True:
            await asyncio.sleep(ROOM_TICK)
            for audience in self._open_audiences():
                viewers = self.services.shows.viewers
                try:
                    await viewers.by_hls(audience.show_id, audience.here_by_hls())
                except Exception as error:  # a number that may be lost
                    logger.warning("show %s: viewers by HLS could not be told: %s", audience.show_id, error)
                audience.viewers = viewers.of(audience.show_id)
                audience.tell_room()

    async def _sweep_forever(self) -> None:
        checked = asyncio.get_running_loop().time()
        while True:
            await self._sweep_slowly(min(SWEEP, self._ping_every / 4))
            now = asyncio.get_running_loop().time()
            check = now - checked >= CHECK_EVERY
            if check:
                checked = now
            try:
                await self._sweep_audiences(now, check)
            except Exception:  # the next round does what this one left; without it the dead would stay for ever
                logger.exception("a sweep of the live channel failed")

    async def _sweep_slowly(self, seconds: float) -> None:
        """Look at every socket once, a few at a time, spread over so many seconds: the pings of ten thousand in one go, and then
        their answers, would keep everybody waiting for a quarter of a second."""
        loop = asyncio.get_running_loop()
        connections = tuple(self._connections)
        slices = max(1, -(-len(connections) // SWEPT_AT_ONCE))
        for number in range(slices):
            await asyncio.sleep(seconds / slices)
            try:
                self._sweep_sockets(loop.time(), connections[number * SWEPT_AT_ONCE : (number + 1) * SWEPT_AT_ONCE])
            except Exception:  # the next round does what this one left
                logger.exception("a sweep of the live channel failed")

    async def _sweep_audiences(self, now: float, check: bool) -> None:
        for audience in self._open_audiences():
            if audience.members:
                audience.last_used = now
                if check:
                    audience.heal()
            elif now - audience.last_used > LINGER:
                del self._audiences[audience.show_id]
                await self._close_audience(audience)

    def _sweep_sockets(self, now: float, some: Iterable[Connection] | None = None) -> None:
        for connection in tuple(self._connections) if some is None else some:
            if now - connection.heard > self._dead_after:
                connection.cut()
            elif not connection.joined and now - connection.opened > JOIN_WITHIN:
                connection.close(CloseCode.MALFORMED, "join first")
            elif now - connection.pinged >= self._ping_every or (
                connection.joined and connection.account_id is not None and not connection.round_trip.settled
            ):  # how long the way is counts for those who bid
                connection.ping(now)

    def statistics(self) -> dict[str, int]:
        """Counters since start (closings by reason too), and what is open now."""
        audiences = self._open_audiences()
        return {
            "sockets_now": len(self._connections),
            "audiences_now": len(audiences),
            "sockets_opened": self._counters["sockets_opened"],
            "sockets_refused": self.doorman.refused,
            "frames": self._counters["frames"] + sum(audience.frames for audience in audiences),
            "deliveries": self._counters["deliveries"] + sum(audience.deliveries for audience in audiences),
            "messages_skipped": self._counters["messages_skipped"]
            + sum(audience.messages_skipped for audience in audiences),
            **{f"closed_{name}": count for name, count in self._closed.items()},
        }
