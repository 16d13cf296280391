"""A real server on free ports with everything on SQLite, and visitors with cookies."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from web.routing import SERVICES
from web.serve import running
from web.services import Services
from web.settings import Settings


@dataclass
class Reply:
    status: int
    headers: Any
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The error's code."""
        return str(self.json["error"]["code"])


class Visitor:
    """One person's browser: a cookie jar of its own, and an Origin like a page of the server."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.account: dict[str, Any] = {}
        self.http = aiohttp.ClientSession(
            url, cookie_jar=aiohttp.CookieJar(unsafe=True), headers={"Origin": url}, timeout=aiohttp.ClientTimeout(30)
        )

    async def request(self, method: str, path: str, **options: Any) -> Reply:
        async with self.http.request(method, path, **options) as response:
            return Reply(response.status, response.headers, await response.read())

    async def get(self, path: str, **options: Any) -> Reply:
        return await self.request("GET", path, **options)

    async def post(self, path: str, body: Any = None, **options: Any) -> Reply:
        return await self.request("POST", path, json=body, **options)

    async def put(self, path: str, body: Any = None, **options: Any) -> Reply:
        return await self.request("PUT", path, json=body, **options)

    async def patch(self, path: str, body: Any = None, **options: Any) -> Reply:
        return await self.request("PATCH", path, json=body, **options)

    async def delete(self, path: str, **options: Any) -> Reply:
        return await self.request("DELETE", path, **options)


@dataclass
class Server:
    url: str
    services: Services
    _visitors: list[Visitor] = field(default_factory=list)
    _numbers: Any = field(default_factory=itertools.count)

    def visitor(self) -> Visitor:
        """Somebody who is not signed in; closed with the server."""
        visitor = Visitor(self.url)
        self._visitors.append(visitor)
        return visitor

    async def sign_up(self, name: str = "Ana") -> Visitor:
        """A new account, signed in; its ``account`` is the Account struct."""
        visitor = self.visitor()
        handle = f"{name.lower()}{next(self._numbers)}"
        body = {"email": f"{handle}@example.org", "password": "a long password", "handle": handle, "name": name}
        reply = await visitor.post("/api/accounts", body)
        assert reply.status == 201, reply.body
        visitor.account = reply.json
        return visitor


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    settings = Settings(host="127.0.0.1", port=0, udp_port=0, data=tmp_path / "data", limits=False, record=False)
    async with running(settings) as (app, port):
        server = Server(f"http://127.0.0.1:{port}", app[SERVICES])
        try:
            yield server
        finally:
            for visitor in server._visitors:
                await visitor.http.close()


SignUp = Callable[[str], Awaitable[Visitor]]


@pytest.fixture
async def visitor(server: Server) -> Visitor:
    return server.visitor()
