"""Shows over HTTP: who may do what, and what comes back."""

from __future__ import annotations

import io
import time
from typing import Any

import pytest
from PIL import Image

from tests.web.conftest import Server, Visitor

HOUR = 3_600_000


def soon() -> int:
    return int(time.time() * 1000) + HOUR


async def schedule(host: Visitor, **changes: Any) -> dict[str, Any]:
    body = {"title": "Autumn coats", "description": "Wool and more", "starts_at": soon(), **changes}
    reply = await host.post("/api/shows", body)
    assert reply.status == 201, reply.body
    return dict(reply.json)


async def test_a_planned_show_as_host_and_as_stranger_see_it(server: Server) -> None:
    host, stranger = await server.sign_up("Mara"), server.visitor()
    show = await schedule(host)
    person = {name: host.account[name] for name in ("id", "handle", "name", "avatar")}
    public = {
        "show_id": show["show_id"],
        "title": "Autumn coats",
        "description": "Wool and more",
        "host": person,
        "state": "scheduled",
        "starts_at": show["starts_at"],
        "started_at": None,
        "ended_at": None,
        "poster": None,
        "trailer": False,
        "viewers": 0,
        "following": False,
        "featured": [],
    }
    one = f"/api/shows/{show['show_id']}"
    assert (await stranger.get(one)).json == {**public, "role": None}
    assert (await host.get(one)).json == {**public, "role": "host"}
    assert show == {**public, "role": "host", "stream_key": show["stream_key"], "moderators": [], "roles_end": {}}
    assert (await host.get(one + "/studio")).json == show
    assert (await stranger.get("/api/shows/nothing")).status == 404


async def test_only_the_host(server: Server) -> None:
    """Signed out 401, somebody else and a moderator 403, an unknown show 404; nothing changes."""
    host, other, moderator = [await server.sign_up(name) for name in ("Mara", "Olga", "Momo")]
    show = await schedule(host)
    one = f"/api/shows/{show['show_id']}"
    await host.put(f"{one}/moderators/{moderator.account['handle']}")
    acts = [
        ("GET", "/studio", None),
        ("GET", "/media", None),
        ("PATCH", "", {"title": "Mine now"}),
        ("POST", "/cancel", None),
        ("POST", "/end", None),
        ("POST", "/stream-key", None),
        ("PUT", f"/moderators/{other.account['handle']}", None),
        ("DELETE", f"/moderators/{moderator.account['handle']}", None),
        ("PUT", "/poster", None),
        ("DELETE", "/poster", None),
    ]
    before = (await host.get(one + "/studio")).json
    for method, path, body in acts:
        assert (await server.visitor().request(method, one + path, json=body)).status == 401
        assert (await other.request(method, one + path, json=body)).status == 403
        assert (await moderator.request(method, one + path, json=body)).status == 403
        assert (await host.request(method, "/api/shows/nothing" + path, json=body)).status == 404
    assert (await host.get(one + "/studio")).json == before
    assert (await server.visitor().post("/api/shows", {"title": "x", "starts_at": soon()})).status == 401


@pytest.mark.parametrize(
    "change",
    [
        {"title": ""},
        {"title": "x" * 121},
        {"title": 7},
        {"title": None},
        {"description": "x" * 4_001},
        {"starts_at": 0},
        {"starts_at": "tomorrow"},
        {"starts_at": 1.5},
        {"starts_at": 2**70},
    ],
)
async def test_what_a_show_accepts(server: Server, change: dict[str, Any]) -> None:
    host = await server.sign_up("Mara")
    reply = await host.post("/api/shows", {"title": "Coats", "starts_at": soon(), **change})
    assert reply.status == 422
    assert next(iter(change)) in reply.json["error"]["message"]


async def test_editing_and_cancelling(server: Server) -> None:
    host = await server.sign_up("Mara")
    show = await schedule(host)
    one = f"/api/shows/{show['show_id']}"
    edited = await host.patch(one, {"title": "Hats", "starts_at": show["starts_at"] + 1})
    assert edited.status == 200
    assert (edited.json["title"], edited.json["description"]) == ("Hats", "Wool and more")
    assert edited.json["starts_at"] == show["starts_at"] + 1
    assert (await host.patch(one, {"title": "x" * 121})).status == 422
    assert (await host.post(one + "/end")).status == 409
    assert (await host.post(one + "/cancel")).json["state"] == "cancelled"
    again = await host.post(one + "/cancel")
    assert (again.status, again.code) == (409, "show_state")
    assert (await host.patch(one, {"title": "Boots"})).status == 409


