"""The OpenAPI 3.1 document, made from the routes themselves so that it cannot drift."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import msgspec
from aiohttp import web

from web.access import Access
from web.routing import Call, Route

ERROR_SCHEMA = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {"code": {"type": "string"}, "message": {"type": "string"}, "details": {}},
        }
    },
}


def document(routes: Iterable[Route]) -> dict[str, Any]:
    """An OpenAPI document of all routes under /api/."""
    described = [route for route in routes if route.path.startswith("/api/")]
    types = [kind for route in described for kind in (route.body, route.returns) if kind is not None]
    schemas, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    schema_of = dict(zip(map(id, types), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in described:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schema_of)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Closetcast", "version": _version(), "description": "Live selling, open and self-hosted."},
        "paths": paths,
        "components": {
            "schemas": {**components, "Error": ERROR_SCHEMA},
            "securitySchemes": {"session": {"type": "apiKey", "in": "cookie", "name": "closetcast"}},
        },
    }


def _operation(route: Route, schema_of: dict[int, Any]) -> dict[str, Any]:
    text = (route.summary or route.handler.__doc__ or route.handler.__name__).strip()
    operation: dict[str, Any] = {
        "operationId": route.handler.__name__,
        "summary": text.splitlines()[0],
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in re.findall(r"{(\w+)}", route.path)
        ],
        "responses": {"default": {"description": "Refused", "content": _json({"$ref": "#/components/schemas/Error"})}},
    }
    if route.access is not Access.ANYONE:
        operation["security"] = [{"session": []}]
    if route.body is not None:
        operation["requestBody"] = {"required": True, "content": _json(schema_of[id(route.body)])}
    if route.returns is not None:
        content = {"description": "Done", "content": _json(schema_of[id(route.returns)])}
        operation["responses"][str(route.status)] = content
    else:
        operation["responses"]["2XX"] = {"description": "Done"}
    return operation


def _json(schema: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _version() -> str:
    try:
        return version("closetcast")
    except PackageNotFoundError:
        return "0"


def openapi_route(routes: tuple[Route, ...]) -> Route:
    encoded = msgspec.json.encode(document(routes))

    async def openapi(call: Call[None]) -> web.Response:
        """This document."""
        return web.Response(body=encoded, content_type="application/json")

    return Route("GET", "/api/openapi.json", openapi, Access.ANYONE)
