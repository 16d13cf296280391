"""What a hostile or unlucky client sends: a clear refusal in time, never a 500, and nobody else notices."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from yarl import URL

from tests.hosts.conftest import picture
from tests.web.conftest import Server
from web import routing, uploads
from web.body import read_body
from web.errors import WebError
from web.routes import photos


async def raw(server: Server, head: str, *pieces: bytes) -> bytes:
    """Send a request by hand; the answer until the server closes or nothing more is to come."""
    address = urlsplit(server.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        writer.write(f"{head}\r\nHost: {address.netloc}\r\n".encode())
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        async with asyncio.timeout(20):
            return await reader.readuntil(b"\r\n\r\n")
    finally:
        writer.close()


@pytest.mark.parametrize("number", ["--5", "-", "-5", "1e3", "\u0663", "9" * 30])
async def test_a_number_that_is_none(server: Server, number: str) -> None:
    reply = await server.visitor().get("/api/search", params={"min_price": number})
    assert (reply.status, reply.code) == (400, "bad_request")


async def test_a_body_that_does_not_come(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routing, "BODY_SECONDS", 0.2)
    head = "POST /api/session HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 30"
    assert b" 408 " in await raw(server, head, b"\r\n{")


async def test_a_picture_that_does_not_come(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photos, "UPLOAD_SECONDS", 0.2)
    ana = await server.sign_up("Ana")
    cookie = ana.http.cookie_jar.filter_cookies(URL(server.url))["closetcast"].value
    head = (
        f"PUT /api/me/avatar HTTP/1.1\r\nContent-Type: image/png\r\nContent-Length: 30\r\nCookie: closetcast={cookie}"
    )
    assert b" 408 " in await raw(server, head, b"\r\n{")


async def test_broken_chunks_do_not_hold_a_handler(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routing, "BODY_SECONDS", 0.2)
    head = "POST /api/session HTTP/1.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked"
    answer = await raw(server, head, b"\r\n5\r\n{", b"xxxxyyyyzzzz\r\n")
    assert b" 400 " in answer or b" 408 " in answer  # found by the parser, or by the time


async def test_a_client_that_goes_away_in_mid_body_is_no_fault_of_ours(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    address = urlsplit(server.url)
    _, writer = await asyncio.open_connection(address.hostname, address.port)
    head = f"POST /api/session HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: application/json\r\n"
    left: list[BaseException] = []

    async def noticed(*arguments: object) -> bytes:
        try:
            return await read_body(*arguments)  # type: ignore[arg-type]
        except WebError as error:
            left.append(error)
            raise

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(routing, "read_body", noticed)
        writer.write(f"{head}Content-Length: 30\r\n\r\n{{".encode())
        await writer.drain()
        writer.transport.abort()
        async with asyncio.timeout(10):
            while not left:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    assert (await server.visitor().get("/healthz")).status == 200
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


@pytest.mark.parametrize("path", ["/api/shows/a%00b", "/api/shows/a%0Ab/messages", "/whep/%00", "/ws/%00"])
async def test_an_address_that_no_database_takes(server: Server, path: str) -> None:
    """SQLite finds nothing there; PostgreSQL refuses the question, which would be a 500."""
    method = "HEAD" if path.startswith("/whep/") else "GET"
    reply = await server.visitor().request(method, URL(server.url + path, encoded=True))  # type: ignore[arg-type]
    assert reply.status == 404
    assert method == "HEAD" or reply.code == "not_found"


async def test_many_pictures_at_once_do_not_fill_the_memory(server: Server) -> None:
    ana, ben = await server.sign_up("Ana"), await server.sign_up("Ben")
    sending, gate = server.services.uploads, asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield picture()[:10]
        await gate.wait()
        yield picture()[10:]

    headers = {"Content-Type": "image/jpeg"}
    waiting = [
        asyncio.create_task(ana.request("PUT", "/api/me/avatar", data=slow(), headers=headers))
        for _ in range(uploads.PER_ACCOUNT)
    ]
    async with asyncio.timeout(10):
        while sending.statistics()["reading_now"] < uploads.PER_ACCOUNT:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    one_more = await ana.request("PUT", "/api/me/avatar", data=picture(), headers=headers)
    assert (one_more.status, one_more.code, one_more.headers["Retry-After"]) == (503, "busy", "5")
    assert (await ben.request("PUT", "/api/me/avatar", data=picture(), headers=headers)).status == 200
    gate.set()
    assert [reply.status for reply in await asyncio.gather(*waiting)] == [200] * uploads.PER_ACCOUNT
    assert sending.statistics() == {"refused": 1, "reading_now": 0}
