"""The one wiring function: opens the database, broker and engine, builds every service, gathers every route."""

from __future__ import annotations

import fcntl
import logging
import secrets
from contextlib import AsyncExitStack
from pathlib import Path
from typing import IO

from aiohttp import web

from cart.payments import PaymentProvider
from cart.service import Cart
from cart.test_provider import TestProvider
from chat.service import Chat
from hosts.notices.delivery import Delivery
from hosts.notices.service import Notices
from hosts.service import Hosts
from livestream.bookmarks import Bookmarks
from livestream.broker import Broker, LocalBroker
from livestream.engine.choose import choose_engine
from livestream.engine.engine import PythonEngine
from livestream.recording.captions import CaptionTracks
from livestream.recording.clips import Clips
from livestream.recording.files import RecordingFolder
from livestream.recording.service import Recordings
from livestream.recording.trailers import Trailers
from livestream.recording.workshop import Workshop
from livestream.room import Rooms
from livestream.show_service import Shows
from livestream.timeline import Timeline
from web.circles import Circles
from web.database import SqlDatabase, sqlite_url
from web.door import Door
from web.errors import error_middleware
from web.health import ROUTES as HEALTH_ROUTES
from web.live.hub import Hub
from web.media import ROUTES as MEDIA_ROUTES
from web.media.cors import register_cors
from web.media_events import MediaEvents
from web.migrate import migrate
from web.notices.sender import open_outside
from web.notices.show_starts import ShowStarts
from web.openapi import openapi_route
from web.origin import SETTINGS, origin_middleware
from web.pages import headers_middleware, register_pages
from web.routes import (
    accounts,
    captions,
    cart,
    chat,
    clips,
    closets,
    hls,
    lineup,
    listings,
    moderation,
    notices,
    orders,
    payments,
    photos,
    replay,
    search,
    selling,
    shows,
    storefront,
    timeline,
    trailers,
    upload_check,
)
from web.routing import SERVICES, Route, register
from web.services import Services
from web.settings import Settings

logger = logging.getLogger(__name__)

MAX_REQUEST = 13 * 1024 * 1024  # bytes: a photo of 12 MiB is the largest thing anybody sends
MODULES = (
    accounts,
    closets,
    listings,
    search,
    photos,
    shows,
    lineup,
    cart,
    selling,
    payments,
    orders,
    storefront,
    chat,
    moderation,
    timeline,
    upload_check,
    hls,
    notices,
    replay,
    clips,
    captions,
    trailers,
)


def all_routes() -> tuple[Route, ...]:
    """Every HTTP route with its policy, but for the pages."""
    routes = tuple(route for module in MODULES for route in module.ROUTES)
    routes = (*routes, *MEDIA_ROUTES, *HEALTH_ROUTES)
    return (*routes, openapi_route(routes))


async def build_app(settings: Settings, door: Door | None = None) -> web.Application:
    """Open and build everything; ``cleanup`` of the application closes it all, last opened first. ``door``: where people
    will come in; it learns who takes media peers.

    Raises: OSError when a port or the data folder cannot be used, ValueError for a bad URL.
    """
    async with AsyncExitStack() as opened:
        services, hub = await _open(settings, door, opened)
        entrance = [] if door is None else [door.asked]
        app = web.Application(
            middlewares=[*entrance, headers_middleware, error_middleware, origin_middleware],
            client_max_size=MAX_REQUEST,
        )
        app[SERVICES] = services
        app[SETTINGS] = settings
        register(app, all_routes())
        register_cors(app)
        hub.register(app)
        register_pages(app)
        closing = opened.pop_all()

    async def close(_: web.Application) -> None:
        await closing.aclose()

    async def leave(_: web.Application) -> None:
        await hub.stop()
        services.notices.end_bells()
        if services.media_news is not None:
            await services.media_news.close()

    app.on_shutdown.append(leave)  # sockets are told before open requests are waited for
    app.on_cleanup.append(close)
    return app


