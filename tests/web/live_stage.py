"""Servers of the live channel on a real database and broker, and clients that speak its protocol.

Two hubs on one database and one broker are two servers. Only sign-in, roles and media are played by the stage: whoever
shows a token ``name-anything`` is ``name`` until the token is ended.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import msgpack
import msgspec
import sqlalchemy as sa
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from cart.auctions.service import Auctions
from cart.freeing import Freeing
from cart.holds import everybody
from cart.news import News
from chat import store
from chat.service import Chat
from livestream.broker import Broker, LocalBroker
from livestream.errors import ShowNotFound
from livestream.recording.captions import CaptionTracks
from livestream.room import Rooms
from livestream.tables import moderators, shows
from livestream.timeline import Timeline
from livestream.viewers import Viewers
from web.database import SqlDatabase
from web.errors import error_middleware
from web.live.connection import DEAD_AFTER
from web.live.doorman import Limits
from web.live.hub import Hub
from web.live.pressure import Pace
from web.services import Services
from web.settings import Settings

HOST = {"id": "host", "handle": "host", "name": "Host", "avatar": None}


class Person(msgspec.Struct):
    id: str
    handle: str
    name: str
    avatar: str | None = None


class Stage:
    def __init__(self, database: SqlDatabase) -> None:
        self.database = database
        self.broker = LocalBroker()
        self.timeline = Timeline(database, self.broker, self.show_ms)
        self.chat = Chat(self.timeline, database, self, limits=False)
        self.rooms = Rooms(database, self.timeline, self.broker)
        self.ended_tokens: set[str] = set()
        self.signing_out: list[Callable[[str], Awaitable[None]]] = []
        self.urls: list[str] = []
        self.hubs: list[Hub] = []
        self.viewers: list[Viewers] = []  # by server
        self._http = aiohttp.ClientSession()
        self._opened = contextlib.AsyncExitStack()

    # what the stage plays

    async def people_by_id(self, connection: AsyncConnection, ids: Collection[str], /) -> dict[str, Person]:
        return {name: Person(name, name, name.title()) for name in ids}

    async def account_of(self, token: str) -> str | None:
        return None if token in self.ended_tokens else token.partition("-")[0]

    def on_signed_out(self, callback: Callable[[str], Awaitable[None]]) -> None:
        self.signing_out.append(callback)

    async def end_sign_in(self, token: str) -> None:
        """Sign out on the newest server."""
        self.ended_tokens.add(token)
        await self.signing_out[-1](token.partition("-")[0])

    async def role(self, show_id: str, account_id: str) -> str | None:
        async with self.database.reading() as connection:
            show = await store.show_row(connection, show_id)
        if show is None:
            raise ShowNotFound("There is no such show.")
        return show.role(account_id)

    def show_ms(self, show_id: str) -> int | None:
        return 5_000

    # servers and shows

    async def add_server(
        self,
        limits: Limits | None = None,
        settings: Settings | None = None,
        broker: Broker | None = None,
        dead_after: float = DEAD_AFTER,
        pace: Pace | None = None,
    ) -> Hub:
        """One more server. With a broker of its own it has a timeline and chat of its own too, like another process."""
        timeline, chat = self.timeline, self.chat
        if broker is not None:
            self._opened.push_async_callback(broker.stop)
            await broker.start()
            timeline = Timeline(self.database, broker, self.show_ms)
            chat = Chat(timeline, self.database, self, limits=False)
            self._opened.push_async_callback(chat.stop)
            await chat.start()
        viewers = Viewers(broker or self.broker, f"server-{len(self.hubs)}")
        self._opened.push_async_callback(viewers.stop)
        await viewers.start()
        self.viewers.append(viewers)
        services = SimpleNamespace(
            settings=settings or Settings(),
            database=self.database,
            broker=broker or self.broker,
            timeline=timeline,
            engine=self,
            hosts=SimpleNamespace(sessions=self, people=self),
            shows=SimpleNamespace(viewers=viewers),
            rooms=self.rooms,
            chat=chat,
            captions=CaptionTracks(self.database, timeline),
            cart=SimpleNamespace(
                auctions=Auctions(timeline, self.database, everybody, Freeing(everybody), News(broker or self.broker))
            ),
        )
        hub = Hub(cast(Services, services), limits, dead_after, pace)
        app = web.Application(middlewares=[error_middleware])
        hub.register(app)
        await hub.start()
        runner = web.AppRunner(app, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self._opened.push_async_callback(runner.cleanup)
        self._opened.push_async_callback(hub.stop)
        self.urls.append(f"http://127.0.0.1:{runner.addresses[0][1]}")
        self.hubs.append(hub)
        return hub

    async def add_show(self, show_id: str, *named: str) -> None:
        async with self.database.writing() as connection:
            await connection.execute(
                sa.insert(shows).values(
                    show_id=show_id, host_id="host", title="A show", state="scheduled", starts_at=0, created_at=0,
                    stream_key="key", epoch="epoch1",
                )
            )  # fmt: skip
            for account_id in named:
                await connection.execute(
                    sa.insert(moderators).values(show_id=show_id, account_id=account_id, named_at=0)
                )
        scheduled = {"title": "A show", "description": "", "starts_at": 0, "host": HOST}
        await self.tell(show_id, "scheduled", scheduled)
        for account_id in named:
            person = {**HOST, "id": account_id}
            await self.tell(show_id, "moderator_named", {"person": person})

    async def tell(self, show_id: str, kind: str, data: dict[str, Any]) -> None:
        async with self.timeline.transaction() as transaction:
            await transaction.append(show_id, kind, data)

    async def start(self) -> None:
        await self.chat.start()
        await self.add_show("show", "mod")
        await self.add_server()
        await self.viewers[0].by_webrtc("show", 3)

    async def stop(self) -> None:
        await self._http.close()
        await self._opened.aclose()
        await self.chat.stop()

    # clients

    async def connect(self, token: str | None = None, show_id: str = "show", server: int = 0, **headers: str) -> Client:
        """A socket of whoever the token says, not joined yet."""
        url = self.urls[server]
        sent = {"Origin": url, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if token is not None:
            sent["Cookie"] = f"closetcast={token}"
        socket = await self._http.ws_connect(
            f"{url}/ws/{show_id}", headers=sent, protocols=("closetcast.v1",), max_msg_size=0, autoping=True
        )
        return Client(socket)

    async def join(self, token: str | None = None, show_id: str = "show", server: int = 0, **join: Any) -> Client:
        client = await self.connect(token, show_id, server)
        await client.join(**join)
        return client


class Client:
    """Reads everything in the background and sorts it."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.events: list[dict[str, Any]] = []
        self.frames: list[dict[str, Any]] = []
        self.rooms: list[dict[str, Any]] = []
        self.yous: list[dict[str, Any]] = []
        self.joined: dict[str, Any] = {}
        self.close_reason = ""
        self._answers: dict[int, dict[str, Any]] = {}
        self._changed = asyncio.Condition()
        self._next = 0
        self.reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        while True:
            message = await self.socket.receive()
            if message.type is not aiohttp.WSMsgType.BINARY:
                if message.type is aiohttp.WSMsgType.CLOSE:
                    self.close_reason = message.extra or ""
                break
            frame = msgpack.unpackb(message.data)
            async with self._changed:
                self.frames.append(frame)
                self.events.extend(frame.get("events", ()))
                if "room" in frame:
                    self.rooms.append(frame["room"])
                if "you" in frame:
                    self.yous.append(frame["you"])
                if "re" in frame:
                    self._answers[frame["re"]] = frame
                self._changed.notify_all()
        async with self._changed:
            self._changed.notify_all()

    async def until(self, condition: Callable[[], Any], seconds: float = 10) -> None:
        """Wait until something that this client has received makes the condition true."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(lambda: condition() or self.reader.done())
        assert condition(), f"closed with {self.socket.close_code}"

    async def until_said(self, *texts: str) -> None:
        await self.until(lambda: self.texts() == list(texts))

    async def until_offset(self, offset: int) -> None:
        await self.until(lambda: offset in self.offsets)

    async def until_yous(self, count: int) -> dict[str, Any]:
        """The newest of ``count`` you frames."""
        await self.until(lambda: len(self.yous) >= count)
        return self.yous[-1]

    async def until_room(self, hearts: int, viewers: int) -> None:
        """Until this many hearts have come in all, and the newest count of viewers is this."""
        await self.until(
            lambda: sum(room["hearts"] for room in self.rooms) == hearts and self.rooms[-1]["viewers"] == viewers
        )

    async def send(self, do: str, **fields: Any) -> int:
        self._next += 1
        await self.socket.send_bytes(msgpack.packb({"id": self._next, "do": do, **fields}))
        return self._next

    async def ask(self, do: str, **fields: Any) -> dict[str, Any]:
        number = await self.send(do, **fields)
        await self.until(lambda: number in self._answers)
        return self._answers[number]

    async def do(self, do: str, **fields: Any) -> dict[str, Any]:
        answer = await self.ask(do, **fields)
        assert "ok" in answer, answer
        return dict(answer["ok"])

    async def refused(self, do: str, **fields: Any) -> dict[str, Any]:
        answer = await self.ask(do, **fields)
        assert "error" in answer, answer
        return dict(answer["error"])

    async def join(self, **fields: Any) -> dict[str, Any]:
        self.joined = await self.do("join", **fields)
        return self.joined

    async def closed(self, seconds: float = 10) -> int | None:
        """The close code."""
        await asyncio.wait_for(asyncio.shield(self.reader), seconds)
        return self.socket.close_code

    @property
    def offsets(self) -> list[int]:
        return [event["offset"] for event in self.events]

    def texts(self) -> list[str]:
        return [event["data"]["text"] for event in self.events if event["kind"] == "said"]


@contextlib.asynccontextmanager
async def running_stage(database: SqlDatabase) -> AsyncIterator[Stage]:
    stage = Stage(database)
    try:
        await stage.start()
        yield stage
    finally:
        await stage.stop()
