"""A small client of the public API: what a page does, the demo does."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

import aiohttp
import msgpack


class Refused(Exception):
    """The server said no: status, code and message as it gave them."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code


class DemoClient:
    """One person's session with the server; ``async with`` closes it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.account: dict[str, Any] = {}
        self._http = aiohttp.ClientSession(
            url, cookie_jar=aiohttp.CookieJar(unsafe=True), headers={"Origin": url}, timeout=aiohttp.ClientTimeout(60)
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.close()

    async def call(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """The decoded answer. Raises: Refused."""
        if body is not None:
            options["json"] = body
        async with self._http.request(method, path, **options) as response:
            data = await response.json() if response.content_type == "application/json" else None
            if response.status >= 400:
                error = (data or {}).get("error", {})
                raise Refused(response.status, error.get("code", "http"), error.get("message", response.reason or ""))
            return data

    async def sign_in_or_up(self, email: str, password: str, handle: str, name: str, bio: str) -> bool:
        """True when the account is new. Raises: Refused."""
        try:
            self.account = await self.call("POST", "/api/session", {"email": email, "password": password})
        except Refused as refused:
            if refused.status != 401:
                raise
        else:
            return False
        body = {"email": email, "password": password, "handle": handle, "name": name}
        self.account = await self.call("POST", "/api/accounts", body)
        await self.call("PATCH", "/api/me", {"bio": bio})
        return True

    async def say(self, show_id: str, text: str, key: str, at: float | None = None) -> None:
        """Say one thing in a show. ``at``: the show time (ms) of the picture that it is about.

        Raises: Refused, aiohttp.ClientError.
        """
        moment = {} if at is None else {"at": at}
        await self.act(show_id, {"do": "say", "text": text, "key": key, **moment})

    async def act(self, show_id: str, message: dict[str, Any]) -> None:
        """Join the show's live channel, do one thing, leave. Raises: Refused, aiohttp.ClientError."""
        async with self._http.ws_connect(f"/ws/{show_id}", protocols=("closetcast.v1",)) as socket:
            await socket.send_bytes(msgpack.packb({"id": 1, "do": "join"}))
            await socket.send_bytes(msgpack.packb({"id": 2, **message}))
            async for frame in socket:
                if frame.type is not aiohttp.WSMsgType.BINARY:
                    continue
                answer = msgpack.unpackb(frame.data)
                if answer.get("re") == 2:
                    if "error" in answer:
                        raise Refused(0, answer["error"]["code"], answer["error"]["message"])
                    return