async def _open(settings: Settings, door: Door | None, opened: AsyncExitStack) -> tuple[Services, Hub]:
    opened.enter_context(_claim(settings.data))
    database = SqlDatabase(settings.database_url or sqlite_url(settings.data / "closetcast.sqlite"))
    opened.push_async_callback(database.stop)
    try:
        await migrate(database)
    except OSError as error:
        where = database.url.render_as_string(hide_password=True)
        raise OSError(f"the database {where} does not answer ({error.strerror or error})") from error

    broker = _broker(settings)
    opened.push_async_callback(broker.stop)
    await broker.start()

    engine = _engine(settings, door)
    timeline = Timeline(database, broker, engine.show_ms)
    hosts = Hosts(database, settings.data / "photos", limits=settings.limits)
    shows_service = Shows(database, timeline, engine, server_id=_server_id(settings.data))
    rooms = Rooms(database, timeline, broker)
    chat_service = Chat(timeline, database, hosts.people, circles=Circles(), limits=settings.limits)
    cart_service = Cart(
        timeline,
        database,
        hosts,
        _payments(settings, database),
        may_buy=chat_service.may_buy,
        first_sale_shipping=settings.first_sale_shipping,
    )
    chat_service.on_banned(cart_service.holds.end_in_show)
    files = RecordingFolder(settings.data)
    recordings = Recordings(
        database,
        engine,
        shows_service.media,
        broker,
        files,
        server_id=_server_id(settings.data),
        record=settings.record,
        retention_days=settings.retention_days,
        encoders=settings.encoders,
    )
    bells = Notices(database, settings.push_services)
    outside = await open_outside(settings, database)
    opened.push_async_callback(outside.web_push.close)
    delivery = Delivery(database, outside)
    shows_service.started_in.append(ShowStarts(hosts.people).tell)
    workshop = Workshop()
    clips_service = Clips(database, timeline, recordings, workshop)
    services = Services(
        settings=settings,
        database=database,
        broker=broker,
        timeline=timeline,
        engine=engine,
        hosts=hosts,
        shows=shows_service,
        rooms=rooms,
        chat=chat_service,
        cart=cart_service,
        recordings=recordings,
        captions=CaptionTracks(database, timeline),
        notices=bells,
        delivery=delivery,
        outside=outside,
        clips=clips_service,
        trailers=Trailers(database, files, workshop, clips_service),
        bookmarks=Bookmarks(database),
    )
    services.door = door
    hub = Hub(services)
    services.live = hub
    opened.push_async_callback(engine.stop)
    await engine.start(MediaEvents(services))
    for service in (
        hosts,
        shows_service,
        recordings,
        clips_service,
        rooms,
        chat_service,
        cart_service,
        hub,
        bells,
        delivery,
    ):
        opened.push_async_callback(service.stop)
        await service.start()
    logger.info("media: port %d", engine.port)
    return services, hub


def _engine(settings: Settings, door: Door | None) -> PythonEngine:
    """With the number of the pages, peers by TCP come through their door; with one of its own, to the engine's own."""
    choice, ips, threads = settings.engine, settings.public_ips, settings.media_threads
    if settings.udp_port not in (0, settings.port):
        # Unless another listener of ours will want the number in a moment.
        tcp = settings.udp_port != settings.rtmp_port
        return choose_engine(choice, port=settings.udp_port, public_ips=ips, threads=threads, tcp=tcp)
    if door is None:
        return choose_engine(choice, port=settings.port, public_ips=ips, threads=threads)
    engine = choose_engine(choice, port=door.port, public_ips=ips, threads=threads, tcp=True, tcp_doors=door.addresses)
    door.media = engine.take_connection
    return engine


def _payments(settings: Settings, database: SqlDatabase) -> PaymentProvider:
    """Stripe where its keys are set, else the test provider, which moves no money."""
    if settings.stripe_secret_key is None:
        return TestProvider(database)
    from cart.stripe_provider import StripeProvider  # a second to import: only where it is used

    return StripeProvider(
        database,
        settings.stripe_secret_key,
        settings.stripe_webhook_secret or "",
        settings.stripe_publishable_key or "",
        api=settings.stripe_api,
    )


def _broker(settings: Settings) -> Broker:
    if settings.redis_url is None:
        return LocalBroker()
    from livestream.broker_redis import RedisBroker

    return RedisBroker(settings.redis_url)


def _claim(data: Path) -> IO[bytes]:
    """The data folder belongs to one running server: a second one would interrupt its shows, write its database beside it,
    and go by its name. The lock ends with the process, however that ends. Raises: OSError."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock = (data / "lock").open("wb")
    except OSError as error:
        raise OSError(
            f"the data folder {data} cannot be written ({error.strerror}): choose another one with --data"
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise OSError(
            f"another Closetcast is running with the data folder {data}: stop it, or choose another one"
        ) from None
    return lock


def _server_id(data: Path) -> str:
    """Who this server is among those that share a database: kept in its data folder across restarts."""
    path = data / "server-id"
    if not path.is_file():
        path.write_text(secrets.token_urlsafe(9) + "\n", encoding="ascii")
    return path.read_text(encoding="ascii").strip()
