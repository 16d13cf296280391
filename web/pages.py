"""The built pages: one HTML document for every page address, assets by hashed names, and the headers that keep both safe."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from web.origin import SETTINGS
from web.settings import Settings

logger = logging.getLogger(__name__)

STATIC = Path(__file__).parent / "static"
PAGES = (
    "/",
    "/show/{show_id}",
    "/studio",
    "/studio/{show_id}",
    "/moderate/{show_id}",
    "/moderate/{show_id}/audit",
    "/closet/{handle}",
    "/listing/{listing_id}",
    "/cart",
    "/orders",
    "/login",
    "/search",
    "/notices",
    "/settings",
    "/selling",
)
# Scripts, styles and connections only from here; blob: for previews of photos and for media. OWASP ASVS 3.4.3.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "style-src 'self'",
        "script-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
# With payments by Stripe, cards are typed into a frame of Stripe's: its script, its frames and its API are let in, and no more.
# (docs.stripe.com, "Integration security guide")
STRIPE_SOURCES = {
    "script-src": "https://js.stripe.com",
    "frame-src": "https://js.stripe.com https://hooks.stripe.com",
    "connect-src": "https://api.stripe.com",
}


def content_security_policy(settings: Settings) -> str:
    if settings.stripe_secret_key is None:
        return CONTENT_SECURITY_POLICY
    rules = dict(rule.split(" ", 1) for rule in CONTENT_SECURITY_POLICY.split("; "))
    for name, sources in STRIPE_SOURCES.items():
        rules[name] = f"{rules.get(name, rules['default-src'])} {sources}"
    return "; ".join(f"{name} {sources}" for name, sources in rules.items())


HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=()",
}
YEAR = 365 * 24 * 3600


async def page(request: web.Request) -> web.StreamResponse:
    document = STATIC / "index.html"
    if not document.is_file():
        return web.Response(status=503, text="The pages have not been built yet. Run: make client\n")
    return web.Response(
        body=document.read_bytes(),
        content_type="text/html",
        charset="utf-8",
        headers={
            "Cache-Control": "no-cache",
            "Content-Security-Policy": content_security_policy(request.app[SETTINGS]),
        },
    )


async def not_found(request: web.Request) -> web.StreamResponse:
    """An address that is no page: the pages' own "not here", with the status that says so."""
    if request.method not in ("GET", "HEAD") or request.path.startswith(
        ("/api/", "/ws/", "/whip/", "/whep/", "/static/", "/photos/", "/hls/", "/clips/", "/trailers/")
    ):
        raise web.HTTPNotFound
    response = await page(request)
    response.set_status(404 if response.status == 200 else response.status)
    return response


@web.middleware
async def headers_middleware(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    response = await handler(request)
    if not response.prepared:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if request.path.startswith("/api/"):
            response.headers.setdefault("Cache-Control", "no-store")
        elif request.path.startswith("/static/assets/") and response.status == 200:
            response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    return response


async def service_worker(request: web.Request) -> web.StreamResponse:
    """The script that takes pushes; at the top, because it may only serve addresses below its own."""
    script = STATIC / "sw.js"
    if not script.is_file():
        raise web.HTTPNotFound
    return web.Response(
        body=script.read_bytes(),
        content_type="text/javascript",
        charset="utf-8",
        headers={"Cache-Control": "no-cache"},
    )


def register_pages(app: web.Application) -> None:
    for path in PAGES:
        app.router.add_get(path, page)
    app.router.add_get("/sw.js", service_worker)
    if STATIC.is_dir():
        app.router.add_static("/static/", STATIC)
    else:
        logger.warning("The pages have not been built: run `make client`. The API works without them.")
    app.router.add_get("/{path:.*}", not_found)
