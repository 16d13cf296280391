"""Listings, photos and likes over HTTP."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from tests.hosts.conftest import picture
from tests.web.conftest import Server, Visitor

COAT: dict[str, Any] = {
    "title": "Camel coat",
    "story": "Worn one winter.",
    "brand": "Arket",
    "size": "M",
    "category": "outerwear",
    "condition": "like_new",
    "price": 8900,
    "currency": "USD",
    "quantity": 1,
    "featuring_allowed": True,
}


async def hang(visitor: Visitor, **changes: Any) -> dict[str, Any]:
    reply = await visitor.post("/api/listings", {**COAT, **changes})
    assert reply.status == 201, reply.body
    return dict(reply.json)


async def test_a_listing_from_hanger_to_withdrawal(server: Server) -> None:
    lena, ana = await server.sign_up("Lena"), await server.sign_up("Ana")
    hung = await hang(lena)
    path = f"/api/listings/{hung['listing_id']}"
    for field, value in COAT.items():
        assert hung[field] == value
    assert (hung["mine"], hung["left"], hung["state"], hung["photos"]) == (True, 1, "available", [])
    assert (await ana.get(path)).json == {**hung, "mine": False}
    changed = await lena.patch(path, {"price": 7900})
    assert changed.json == {**hung, "price": 7900}
    assert (await lena.delete(path)).status == 204
    assert (await ana.get(path)).json["withdrawn"] is True


async def test_photos(server: Server) -> None:
    lena, ana = await server.sign_up("Lena"), await server.sign_up("Ana")
    path = f"/api/listings/{(await hang(lena))['listing_id']}"
    headers = {"Content-Type": "image/jpeg"}
    added = await lena.request("POST", path + "/photos", data=picture(size=(2000, 1500)), headers=headers)
    assert added.status == 201
    for url, size in ((added.json["url"], 1600), (added.json["thumb"], 640)):
        for address in (url, url.replace(".webp", ".jpg")):
            shown = await server.visitor().get(address)
            assert shown.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert Image.open(io.BytesIO(shown.body)).width == size
    assert (await ana.get(path)).json["photo"] == added.json["thumb"]
    stranger = await ana.request("POST", path + "/photos", data=picture(), headers=headers)
    assert (stranger.status, stranger.code) == (403, "forbidden")
    photo = f"{path}/photos/{added.json['photo_id']}"
    assert (await ana.delete(photo)).status == 403
    assert (await lena.delete(photo)).status == 204
    assert (await lena.delete(photo)).code == "photo_not_found"
    assert (await ana.get(added.json["url"])).status == 404


async def test_the_ninth_photo_is_refused(server: Server) -> None:
    lena = await server.sign_up("Lena")
    path = f"/api/listings/{(await hang(lena))['listing_id']}/photos"
    headers = {"Content-Type": "image/jpeg"}
    replies = [await lena.request("POST", path, data=picture(), headers=headers) for _ in range(9)]
    assert [reply.status for reply in replies] == [201] * 8 + [409]
    assert replies[-1].code == "photos_full"


@pytest.mark.parametrize("path", ["/photos/x/640.webp", "/photos/..%2f..%2fx/640.webp", f"/photos/{'0' * 24}/640.exe"])
async def test_pictures_that_are_not_there(server: Server, path: str) -> None:
    reply = await server.visitor().get(path)
    assert reply.status == 404


async def test_only_the_seller_changes_a_listing(server: Server) -> None:
    lena, ana = await server.sign_up("Lena"), await server.sign_up("Ana")
    path = f"/api/listings/{(await hang(lena))['listing_id']}"
    assert (await server.visitor().patch(path, {"price": 1})).status == 401
    assert (await ana.patch(path, {"price": 1})).status == 403
    assert (await ana.delete(path)).status == 403
    assert (await ana.patch("/api/listings/nothing", {"price": 1})).code == "listing_not_found"
    assert (await ana.patch("/api/listings/%00", {"price": 1})).status == 404
    assert (await server.visitor().post("/api/listings", COAT)).status == 401


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"title": ""}, 422, "title must have 1 to 80"),
        ({"category": "cars"}, 422, "category must be one of: dresses"),
        ({"price": 0}, 422, "price must be a whole number from 1 to 10000000"),
        ({"price": 9.5}, 422, "$.price"),
        ({"price": 10**30}, 422, "price"),
        ({"quantity": -1}, 422, "quantity must be a whole number from 1 to 999"),
        ({"currency": "XXX"}, 422, "currency must be one of: USD"),
    ],
)
async def test_refusals_say_what_to_do(server: Server, changes: dict[str, Any], status: int, words: str) -> None:
    lena = await server.sign_up("Lena")
    reply = await lena.post("/api/listings", {**COAT, **changes})
    assert reply.status == status
    assert words in reply.json["error"]["message"]


async def test_likes(server: Server) -> None:
    lena, ana = await server.sign_up("Lena"), await server.sign_up("Ana")
    path = f"/api/listings/{(await hang(lena))['listing_id']}"
    assert (await ana.put(path + "/like")).json == {"liked": True, "likes": 1}
    assert (await ana.put(path + "/like")).json == {"liked": True, "likes": 1}
    assert (await ana.get(path)).json["liked"] is True
    assert (await lena.get(path)).json["liked"] is False
    assert (await ana.delete(path + "/like")).json == {"liked": False, "likes": 0}
    assert (await server.visitor().put(path + "/like")).status == 401
    assert (await ana.put("/api/listings/nothing/like")).status == 404
