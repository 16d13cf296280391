"""From what happens to the bell, the browser's push service and the mailbox; each notice once."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import http_ece
import pytest
import sqlalchemy as sa
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from cart.ending_holds import EndingHolds
from cart.tables import holds
from hosts import notices
from hosts.notices import Kind
from hosts.notices.tables import notices as table
from hosts.notices.tables import push_subscriptions
from tests.web.conftest import Server, Visitor
from web.routing import SERVICES
from web.serve import running
from web.settings import Settings

COAT = {
    "title": "Camel wool coat",
    "story": "",
    "brand": "Arket",
    "size": "M",
    "category": "outerwear",
    "condition": "good",
    "price": 8900,
    "currency": "USD",
    "quantity": 1,
}


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


class Browser:
    """A browser's side of a push subscription: its keys."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.auth = b"0123456789abcdef"

    @property
    def subscription(self) -> dict[str, Any]:
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"endpoint": self.endpoint, "keys": {"p256dh": b64(point), "auth": b64(self.auth)}}

    def read(self, body: bytes) -> dict[str, Any]:
        text = http_ece.decrypt(body, private_key=self.key, auth_secret=self.auth, version="aes128gcm")
        return dict(json.loads(text))


@dataclass
class PushService:
    """Takes pushes as a browser maker's service does, and answers as it is told."""

    url: str = ""
    answer: Callable[[str], web.Response] = lambda path: web.Response(status=201)
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, request: web.Request) -> web.Response:
        self.got.append((request.path, dict(request.headers), await request.read()))
        self.arrived.set()
        return self.answer(request.path)

    async def wait_for(self, count: int) -> None:
        async with asyncio.timeout(20):
            while len(self.got) < count:
                self.arrived.clear()
                await self.arrived.wait()


@pytest.fixture
async def push_service() -> AsyncIterator[PushService]:
    service = PushService()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", service.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    service.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield service
    await runner.cleanup()


@dataclass
class Mailbox:
    """An SMTP server that keeps what it gets."""

    port: int = 0
    mails: list[tuple[str, str]] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to = ""

        def said(line: bytes) -> None:
            writer.write(line + b"\r\n")

        said(b"220 test")
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"RCPT":
                to = line.decode().partition("<")[2].partition(">")[0]
            if verb == b"DATA":
                said(b"354 go on")
                data = await reader.readuntil(b"\r\n.\r\n")
                self.mails.append((to, data.decode()))
                self.arrived.set()
            said(b"221 bye" if verb == b"QUIT" else b"250 ok")
            if verb == b"QUIT":
                break
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        writer.close()


@pytest.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    box = Mailbox()
    server = await asyncio.start_server(box.serve, "127.0.0.1", 0)
    box.port = server.sockets[0].getsockname()[1]
    yield box
    server.close()
    await server.wait_closed()


@pytest.fixture
def settings(tmp_path: Path, push_service: PushService, mailbox: Mailbox) -> Settings:
    return Settings(
        host="127.0.0.1",
        port=0,
        udp_port=0,
        data=tmp_path / "data",
        limits=False,
        push_services=(push_service.url,),
        smtp_url=f"smtp://127.0.0.1:{mailbox.port}",
        mail_from="shop@example.org",
        public_url="https://shop.example.org",
    )


@contextlib.asynccontextmanager
async def served(settings: Settings) -> AsyncIterator[Server]:
    async with running(settings) as (app, port):
        server = Server(f"http://127.0.0.1:{port}", app[SERVICES])
        try:
            yield server
        finally:
            for visitor in server._visitors:
                await visitor.http.close()


@pytest.fixture
async def shop(settings: Settings) -> AsyncIterator[Server]:
    async with served(settings) as server:
        yield server


async def tell(server: Server, kind: Kind, visitor: Visitor, about: str, **values: Any) -> None:
    async with server.services.database.writing() as connection:
        notice = {"path": "/cart", "title": "Camel wool coat", "amount": 8900, "currency": "USD", **values}
        await notices.add(connection, kind, [visitor.account["id"]], about=about, **notice)


async def test_a_lower_price_is_in_the_bell_of_everybody_who_likes_the_piece(server: Server) -> None:
    seller = await server.sign_up("Lena")
    listing = (await seller.post("/api/listings", COAT)).json["listing_id"]
    fans = [await server.sign_up(f"Fan{n}") for n in range(15)]
    for fan in fans:
        await fan.put(f"/api/listings/{listing}/like")
    for price in (7900, 7900, 8500, 7900):
        await seller.patch(f"/api/listings/{listing}", {"price": price})
    for fan in fans:
        page = (await fan.get("/api/notices")).json
        assert [(n["kind"], n["amount"], n["path"], n["read"]) for n in page["items"]] == [
            ("price_drop", 7900, f"/listing/{listing}", False)
        ]
        assert page["unread"] == 1
    assert (await seller.get("/api/notices")).json["items"] == []
    assert (await fans[0].post("/api/notices/read", {"up_to": 10**6})).json["unread"] == 0
    assert (await fans[1].get("/api/notices")).json["unread"] == 1


