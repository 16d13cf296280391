"""Run the server until SIGINT or SIGTERM, then close everything in order."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import resource
import signal
import sys
from collections.abc import AsyncIterator

import sqlalchemy.exc
from aiohttp import web

from livestream.errors import LivestreamError
from livestream.rtmp.ingest import RtmpIngest
from web.app import build_app
from web.door import KEEP_ALIVE_SECONDS, Door, DoorSite, bind_door
from web.routing import SERVICES
from web.settings import Settings

logger = logging.getLogger("closetcast")
CLOSE_SECONDS = 5.0  # open requests get this long to finish
FILES = 65_536  # where the system sets no limit: three times the sockets that the live channel takes


# How long a thread that wants the interpreter waits before it is given it; Python's own 5 ms are longer than a packet may take.
SWITCH_SECONDS = 0.0005


class CannotStart(OSError):
    """A setting is wrong, or something that is needed does not answer; the message says which."""


def raise_file_limit() -> None:
    """As many open files as the system lets this process have: each viewer of chat is one, and many systems begin with 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == hard:
        return
    wanted = hard if hard != resource.RLIM_INFINITY else max(soft, FILES)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def favour_media() -> None:
    """Settings of the interpreter that keep pages and chat from holding up the media thread; call it once everything is loaded.

    What has been loaded stays for ever: a full collection need not look at it each time, which took every thread 50 to 100 ms.
    """
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(SWITCH_SECONDS)


@contextlib.asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[tuple[web.Application, int]]:
    """The application, listening; yields it with its TCP port (``settings.port`` may be 0).

    Raises: OSError, CannotStart.
    """
    raise_file_limit()
    door = await bind_door(
        settings.host, settings.port
    )  # first: a port that is taken is the likeliest reason to give up
    try:
        app = await _build(settings, door)
    except BaseException:
        await door.close()
        raise
    runner = web.AppRunner(
        app, handle_signals=False, access_log=None, shutdown_timeout=CLOSE_SECONDS, keepalive_timeout=KEEP_ALIVE_SECONDS
    )
    await runner.setup()
    try:
        await DoorSite(runner, door).start()
        async with _rtmp(app, settings, door.port):
            yield app, door.port
    finally:
        await runner.cleanup()


async def _build(settings: Settings, door: Door) -> web.Application:
    """Raises: OSError, CannotStart."""
    try:
        return await build_app(settings, door)
    except (ValueError, LivestreamError) as error:
        raise CannotStart(str(error)) from error
    except sqlalchemy.exc.SQLAlchemyError as error:
        raise CannotStart(f"the database cannot be used: {getattr(error, 'orig', None) or error}") from error


@contextlib.asynccontextmanager
async def _rtmp(app: web.Application, settings: Settings, port: int) -> AsyncIterator[None]:
    """The RTMP port, if there is to be one: its workers publish by this server's own WHIP. Raises: OSError."""
    if not settings.rtmp_port:
        yield
        return
    services = app[SERVICES]
    own = settings.host if settings.host not in ("0.0.0.0", "::", "") else "127.0.0.1"  # noqa: S104
    address = f"[{own}]" if ":" in own else own
    ingest = RtmpIngest(services.shows.check_stream_key, f"http://{address}:{port}/whip")
    services.rtmp = ingest
    try:
        await ingest.start(settings.host, settings.rtmp_port)
    except OSError as error:
        raise OSError(
            f"TCP port {settings.rtmp_port} cannot be opened ({os.strerror(error.errno or 0)}): choose another --rtmp-port"
        ) from error
    logger.info("RTMP encoders: port %d", ingest.port)
    try:
        yield
    finally:
        await ingest.stop()


async def serve(settings: Settings) -> int:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    try:
        async with running(settings) as (_, port):
            favour_media()
            logger.info("Closetcast is open at http://%s:%d", settings.host, port)
            await stopping.wait()
            logger.info("closing")
    except OSError as error:
        logger.error("cannot start: %s", error)
        return 1
    return 0
