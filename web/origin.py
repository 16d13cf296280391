"""Requests that change something come from our own pages: Origin and Sec-Fetch-Site decide (OWASP ASVS 3.5.1)."""

from __future__ import annotations

import ipaddress
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
    """What limits are counted by: the peer's IP address, the last one that the proxy in front added, or the socket's.

    Of an IPv6 address its network, which one household or machine has to itself (RFC 6177): it holds 2**64 others.
    """
    address = request.remote or ""
    if settings.behind_proxy:
        address = request.headers.get("X-Forwarded-For", "").split(",")[-1].strip() or address
    return network_of(address)


def network_of(address: str) -> str:
    """An IPv4 address itself, also where IPv6 carries it; of an IPv6 address the first 64 bits."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if parsed.version == 4:
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((int(parsed), 64), strict=False))


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
