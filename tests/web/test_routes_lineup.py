"""Lineup and features over HTTP."""

from __future__ import annotations

import time
from typing import Any

from tests.web.conftest import Server, Visitor


async def schedule(host: Visitor) -> str:
    starts_at = int(time.time() * 1000) + 3_600_000
    reply = await host.post("/api/shows", {"title": "Evening show", "description": "", "starts_at": starts_at})
    assert reply.status == 201, reply.body
    return str(reply.json["show_id"])


async def list_piece(seller: Visitor, **fields: Any) -> str:
    body = {
        "title": "Wool coat",
        "category": "outerwear",
        "condition": "good",
        "price": 4_800,
        "currency": "USD",
    } | fields
    reply = await seller.post("/api/listings", body)
    assert reply.status == 201, reply.body
    return str(reply.json["listing_id"])


async def test_a_host_prepares_and_features(server: Server) -> None:
    host, seller, anybody = await server.sign_up("Host"), await server.sign_up("Lena"), server.visitor()
    show = await schedule(host)
    coat, boots = await list_piece(seller), await list_piece(host, title="Boots")
    path = f"/api/shows/{show}"
    for piece in (coat, boots):
        assert (await host.post(f"{path}/lineup", {"listing_id": piece})).status == 201
    assert (await host.put(f"{path}/lineup", {"listing_ids": [boots, coat]})).status == 200
    assert (await host.put(f"{path}/features/{coat}")).status == 200
    items = (await anybody.get(f"{path}/lineup")).json["items"]
    assert [(item["listing_id"], item["featured"]) for item in items] == [(boots, False), (coat, True)]
    assert items[1]["seller"]["id"] == seller.account["id"]
    assert (await anybody.get(path)).json["featured"] == [coat]
    assert (await host.delete(f"{path}/features/{coat}")).json["items"][1]["featured"] is False
    assert [item["listing_id"] for item in (await host.delete(f"{path}/lineup/{boots}")).json["items"]] == [coat]


async def test_only_the_host_may_change_a_lineup(server: Server) -> None:
    host, other, anybody = await server.sign_up("Host"), await server.sign_up("Olga"), server.visitor()
    show = await schedule(host)
    piece = await list_piece(host)
    path = f"/api/shows/{show}"
    for visitor, status in ((other, 403), (anybody, 401)):
        assert (await visitor.post(f"{path}/lineup", {"listing_id": piece})).status == status
        assert (await visitor.put(f"{path}/lineup", {"listing_ids": []})).status == status
        assert (await visitor.delete(f"{path}/lineup/{piece}")).status == status
        assert (await visitor.put(f"{path}/features/{piece}")).status == status
        assert (await visitor.delete(f"{path}/features/{piece}")).status == status
    assert (await anybody.get(f"{path}/lineup")).json == {"items": []}
    assert (await anybody.get("/api/shows/nowhere/lineup")).status == 404


async def test_a_seller_who_says_no(server: Server) -> None:
    host, seller = await server.sign_up("Host"), await server.sign_up("Lena")
    show = await schedule(host)
    path = f"/api/shows/{show}"
    refused, allowed = await list_piece(seller, featuring_allowed=False), await list_piece(seller)
    reply = await host.put(f"{path}/features/{refused}")
    assert (reply.status, reply.code) == (409, "featuring_not_allowed")
    assert (await host.put(f"{path}/features/{allowed}")).status == 200
    assert (await seller.patch("/api/me", {"featuring_allowed": False})).status == 200
    assert (await host.get(f"{path}/lineup")).json == {"items": []}


async def test_bad_bodies_are_refused_clearly(server: Server) -> None:
    host = await server.sign_up("Host")
    show = await schedule(host)
    path = f"/api/shows/{show}/lineup"
    assert (await host.post(path, {"listing": "x"})).status == 422
    assert (await host.post(path, {"listing_id": "nothing"})).status == 404
    assert (await host.put(path, {"listing_ids": ["nothing"]})).code == "lineup_mismatch"
    assert (await host.post(path, {"listing_id": "\u0000"})).status == 404
