"""Accounts over HTTP: cookies, sessions, refusals in one shape."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import pytest
from yarl import URL

from hosts.picture_codec import BYTES_MOST
from tests.hosts.conftest import picture
from tests.web.conftest import Server
from web.routing import SERVICES
from web.serve import running
from web.settings import Settings

NEW = {"email": "ana@example.org", "password": "a long password", "handle": "ana", "name": "Ana"}


async def test_sign_up_out_and_in(server: Server) -> None:
    ana = server.visitor()
    assert (await ana.get("/api/me")).json == {"account": None}
    reply = await ana.post("/api/accounts", NEW)
    assert reply.status == 201
    cookie = reply.headers["Set-Cookie"]
    assert cookie.startswith("closetcast=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    assert "password" not in reply.json
    assert (await ana.get("/api/me")).json["account"] == reply.json
    assert (await ana.delete("/api/session")).status == 204
    assert (await ana.get("/api/me")).json == {"account": None}
    assert (await ana.delete("/api/session")).status == 204
    again = await ana.post("/api/session", {"email": "ANA@example.org", "password": NEW["password"]})
    assert (again.status, again.json) == (200, reply.json)
    assert (await ana.get("/api/me")).json["account"] == reply.json


async def test_a_stolen_token_is_worth_nothing_after_signing_out(server: Server) -> None:
    ana = await server.sign_up("Ana")
    token = ana.http.cookie_jar.filter_cookies(URL(server.url))["closetcast"].value
    await ana.delete("/api/session")
    reply = await server.visitor().get("/api/me", headers={"Cookie": f"closetcast={token}"})
    assert reply.json == {"account": None}


async def test_over_tls_the_cookie_is_bound_to_the_host(tmp_path: Path) -> None:
    settings = Settings(host="127.0.0.1", port=0, udp_port=0, data=tmp_path / "data", behind_proxy=True)
    async with running(settings) as (app, port):
        server = Server(f"http://127.0.0.1:{port}", app[SERVICES])
        visitor = server.visitor()
        try:
            headers = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
            reply = await visitor.post("/api/accounts", NEW, headers=headers)
            assert reply.headers["Set-Cookie"].startswith("__Host-closetcast=")
            assert "Secure" in reply.headers["Set-Cookie"]
            credentials = {"email": NEW["email"], "password": "not the password"}
            replies = [await visitor.post("/api/session", credentials, headers=headers) for _ in range(11)]
        finally:
            await visitor.http.close()
    assert [reply.status for reply in replies] == [401] * 10 + [429]
    assert replies[-1].code == "too_many_tries"
    assert 0 < int(replies[-1].headers["Retry-After"]) <= 301


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"email": "ANA@example.org"}, 409, "email_taken"),
        ({"handle": "ANA"}, 409, "handle_taken"),
        ({"handle": "no spaces"}, 422, "invalid_field"),
        ({"password": "short"}, 422, "invalid_field"),
        ({"name": None}, 422, "invalid_body"),
        ({"email": 7}, 422, "invalid_body"),
    ],
)
async def test_refused_sign_ups(server: Server, changes: dict[str, object], status: int, code: str) -> None:
    await server.visitor().post("/api/accounts", NEW)
    other = {**NEW, "email": "ben@example.org", "handle": "ben", **changes}
    reply = await server.visitor().post("/api/accounts", other)
    assert (reply.status, reply.code) == (status, code)
    assert "Set-Cookie" not in reply.headers


async def test_wrong_password_and_wrong_email_look_the_same(server: Server) -> None:
    await server.visitor().post("/api/accounts", NEW)
    first = await server.visitor().post("/api/session", {"email": NEW["email"], "password": "wrong password"})
    second = await server.visitor().post("/api/session", {"email": "x@example.org", "password": "wrong password"})
    assert (first.status, first.body) == (second.status, second.body)
    assert (first.status, first.code) == (401, "wrong_credentials")


async def test_profile_and_password(server: Server) -> None:
    ana = await server.sign_up("Ana")
    reply = await ana.patch("/api/me", {"name": "Ana R.", "bio": "Linen", "featuring_allowed": False})
    assert reply.json == {**ana.account, "name": "Ana R.", "bio": "Linen", "featuring_allowed": False}
    assert (await ana.patch("/api/me", {"handle": "Me"})).code == "invalid_field"
    phone = server.visitor()
    credentials = {"email": ana.account["email"], "password": "a long password"}
    assert (await phone.post("/api/session", credentials)).status == 200
    wrong = await ana.post("/api/me/password", {"current": "wrong one here", "new": "another password"})
    assert (wrong.status, wrong.code) == (401, "wrong_credentials")
    changed = await ana.post("/api/me/password", {"current": "a long password", "new": "another password"})
    assert changed.status == 200
    assert (await ana.get("/api/me")).json["account"]["name"] == "Ana R."
    assert (await phone.get("/api/me")).json == {"account": None}


async def test_avatar(server: Server) -> None:
    ana = await server.sign_up("Ana")
    headers = {"Content-Type": "image/png"}
    reply = await ana.request("PUT", "/api/me/avatar", data=picture("PNG", (400, 300)), headers=headers)
    assert reply.status == 200
    shown = await server.visitor().get(reply.json["avatar"])
    assert (shown.status, shown.headers["Content-Type"]) == (200, "image/webp")
    assert "immutable" in shown.headers["Cache-Control"]
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert (await ana.delete("/api/me/avatar")).json["avatar"] is None
    assert (await ana.get(reply.json["avatar"])).status == 404


@pytest.mark.parametrize(
    ("kind", "data", "status", "code"),
    [
        ("image/svg+xml", b"<svg/>", 415, "unsupported_type"),
        ("application/json", b"{}", 415, "unsupported_type"),
        ("image/png", b"", 422, "invalid_photo"),
        ("image/png", b"no picture", 422, "invalid_photo"),
        ("image/png", bytes(BYTES_MOST + 1), 413, "too_large"),
    ],
)
async def test_refused_uploads(server: Server, kind: str, data: bytes, status: int, code: str) -> None:
    ana = await server.sign_up("Ana")
    reply = await ana.request("PUT", "/api/me/avatar", data=io.BytesIO(data), headers={"Content-Type": kind})
    assert (reply.status, reply.code) == (status, code)


async def test_signed_out_visitors_change_nothing(server: Server) -> None:
    visitor = server.visitor()
    replies = await asyncio.gather(
        visitor.patch("/api/me", {"name": "X"}),
        visitor.request("PUT", "/api/me/avatar", data=picture(), headers={"Content-Type": "image/jpeg"}),
        visitor.delete("/api/me/avatar"),
        visitor.post("/api/me/password", {"current": "a long password", "new": "another password"}),
    )
    assert [(reply.status, reply.code) for reply in replies] == [(401, "signed_out")] * 4