async def test_a_push_is_encrypted_for_the_browser_and_signed_by_the_shop(
    shop: Server, push_service: PushService
) -> None:
    ana = await shop.sign_up("Ana")
    browser = Browser(push_service.url + "/ana")
    assert (await ana.put("/api/notices/browser", browser.subscription)).status == 204
    await ana.put("/api/notices/language", {"language": "de"})
    await tell(shop, Kind.OUTBID, ana, "auction:2")
    await push_service.wait_for(1)
    path, headers, body = push_service.got[0]
    assert path == "/ana"
    assert browser.read(body) == {
        "title": "Du wurdest überboten",
        "body": "Camel wool coat steht jetzt bei 89\u00a0$.",
        "path": "/cart",
        "tag": "outbid:auction",
    }
    assert (headers["Urgency"], headers["TTL"], headers["Content-Encoding"]) == ("high", "300", "aes128gcm")
    token, key = re.fullmatch(r"vapid t=([^,]+),k=(\S+)", headers["Authorization"]).groups()  # type: ignore[union-attr]
    assert key == (await ana.get("/api/notices/settings")).json["push_key"]
    assert Vapid02.verify(headers["Authorization"])
    claims = json.loads(http_base64(token.split(".")[1]))
    assert claims["aud"] == push_service.url
    assert claims["sub"] == "mailto:shop@example.org"


def http_base64(text: str) -> bytes:
    from base64 import urlsafe_b64decode

    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


async def test_a_browser_that_is_gone_is_forgotten_and_no_redirect_is_followed(
    shop: Server, push_service: PushService
) -> None:
    ana = await shop.sign_up("Ana")
    inside = push_service.url + "/inside"
    answers = {
        "/gone": lambda: web.Response(status=410),
        "/elsewhere": lambda: web.Response(status=307, headers={"Location": inside}),
    }
    push_service.answer = lambda path: answers.get(path, lambda: web.Response(status=201))()
    for path in ("/gone", "/elsewhere"):
        await ana.put("/api/notices/browser", Browser(push_service.url + path).subscription)
    await tell(shop, Kind.WON, ana, "auction")
    await settled(shop, ana)
    assert sorted(path for path, _, _ in push_service.got) == ["/elsewhere", "/gone"]
    async with shop.services.database.reading() as connection:
        kept = list(await connection.scalars(sa.select(push_subscriptions.c.endpoint)))
    assert kept == [push_service.url + "/elsewhere"]


async def settled(server: Server, visitor: Visitor) -> None:
    """Until nothing of this person waits to go out."""
    query = sa.select(sa.func.count()).where(
        table.c.account_id == visitor.account["id"], table.c.deliver_at.is_not(None)
    )
    async with asyncio.timeout(20):
        while True:
            async with server.services.database.reading() as connection:
                if not await connection.scalar(query):
                    return
            await asyncio.sleep(0.05)


async def test_pushes_survive_a_restart_and_are_not_repeated(settings: Settings, push_service: PushService) -> None:
    async with served(settings) as first:
        await first.services.delivery.stop()
        ana = await first.sign_up("Ana")
        browser = Browser(push_service.url + "/ana")
        await ana.put("/api/notices/browser", browser.subscription)
        await tell(first, Kind.WON, ana, "auction", title="Coat")
        key = (await ana.get("/api/notices/settings")).json["push_key"]
    assert push_service.got == []
    for _ in range(2):
        async with served(settings) as again:
            await settled(again, ana)
            assert again.services.outside.web_push.public_key == key
    assert [browser.read(body)["title"] for _, _, body in push_service.got] == ["You won Coat"]


async def test_a_service_that_is_down_is_tried_again(shop: Server, push_service: PushService) -> None:
    ana = await shop.sign_up("Ana")
    push_service.answer = lambda path: web.Response(status=503)
    await ana.put("/api/notices/browser", Browser(push_service.url + "/ana").subscription)
    async with shop.services.database.writing() as connection:  # nobody else's choice gets in the way
        pass
    await ana.put("/api/notices/settings", {"kind": "won", "push": True, "email": False})
    await tell(shop, Kind.WON, ana, "auction")
    await push_service.wait_for(1)
    push_service.answer = lambda path: web.Response(status=201)
    async with asyncio.timeout(20):
        while shop.services.delivery.statistics()["again"] < 1:  # noqa: ASYNC110 - the delivery tells nobody
            await asyncio.sleep(0.02)
    async with shop.services.database.writing() as connection:  # as if the pause were over
        await connection.execute(sa.update(table).values(deliver_at=1))
    await push_service.wait_for(2)
    await settled(shop, ana)