async def test_moderators(server: Server) -> None:
    host, lena = await server.sign_up("Mara"), await server.sign_up("Lena")
    one = f"/api/shows/{(await schedule(host))['show_id']}"
    path = f"{one}/moderators/{lena.account['handle']}"
    for _ in range(2):
        named = await host.put(path)
        assert [person["id"] for person in named.json["moderators"]] == [lena.account["id"]]
    assert (await lena.get(one)).json["role"] == "moderator"
    assert [person["handle"] for person in (await host.get(one + "/studio")).json["moderators"]] == [
        lena.account["handle"]
    ]
    myself = await host.put(f"{one}/moderators/{host.account['handle']}")
    assert (myself.status, myself.code) == (422, "invalid_moderator")
    assert (await host.put(f"{one}/moderators/nobody_here")).status == 404
    for _ in range(2):
        assert (await host.delete(path)).json == {"moderators": [], "roles_end": {}}
    assert (await lena.get(one)).json["role"] is None


async def test_a_new_stream_key(server: Server) -> None:
    host = await server.sign_up("Mara")
    show = await schedule(host)
    fresh = (await host.post(f"/api/shows/{show['show_id']}/stream-key")).json
    assert fresh["stream_key"] != show["stream_key"]
    assert (await host.get(f"/api/shows/{show['show_id']}/studio")).json["stream_key"] == fresh["stream_key"]


async def test_lists(server: Server) -> None:
    mara, lena = await server.sign_up("Mara"), await server.sign_up("Lena")
    late = await schedule(mara, title="Late", starts_at=soon() + HOUR)
    early = await schedule(lena, title="Early")
    gone = await schedule(mara, title="Gone")
    await mara.post(f"/api/shows/{gone['show_id']}/cancel")
    anybody = server.visitor()

    async def titles(query: str) -> list[str]:
        reply = await anybody.get("/api/shows" + query)
        assert reply.status == 200, reply.body
        return [show["title"] for show in reply.json["items"]]

    assert await titles("?state=upcoming") == ["Early", "Late"]
    assert await titles(f"?state=upcoming&host={mara.account['handle']}") == ["Late"]
    assert await titles("") == await titles("?state=live") == await titles("?state=ended") == []
    first = (await anybody.get("/api/shows?state=upcoming&limit=1")).json
    second = (await anybody.get(f"/api/shows?state=upcoming&limit=1&after={first['next']}")).json
    assert [first["items"][0]["show_id"], second["items"][0]["show_id"]] == [early["show_id"], late["show_id"]]
    assert second["next"] is None
    assert "stream_key" not in first["items"][0]
    assert (await anybody.get("/api/shows?state=everything")).status == 400
    assert (await anybody.get("/api/shows?limit=0")).status == 400
    assert (await anybody.get("/api/shows?after=x")).status == 422
    assert (await anybody.get("/api/shows?host=nobody_here")).status == 404


async def test_following_and_role_are_the_callers(server: Server) -> None:
    host, fan = await server.sign_up("Mara"), await server.sign_up("Fay")
    show = await schedule(host)
    assert (await fan.put(f"/api/closets/{host.account['handle']}/follow")).status == 200
    for path in (f"/api/shows/{show['show_id']}", "/api/shows?state=upcoming"):
        found = (await fan.get(path)).json
        found = found["items"][0] if "items" in found else found
        assert (found["following"], found["role"]) == (True, None)


async def test_posters(server: Server) -> None:
    host = await server.sign_up("Mara")
    one = f"/api/shows/{(await schedule(host))['show_id']}"
    addresses = []
    for colour in ("red", "blue"):
        data = io.BytesIO()
        Image.new("RGB", (80, 60), colour).save(data, "JPEG")
        reply = await host.request("PUT", one + "/poster", data=data.getvalue(), headers={"Content-Type": "image/jpeg"})
        assert reply.status == 200, reply.body
        addresses.append(reply.json["poster"])
    assert (await server.visitor().get(addresses[1])).status == 200
    assert (await server.visitor().get(addresses[0])).status == 404  # replaced
    assert (await host.get(one)).json["poster"] == addresses[1]
    bad = await host.request("PUT", one + "/poster", data=b"no picture", headers={"Content-Type": "image/jpeg"})
    assert bad.status == 422
    assert (await host.request("PUT", one + "/poster", data=b"x", headers={"Content-Type": "text/plain"})).status == 415
    assert (await host.delete(one + "/poster")).json["poster"] is None
    assert (await server.visitor().get(addresses[1])).status == 404


async def test_media_of_a_show_nobody_publishes(server: Server) -> None:
    host = await server.sign_up("Mara")
    show = await schedule(host)
    media = (await host.get(f"/api/shows/{show['show_id']}/media")).json
    assert media.pop("audience")["best"] == 0
    assert media == {"publishing": False, "viewers": 0, "show_ms": None, "publication": None}
