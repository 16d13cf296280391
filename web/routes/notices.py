"""The bell, what people choose to be told, and their browsers that take pushes."""

from __future__ import annotations

import asyncio
import contextlib

import msgspec
from aiohttp import web

from hosts.notices.service import KindChoice, NoticePage, Standing
from web.access import Access
from web.errors import WebError
from web.routing import Call, Route

BEAT_SECONDS = 25.0  # proxies close a stream that is silent for a minute; the session is judged again at each beat
RETRY_MS = 5_000  # how long a browser waits before it listens again
MOST = 2**53 - 1


class ReadUpTo(msgspec.Struct):
    up_to: int


class NoticeSettings(msgspec.Struct):
    """``mail``: whether this shop sends mail; ``push_key``: for ``applicationServerKey``."""

    kinds: list[KindChoice]
    mail: bool
    push_key: str


class LanguageChoice(msgspec.Struct):
    language: str


class PushKeys(msgspec.Struct):
    p256dh: str
    auth: str


class NewSubscription(msgspec.Struct):
    """What ``PushSubscription.toJSON()`` gives."""

    endpoint: str
    keys: PushKeys


class OldSubscription(msgspec.Struct):
    endpoint: str


async def list_notices(call: Call[None]) -> NoticePage:
    """What one was told, the newest first; ``before`` goes on where a page ended."""
    before = call.query_int("before", None, 1, MOST)
    return await call.services.notices.page(call.account_id, before)


async def read_notices(call: Call[ReadUpTo]) -> Standing:
    """Everything up to a number has been seen."""
    return await call.services.notices.read(call.account_id, min(max(call.body.up_to, 0), MOST))


async def stream(call: Call[None]) -> web.StreamResponse:
    """Server-sent events: a Standing now and whenever it changes, until the session ends."""
    notices, sessions = call.services.notices, call.services.hosts.sessions
    async with notices.listening(call.account_id) as rung:
        if rung is None:
            raise WebError("Too many bells listen already.", code="busy", status=503)
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        )
        await response.prepare(call.request)
        await response.write(f"retry: {RETRY_MS}\n\n".encode())
        last: Standing | None = None
        with contextlib.suppress(ConnectionError):
            while (
                notices.open and call.caller.token and await sessions.account_of(call.caller.token) == call.account_id
            ):
                rung.clear()
                now = await notices.standing(call.account_id)
                told = b":\n\n" if now == last else b"data: " + msgspec.json.encode(now) + b"\n\n"
                await response.write(told)
                last = now
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(rung.wait(), BEAT_SECONDS)
        return response


async def show_settings(call: Call[None]) -> NoticeSettings:
    """How one is told of what."""
    services = call.services
    kinds = await services.notices.choices(call.account_id)
    return NoticeSettings(kinds, services.outside.mails, services.outside.web_push.public_key)


async def choose(call: Call[KindChoice]) -> NoticeSettings:
    """Choose for one kind."""
    await call.services.notices.choose(call.account_id, call.body)
    return await show_settings(call)  # type: ignore[arg-type]


async def set_language(call: Call[LanguageChoice]) -> None:
    """The language of pushes and mails."""
    await call.services.notices.set_language(call.account_id, call.body.language)


async def subscribe(call: Call[NewSubscription]) -> None:
    """Send pushes to this browser; again is fine."""
    keys = call.body.keys
    await call.services.notices.subscribe(call.account_id, call.body.endpoint, keys.p256dh, keys.auth)


async def unsubscribe(call: Call[OldSubscription]) -> None:
    """Send none there any more."""
    await call.services.notices.unsubscribe(call.account_id, call.body.endpoint)


ROUTES = (
    Route("GET", "/api/notices", list_notices, Access.SIGNED_IN, returns=NoticePage),
    Route("POST", "/api/notices/read", read_notices, Access.SIGNED_IN, body=ReadUpTo, returns=Standing),
    Route("GET", "/api/notices/stream", stream, Access.SIGNED_IN),
    Route("GET", "/api/notices/settings", show_settings, Access.SIGNED_IN, returns=NoticeSettings),
    Route("PUT", "/api/notices/settings", choose, Access.SIGNED_IN, body=KindChoice, returns=NoticeSettings),
    Route("PUT", "/api/notices/language", set_language, Access.SIGNED_IN, body=LanguageChoice),
    Route("PUT", "/api/notices/browser", subscribe, Access.SIGNED_IN, body=NewSubscription),
    Route("DELETE", "/api/notices/browser", unsubscribe, Access.SIGNED_IN, body=OldSubscription),
)
