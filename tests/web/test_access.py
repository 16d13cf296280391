"""Which cookie counts: over TLS only the one that no other host and no plain connection can plant."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from web.access import COOKIE, SECURE_COOKIE
from web.serve import running
from web.settings import Settings

TLS = {"X-Forwarded-Proto": "https"}
PLAIN = {"X-Forwarded-Proto": "http"}
ANA = {"email": "ana@example.org", "password": "a long password", "handle": "ana", "name": "Ana"}


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[aiohttp.ClientSession]:
    """A client without a cookie jar, of a server behind a proxy."""
    settings = Settings(port=0, udp_port=0, data=tmp_path / "data", limits=False, behind_proxy=True)
    async with (
        running(settings) as (_, port),
        aiohttp.ClientSession(f"http://127.0.0.1:{port}", cookie_jar=aiohttp.DummyCookieJar()) as http,
    ):
        yield http


async def signed_in(http: aiohttp.ClientSession, cookie: str, headers: dict[str, str]) -> bool:
    async with http.get("/api/me", headers={**headers, "Cookie": cookie}) as response:
        return (await response.json())["account"] is not None


async def test_over_tls_only_the_host_cookie_counts(http: aiohttp.ClientSession) -> None:
    async with http.post("/api/accounts", json=ANA, headers=TLS) as response:
        assert response.status == 201
        cookie = response.cookies[SECURE_COOKIE]
    assert cookie["secure"]
    assert cookie["httponly"]
    assert await signed_in(http, f"{SECURE_COOKIE}={cookie.value}", TLS)
    assert not await signed_in(http, f"{COOKIE}={cookie.value}", TLS)


async def test_without_tls_the_plain_cookie_counts(http: aiohttp.ClientSession) -> None:
    async with http.post("/api/accounts", json=ANA, headers=PLAIN) as response:
        cookie = response.cookies[COOKIE]
    assert await signed_in(http, f"{COOKIE}={cookie.value}", PLAIN)
    assert not await signed_in(http, f"{SECURE_COOKIE}={cookie.value}", PLAIN)
