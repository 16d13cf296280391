"""Health for whoever runs the server: alive, ready, and figures for Prometheus."""

from __future__ import annotations

import asyncio

import sqlalchemy as sa
from aiohttp import web

from web.access import Access
from web.metrics import CONTENT_TYPE, metrics_text
from web.routing import Call, Route


async def healthz(call: Call[None]) -> web.Response:
    """The process answers."""
    return web.Response(text="ok\n")


async def readyz(call: Call[None]) -> web.Response:
    """The database answers within two seconds; else 503."""
    try:
        async with asyncio.timeout(2), call.services.database.reading() as connection:
            await connection.execute(sa.text("SELECT 1"))
    except Exception:
        return web.Response(status=503, text="the database does not answer\n", headers={"Retry-After": "2"})
    return web.Response(text="ready\n")


async def metrics(call: Call[None]) -> web.Response:
    """Counters of the engine, the live channel, chat and selling, in Prometheus' text format."""
    engine = await call.services.engine.statistics()
    text = metrics_text(engine, call.services.engine.name, call.services.statistics())
    return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE})


ROUTES = (
    Route("GET", "/healthz", healthz, Access.ANYONE),
    Route("GET", "/readyz", readyz, Access.ANYONE),
    Route("GET", "/metrics", metrics, Access.ANYONE),
)
