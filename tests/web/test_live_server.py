"""The live channel of the whole server: real accounts, shows, roles and cookies."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
import sqlalchemy as sa

from livestream.database_time import read_now_ms
from livestream.tables import moderators
from tests.web.conftest import Server, Visitor
from tests.web.live_stage import Client

Open = Callable[[Visitor, str], Awaitable[Client]]


@pytest.fixture
async def join() -> AsyncIterator[Open]:
    """``await join(visitor, show_id)``: a socket with the visitor's cookies, joined."""
    clients: list[Client] = []

    async def open_socket(visitor: Visitor, show_id: str) -> Client:
        client = Client(await visitor.http.ws_connect(f"/ws/{show_id}", protocols=("closetcast.v1",), max_msg_size=0))
        clients.append(client)
        await client.join()
        return client

    yield open_socket
    for client in clients:
        await client.socket.close()
        await client.reader


async def schedule(host: Visitor) -> str:
    body: dict[str, Any] = {"title": "Coats", "description": "", "starts_at": int(time.time() * 1000) + 3_600_000}
    reply = await host.post("/api/shows", body)
    assert reply.status == 201, reply.body
    return str(reply.json["show_id"])


async def test_a_show_and_its_people(server: Server, join: Open) -> None:
    host, mod, ana = await server.sign_up("Mara"), await server.sign_up("Mo"), await server.sign_up("Ana")
    show_id = await schedule(host)
    guest = await join(server.visitor(), show_id)
    assert guest.joined["snapshot"]["show"]["title"] == "Coats"
    assert guest.joined["you"] == {"account": None, "role": None, "sanction": None}

    in_chat, hosts = await join(ana, show_id), await join(host, show_id)
    assert hosts.joined["you"]["role"] == "host"
    assert in_chat.joined["you"]["account"]["handle"] == ana.account["handle"]
    said = await in_chat.do("say", text="hello", key="k")
    await guest.until_said("hello")
    assert guest.events[-1]["data"]["author"] == in_chat.joined["you"]["account"]

    moderating = await join(mod, show_id)
    reply = await host.put(f"/api/shows/{show_id}/moderators/{mod.account['handle']}")
    assert reply.status == 200, reply.body
    assert (await moderating.until_yous(1))["role"] == "moderator"
    sanction = await moderating.do("sanction", account_id=ana.account["id"], kind="mute", reason="spam")
    assert sanction.pop("act_id")  # whoever sanctions may take it back; whoever is muted sees only what holds
    assert (await in_chat.until_yous(1))["sanction"] == sanction
    assert (await in_chat.refused("say", text="again", key="k2"))["code"] == "sanctioned"
    await moderating.do("delete", message_id=said["message_id"])

    listed = await mod.get(f"/api/shows/{show_id}/sanctions")
    assert [(item["account"]["id"], item["kind"]) for item in listed.json["items"]] == [(ana.account["id"], "mute")]
    assert (await ana.get(f"/api/shows/{show_id}/sanctions")).status == 403
    assert (await server.visitor().get(f"/api/shows/{show_id}/sanctions")).status == 401
    assert (await mod.get("/api/shows/nowhere/sanctions")).status == 404

    await host.delete(f"/api/shows/{show_id}/moderators/{mod.account['handle']}")
    assert (await moderating.until_yous(2))["role"] is None
    assert (await moderating.refused("lift", account_id=ana.account["id"]))["code"] == "forbidden"


async def test_a_role_ends_by_itself_and_its_powers_with_it(server: Server, join: Open) -> None:
    """The database's time counts, not the server's next look at the shows."""
    host, mod, ana = await server.sign_up("Mara"), await server.sign_up("Mo"), await server.sign_up("Ana")
    show_id = await schedule(host)
    assert (await host.put(f"/api/shows/{show_id}/moderators/{mod.account['handle']}?seconds=59")).status == 400
    named = (await host.put(f"/api/shows/{show_id}/moderators/{mod.account['handle']}?seconds=3600")).json
    assert 3_500_000 < named["roles_end"][mod.account["id"]] - time.time() * 1000 < 3_700_000
    moderating, in_chat = await join(mod, show_id), await join(ana, show_id)
    said = [await in_chat.do("say", text=f"line {number}", key=f"k{number}") for number in range(2)]
    await moderating.do("delete", message_id=said[0]["message_id"])

    async with server.services.database.writing() as connection:
        await connection.execute(
            sa.update(moderators)
            .where(moderators.c.account_id == mod.account["id"])
            .values(until=await read_now_ms(connection))
        )
    refused = await moderating.refused("delete", message_id=said[1]["message_id"])
    assert refused["code"] in ("not_allowed", "forbidden")  # before the server has told its sockets, and after
    assert (await mod.get(f"/api/shows/{show_id}/review")).status == 403
    assert (await moderating.until_yous(1))["role"] is None
    held = await in_chat.do("say", text="look at example.com", key="k9")
    assert held["held"]
    await moderating.until_offset(held["offset"])
    assert moderating.events[-1]["kind"] == "private"  # what waits is no longer theirs to see
    assert "mo" not in str((await host.get(f"/api/shows/{show_id}/studio")).json["moderators"])


async def test_history_in_pages(server: Server, join: Open) -> None:
    host = await server.sign_up("Mara")
    show_id = await schedule(host)
    client = await join(host, show_id)
    for number in range(5):
        await client.do("say", text=f"text {number}", key=f"k{number}")
    visitor = server.visitor()
    page = (await visitor.get(f"/api/shows/{show_id}/messages?limit=2")).json
    assert [item["data"]["text"] for item in page["items"]] == ["text 3", "text 4"]
    page = (await visitor.get(f"/api/shows/{show_id}/messages?limit=3&before={page['next']}")).json
    assert [item["data"]["text"] for item in page["items"]] == ["text 0", "text 1", "text 2"]
    page = (await visitor.get(f"/api/shows/{show_id}/messages?before={page['next']}")).json
    assert page == {"items": [], "next": None}
    for query in ("before=0", "before=x", "limit=0", "limit=101"):
        assert (await visitor.get(f"/api/shows/{show_id}/messages?{query}")).status == 400
    assert (await visitor.get("/api/shows/nowhere/messages")).status == 404


async def test_signing_out_closes_the_socket(server: Server, join: Open) -> None:
    host, ana = await server.sign_up("Mara"), await server.sign_up("Ana")
    show_id = await schedule(host)
    hers, his = await join(ana, show_id), await join(host, show_id)
    assert (await ana.delete("/api/session")).status == 204
    assert await hers.closed() == 4401
    await his.do("ping")
    again = await join(ana, show_id)
    assert again.joined["you"]["account"] is None


async def test_a_new_password_closes_other_devices(server: Server, join: Open) -> None:
    host = await server.sign_up("Mara")
    show_id = await schedule(host)
    other = server.visitor()
    handle = host.account["handle"]
    reply = await other.post("/api/session", {"email": f"{handle}@example.org", "password": "a long password"})
    assert reply.status in (200, 201), reply.body
    stolen = await join(other, show_id)
    assert stolen.joined["you"]["role"] == "host"
    reply = await host.post("/api/me/password", {"current": "a long password", "new": "another long password"})
    assert reply.status in (200, 204), reply.body
    assert await stolen.closed() == 4401


async def test_other_sites_are_refused(server: Server) -> None:
    host = await server.sign_up("Mara")
    show_id = await schedule(host)
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await host.http.ws_connect(f"/ws/{show_id}", headers={"Origin": "https://evil.example"})
    assert caught.value.status == 403
