"""Closets over HTTP."""

from __future__ import annotations

from tests.web.conftest import Server
from tests.web.test_routes_listings import hang


async def test_a_closet(server: Server) -> None:
    lena, ana = await server.sign_up("Lena"), await server.sign_up("Ana")
    coat, scarf = await hang(lena), await hang(lena, title="Scarf")
    handle = lena.account["handle"]
    closet = (await ana.get(f"/api/closets/{handle.upper()}")).json
    assert closet["person"] == {"id": lena.account["id"], "handle": handle, "name": "Lena", "avatar": None}
    assert (closet["listings"], closet["followers"], closet["following"], closet["live_show"]) == (2, 0, False, None)
    items = (await ana.get(f"/api/closets/{handle}/listings")).json["items"]
    assert {item["listing_id"] for item in items} == {coat["listing_id"], scarf["listing_id"]}
    await lena.delete(f"/api/listings/{scarf['listing_id']}")
    left = (await ana.get(f"/api/closets/{handle}/listings")).json["items"]
    assert [item["listing_id"] for item in left] == [coat["listing_id"]]
    assert (await ana.get("/api/closets/nobody_here")).code == "account_not_found"
    assert (await ana.get("/api/closets/%00/listings")).status == 404
    assert (await ana.get(f"/api/closets/{handle}/listings?limit=0")).status == 400
    assert (await ana.get(f"/api/closets/{handle}/listings?after=nonsense")).code == "invalid_field"


async def test_following(server: Server) -> None:
    lena, ana = await server.sign_up("Lena"), await server.sign_up("Ana")
    path = f"/api/closets/{lena.account['handle']}/follow"
    assert (await ana.put(path)).json == {"following": True, "followers": 1}
    assert (await ana.put(path)).json == {"following": True, "followers": 1}
    assert (await ana.get(path.removesuffix("/follow"))).json["following"] is True
    assert (await ana.delete(path)).json == {"following": False, "followers": 0}
    assert (await lena.put(path)).code == "own_closet"
    assert (await server.visitor().put(path)).status == 401
    assert (await ana.put("/api/closets/nobody_here/follow")).status == 404


async def test_closets_page_by_page(server: Server) -> None:
    sellers = [await server.sign_up(f"S{n}") for n in range(3)]
    for seller in sellers:
        await hang(seller)
    await server.sign_up("Empty")
    first = (await server.visitor().get("/api/closets?limit=2")).json
    second = (await server.visitor().get(f"/api/closets?limit=2&after={first['next']}")).json
    found = [closet["person"]["id"] for closet in (*first["items"], *second["items"])]
    assert sorted(found) == sorted(seller.account["id"] for seller in sellers)
    assert second["next"] is None
