"""Media over HTTP: WHIP in (RFC 9725), WHEP out, its server-sent events and layer selection."""

from __future__ import annotations

from web.media import whep, whip
from web.routing import Route

ROUTES: tuple[Route, ...] = (*whip.ROUTES, *whep.ROUTES)
