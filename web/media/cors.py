"""Players and encoders may be pages of any site: what WHIP and WHEP answer is open to them (RFC 9725 section 4.1).

No cookie counts on these addresses, so any origin is allowed; refusals carry the headers too, or a page could not read them.
"""

from __future__ import annotations

from aiohttp import web

from web.routing import Call

PREFIXES = ("/whip/", "/whep/")
EXPOSED = "Accept-Patch, Accept-Post, ETag, Link, Location, Retry-After, WWW-Authenticate"
ALLOWED = "Authorization, Content-Type, If-Match, Last-Event-ID"
PREFLIGHT_SECONDS = 86_400  # browsers ask again at most once a day; Chromium caps it at two hours


async def _open(request: web.Request, response: web.StreamResponse) -> None:
    if request.path.startswith(PREFIXES):
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = EXPOSED
        response.headers.setdefault("Cache-Control", "no-store")


def register_cors(app: web.Application) -> None:
    """Put the headers on every answer, also on refusals and streams."""
    app.on_response_prepare.append(_open)


class Methods:
    """What an address takes: the answers to OPTIONS (a preflight carries no credentials) and to every other method."""

    def __init__(self, *methods: str, headers: dict[str, str] | None = None) -> None:
        self._allow = ", ".join((*methods, "OPTIONS"))
        self._headers = headers or {}

    async def options(self, call: Call[None]) -> web.Response:
        """What this address takes."""
        return web.Response(
            headers={
                "Allow": self._allow,
                "Access-Control-Allow-Methods": self._allow,
                "Access-Control-Allow-Headers": ALLOWED,
                "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
                **self._headers,
            }
        )

    async def refuse(self, call: Call[None]) -> web.Response:
        """Any other method: 405."""
        raise web.HTTPMethodNotAllowed(call.request.method, self._allow.split(", "))
