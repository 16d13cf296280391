"""Requests that change something come from our own pages: Origin and Sec-Fetch-Site decide (OWASP ASVS 3.5.1)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

from web.errors import Forbidden
from web.settings import Settings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# Media clients (encoders, players) are no browsers' pages or may be anybody's; their routes carry their own keys.
EXEMPT = ("/whip/", "/whep/")
SETTINGS: web.AppKey[Settings] = web.AppKey("settings", Settings)


def is_secure(request: web.Request, settings: Settings) -> bool:
    """Whether the browser reached us over TLS."""
    if settings.behind_proxy:
        return request.headers.get("X-Forwarded-Proto", "").split(",")[-1].strip() == "https"
    return request.secure


def client_address(request: web.Request, settings: Settings) -> str:
    """The peer's IP address: the last one that the proxy in front added, or the socket's."""
    if settings.behind_proxy:
        forwarded = request.headers.get("X-Forwarded-For", "").split(",")[-1].strip()
        if forwarded:
            return forwarded
    return request.remote or ""


def origin_allowed(request: web.Request, settings: Settings) -> bool:
    """Same host as the request, or one of the configured origins; no Origin at all means: not a page of another site."""
    origin = request.headers.get("Origin")
    if origin is None:
        return request.headers.get("Sec-Fetch-Site", "same-origin") in ("same-origin", "none")
    if origin in settings.origins:
        return True
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc == request.host


@web.middleware
async def origin_middleware(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    if (
        request.method not in SAFE_METHODS
        and not request.path.startswith(EXEMPT)
        and not origin_allowed(request, request.app[SETTINGS])
    ):
        raise Forbidden("This request comes from another site.", code="wrong_origin")
    return await handler(request)
