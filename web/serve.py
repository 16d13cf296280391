"""Run the server until SIGINT or SIGTERM, then close everything in order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator

from aiohttp import web

from web.app import build_app
from web.settings import Settings

logger = logging.getLogger("closetcast")
CLOSE_SECONDS = 5.0  # open requests get this long to finish


@contextlib.asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[tuple[web.Application, int]]:
    """The application, listening; yields it with its TCP port (``settings.port`` may be 0)."""
    app = await build_app(settings)
    runner = web.AppRunner(app, handle_signals=False, access_log=None, shutdown_timeout=CLOSE_SECONDS)
    await runner.setup()
    try:
        site = web.TCPSite(runner, settings.host, settings.port, backlog=2048)
        await site.start()
        yield app, runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def serve(settings: Settings) -> int:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    try:
        async with running(settings) as (_, port):
            logger.info("Closetcast is open at http://%s:%d", settings.host, port)
            await stopping.wait()
            logger.info("closing")
    except OSError as error:
        logger.error("cannot start: %s", error)
        return 1
    return 0
