"""Routes as data: path, handler, who may call it, what goes in and comes out. The OpenAPI document is made from them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec
from aiohttp import web

from livestream.moments import acting
from web.access import Access, Caller, admit
from web.body import read_body
from web.errors import BadRequest, NotFound, SignedOut
from web.services import Services
from web.show_moment import HEADER, claimed

B = TypeVar("B", covariant=True)
SERVICES: web.AppKey[Services] = web.AppKey("services", Services)
MAX_BODY = 64 * 1024  # bytes of a JSON body: the longest story and description are a tenth of it
BODY_SECONDS = 15.0  # for a JSON body: a phone on the edge of a cell sends one in two


@dataclass(slots=True)
class Call(Generic[B]):
    """One request, admitted and decoded."""

    services: Services
    request: web.Request
    caller: Caller
    body: B

    @property
    def path(self) -> Mapping[str, str]:
        return self.request.match_info

    @property
    def query(self) -> Mapping[str, str]:
        return self.request.query

    @property
    def viewer_id(self) -> str | None:
        """The account that is signed in, or None."""
        return self.caller.account_id

    @property
    def account_id(self) -> str:
        """The account that is signed in. Raises: SignedOut."""
        if self.caller.account_id is None:
            raise SignedOut("Please sign in first.")
        return self.caller.account_id

    @property
    def idempotency_key(self) -> str:
        """Raises: BadRequest when the header is missing or unusable."""
        key = self.request.headers.get("Idempotency-Key", "")
        if not 1 <= len(key) <= 64 or not (key.isascii() and key.isprintable()):
            raise BadRequest(
                "Send an Idempotency-Key header of 1 to 64 printable characters, the same for every retry."
            )
        return key

    def query_int(self, name: str, default: int | None, low: int, high: int) -> int | None:
        """An integer of the query string. Raises: BadRequest, which names the parameter and its range."""
        text = self.request.query.get(name)
        if text is None or text == "":
            return default
        digits = text.removeprefix("-")
        if not (text.isascii() and digits.isdigit() and len(text) <= 18) or not low <= int(text) <= high:
            raise BadRequest(f"{name} must be a whole number from {low} to {high}.")
        return int(text)

    def query_bool(self, name: str) -> bool:
        return self.request.query.get(name, "").lower() in ("1", "true", "yes")


Handler = Callable[[Any], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    path: str
    handler: Handler
    access: Access
    body: Any = None  # the msgspec type of a JSON body; None: no JSON body is read
    returns: Any = None  # the msgspec type of the answer; None: 204, or the handler answers by itself
    status: int = 200
    summary: str = ""  # else the handler's docstring


def register(app: web.Application, routes: tuple[Route, ...]) -> None:
    for route in routes:
        app.router.add_route(route.method, route.path, _endpoint(route))


def _endpoint(route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    decoder = msgspec.json.Decoder(route.body) if route.body is not None else None

    async def endpoint(request: web.Request) -> web.StreamResponse:
        if not all(value.isprintable() for value in request.match_info.values()):
            raise NotFound("There is nothing here.")  # no id has such characters, and PostgreSQL takes no NUL
        services = request.app[SERVICES]
        caller = await admit(route.access, request, services)
        body = await _read_body(request, decoder) if decoder is not None else None
        with acting(*claimed(request.headers.get(HEADER), services.engine)):
            result = await route.handler(Call(services, request, caller, body))
        if isinstance(result, web.StreamResponse):
            return result
        if result is None:
            return web.Response(status=204)
        return web.Response(body=msgspec.json.encode(result), status=route.status, content_type="application/json")

    return endpoint


async def _read_body(request: web.Request, decoder: msgspec.json.Decoder[Any]) -> Any:
    if request.content_type != "application/json":
        raise BadRequest("Send JSON with Content-Type: application/json.", status=415)
    too_large = BadRequest(f"The body is larger than {MAX_BODY // 1024} KiB.", status=413)
    data = await read_body(request, MAX_BODY, BODY_SECONDS, too_large)
    try:
        return decoder.decode(data)
    except msgspec.ValidationError as error:
        raise BadRequest(f"The body does not fit: {error}.", code="invalid_body", status=422) from None
    except (msgspec.DecodeError, RecursionError, ValueError):
        raise BadRequest("The body is not valid JSON.", code="invalid_json") from None
