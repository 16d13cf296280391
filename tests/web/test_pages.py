"""Pages, their headers, and requests that other sites' pages send."""

from __future__ import annotations

import re

import pytest
from yarl import URL

from tests.web.conftest import Server, Visitor


@pytest.mark.parametrize(
    "path", ["/", "/show/x", "/studio", "/studio/x", "/closet/ana", "/listing/x", "/cart", "/orders", "/login"]
)
async def test_every_page_address_gives_the_document_with_safe_headers(visitor: Visitor, path: str) -> None:
    reply = await visitor.get(path)
    assert reply.status == 200
    assert b"<!doctype html>" in reply.body.lower()
    policy = reply.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["Cache-Control"] == "no-cache"


async def test_the_document_needs_nothing_from_elsewhere_and_its_assets_are_kept_for_ever(visitor: Visitor) -> None:
    document = (await visitor.get("/")).body.decode()
    addresses = re.findall(r'(?:src|href)="([^"]+)"', document)
    assert addresses
    assert [address for address in addresses if not address.startswith(("/", "data:"))] == []
    assert "<script>" not in document
    script = next(address for address in addresses if address.endswith(".js"))
    reply = await visitor.get(script)
    assert reply.status == 200
    assert "immutable" in reply.headers["Cache-Control"]


async def test_an_address_that_is_no_page_says_so_with_404(visitor: Visitor) -> None:
    reply = await visitor.get("/nothing/here")
    assert reply.status == 404
    assert b"<!doctype html>" in reply.body.lower()


@pytest.mark.parametrize("path", ["/api/nothing", "/static/nothing.js"])
async def test_unknown_data_is_404_without_a_page(visitor: Visitor, path: str) -> None:
    reply = await visitor.get(path)
    assert reply.status == 404
    assert b"<!doctype" not in reply.body.lower()


@pytest.mark.parametrize(
    "path", ["/static/../settings.py", "/static/%2e%2e/settings.py", "/static/..%2fsettings.py", "/static//etc/passwd"]
)
async def test_nothing_outside_the_pages_is_served(visitor: Visitor, path: str) -> None:
    async with visitor.http.get(URL(visitor.url + path, encoded=True)) as response:
        assert response.status in (403, 404)
        assert b"Settings" not in await response.read()


async def test_api_errors_are_json(visitor: Visitor) -> None:
    reply = await visitor.get("/api/nothing")
    assert reply.code == "not_found"
    reply = await visitor.request("PUT", "/api/session", json={})
    assert (reply.status, reply.code) == (405, "method_not_allowed")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://x"},
    ],
)
async def test_another_sites_page_cannot_change_anything(server: Server, headers: dict[str, str]) -> None:
    ana = await server.sign_up("Ana")
    reply = await ana.patch("/api/me", {"name": "Mallory"}, headers=headers)
    assert (reply.status, reply.code) == (403, "wrong_origin")
    assert (await ana.get("/api/me")).json["account"]["name"] == "Ana"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "invalid_json"),
        (b"\xff\xfe", 400, "invalid_json"),
        (b'{"x": ' + b"[" * 50_000, 400, "invalid_json"),
        (b"[]", 422, "invalid_body"),
        (b'{"email": 5}', 422, "invalid_body"),
        (b'{"x": "' + b"a" * 70_000 + b'"}', 413, "bad_request"),
        (b"", 400, "invalid_json"),
    ],
)
async def test_bad_json_gets_a_clear_answer(visitor: Visitor, body: bytes, status: int, code: str) -> None:
    reply = await visitor.request("POST", "/api/session", data=body, headers={"Content-Type": "application/json"})
    assert (reply.status, reply.code) == (status, code)


async def test_a_body_that_is_not_json_is_415(visitor: Visitor) -> None:
    reply = await visitor.request(
        "POST", "/api/session", data=b"email=x", headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert reply.status == 415


async def test_health(visitor: Visitor) -> None:
    assert (await visitor.get("/healthz")).body == b"ok\n"
    assert (await visitor.get("/readyz")).body == b"ready\n"
    metrics = (await visitor.get("/metrics")).body.decode()
    assert "closetcast_media_sessions 0.0" in metrics
    assert "closetcast_engine_" in metrics
    for counted in ("cart_claim_looks", "live_sockets", "chat_messages_written"):
        assert f"closetcast_{counted}" in metrics


async def test_the_openapi_document_has_every_route(visitor: Visitor) -> None:
    from web.app import all_routes

    reply = await visitor.get("/api/openapi.json")
    document = reply.json
    assert document["openapi"] == "3.1.0"
    for route in all_routes():
        if route.path.startswith("/api/") and not route.path.endswith("openapi.json"):
            operation = document["paths"][route.path][route.method.lower()]
            assert operation["summary"], route
