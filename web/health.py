"""Health for whoever runs the server: alive, ready, and figures for Prometheus."""

from __future__ import annotations

import asyncio
import resource

import sqlalchemy as sa
from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from web.access import Access
from web.routing import Call, Route
from web.show_figures import ShowCollector


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
    registry = CollectorRegistry()
    engine = await call.services.engine.statistics()
    Gauge("closetcast_media_sessions", "WHIP and WHEP sessions", registry=registry).set(engine.sessions)
    Gauge("closetcast_media_engine", "which engine runs", ["engine"], registry=registry).labels(
        call.services.engine.name
    ).set(1)
    registry.register(ShowCollector(engine.shows))
    sources = {"engine": engine.counters, **call.services.statistics()}
    for source, counters in sources.items():
        for name, value in counters.items():
            if name.endswith("_now"):
                Gauge(f"closetcast_{source}_{name[:-4]}", f"{source}: {name[:-4]} at present", registry=registry).set(
                    value
                )
            else:
                Counter(f"closetcast_{source}_{name}", f"{source}: {name} since start", registry=registry).inc(value)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    Counter("closetcast_cpu_seconds", "CPU time of the process", registry=registry).inc(usage.ru_utime + usage.ru_stime)
    return web.Response(body=generate_latest(registry), content_type="text/plain")


ROUTES = (
    Route("GET", "/healthz", healthz, Access.ANYONE),
    Route("GET", "/readyz", readyz, Access.ANYONE),
    Route("GET", "/metrics", metrics, Access.ANYONE),
)