async def test_a_mail_goes_out_when_it_is_chosen(shop: Server, mailbox: Mailbox) -> None:
    ana = await shop.sign_up("Ana")
    await tell(shop, Kind.SHOW_STARTED, ana, "show", title="No mail without a choice", name="Mara")
    await tell(shop, Kind.WON, ana, "auction", title="Coat\r\nBcc: all@example.org")
    async with asyncio.timeout(20):
        while not mailbox.mails:
            mailbox.arrived.clear()
            await mailbox.arrived.wait()
    await settled(shop, ana)
    ((to, mail),) = mailbox.mails
    assert to == ana.account["email"]
    assert "Subject: You won Coat Bcc: all@example.org\r\n" in mail
    head, _, _ = mail.partition("\r\n\r\n")
    assert "\r\nBcc:" not in head
    assert "https://shop.example.org/cart" in mail
    assert "Auto-Submitted: auto-generated" in mail


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:9/x", "https://169.254.169.254/latest", "https://example.org/"])
async def test_no_other_address_is_subscribed(server: Server, endpoint: str) -> None:
    ana = await server.sign_up("Ana")
    reply = await ana.put("/api/notices/browser", Browser(endpoint).subscription)
    assert (reply.status, reply.code) == (422, "invalid_field")


async def test_a_browser_belongs_to_whoever_signed_in_last(shop: Server, push_service: PushService) -> None:
    ana, ben = await shop.sign_up("Ana"), await shop.sign_up("Ben")
    browser = Browser(push_service.url + "/shared").subscription
    await ana.put("/api/notices/browser", browser)
    await ben.put("/api/notices/browser", browser)
    # Somebody else cannot take it away.
    await ana.delete("/api/notices/browser", json={"endpoint": browser["endpoint"]})
    async with shop.services.database.reading() as connection:
        owners = list(await connection.scalars(sa.select(push_subscriptions.c.account_id)))
    assert owners == [ben.account["id"]]


async def test_choices_are_kept(server: Server) -> None:
    ana = await server.sign_up("Ana")
    kinds = (await ana.get("/api/notices/settings")).json["kinds"]
    assert {kind["kind"] for kind in kinds} == set(Kind)
    answer = await ana.put("/api/notices/settings", {"kind": "price_drop", "push": False, "email": True})
    assert {"kind": "price_drop", "push": False, "email": True} in answer.json["kinds"]
    assert (await ana.put("/api/notices/settings", {"kind": "nonsense", "push": False, "email": True})).status == 422
    assert (await ana.put("/api/notices/language", {"language": "xx"})).status == 422


async def test_the_bell_rings_at_once_and_stops_with_the_session(server: Server) -> None:
    ana = await server.sign_up("Ana")
    async with ana.http.get("/api/notices/stream") as stream:
        assert stream.headers["Content-Type"] == "text/event-stream"
        lines = aiter(stream.content)
        assert await _standing(lines) == {"unread": 0, "newest": 0}
        await tell(server, Kind.WON, ana, "auction")
        assert (await _standing(lines))["unread"] == 1
        other = server.visitor()
        await tell(server, Kind.WON, await server.sign_up("Ben"), "auction")
        assert (await other.get("/api/notices/stream")).status == 401
        await ana.post("/api/notices/read", {"up_to": 10**6})
        assert (await _standing(lines))["unread"] == 0
        await ana.delete("/api/session")
        await tell(server, Kind.SOLD, ana, "hold")
        async with asyncio.timeout(10):
            assert b"".join([line async for line in lines]).strip() == b""


async def _standing(lines: AsyncIterator[bytes]) -> dict[str, int]:
    async with asyncio.timeout(10):
        async for line in lines:
            if line.startswith(b"data: "):
                return dict(json.loads(line[6:]))
    raise AssertionError("the stream has ended")


async def test_pages_go_back_in_time(server: Server) -> None:
    ana = await server.sign_up("Ana")
    for number in range(45):
        await tell(server, Kind.WON, ana, f"auction{number}", title=str(number))
    first = (await ana.get("/api/notices")).json
    second = (await ana.get(f"/api/notices?before={first['next']}")).json
    titles = [n["title"] for n in (*first["items"], *second["items"])]
    assert titles == [str(number) for number in reversed(range(45))]
    assert second["next"] is None


async def test_a_hold_that_is_about_to_end_is_told_once(server: Server) -> None:
    seller, buyer = await server.sign_up("Lena"), await server.sign_up("Ana")
    listing = (await seller.post("/api/listings", COAT)).json["listing_id"]
    await buyer.post("/api/holds", {"listing_id": listing}, headers={"Idempotency-Key": "1"})
    async with server.services.database.writing() as connection:
        earlier = {"until": holds.c.until - 90_000, "created_at": holds.c.created_at - 90_000}
        await connection.execute(sa.update(holds).values(**earlier))
    for _ in range(2):
        await EndingHolds(server.services.database).look()
    await _until(buyer, "hold_ending")
    assert [n["kind"] for n in (await buyer.get("/api/notices")).json["items"]] == ["hold_ending"]


async def _until(visitor: Visitor, kind: str) -> None:
    async with asyncio.timeout(15):
        while kind not in [n["kind"] for n in (await visitor.get("/api/notices")).json["items"]]:  # noqa: ASYNC110
            await asyncio.sleep(0.1)


def test_the_mail_password_is_in_no_log() -> None:
    assert "secret" not in repr(Settings(smtp_url="smtp://shop:secret@mail.example.org"))
