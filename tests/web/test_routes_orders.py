"""Orders, parcels and curation over HTTP."""

from __future__ import annotations

from tests.hosts.conftest import picture
from tests.web.conftest import Server
from tests.web.test_routes_cart import hold, pay
from tests.web.test_routes_lineup import list_piece, schedule


async def test_an_order_from_all_sides(server: Server) -> None:
    host, seller, buyer = await server.sign_up("Host"), await server.sign_up("Lena"), await server.sign_up("Ana")
    show, piece = await schedule(host), await list_piece(seller)
    assert (await seller.put("/api/me/terms", {"curator": 500})).status == 200
    await host.put(f"/api/shows/{show}/features/{piece}")
    order = (await pay(buyer, [(await hold(buyer, piece, show=show)).json["hold_id"]])).json
    order_path = f"/api/orders/{order['order_id']}"
    assert (await buyer.get("/api/orders")).json == {"items": [order], "next": None}
    assert (await buyer.get(order_path)).json == order
    assert (await seller.get(order_path)).status == 403
    assert (await server.visitor().get(order_path)).status == 401
    assert (await buyer.get("/api/orders/nothing")).status == 404

    (parcel,) = (await seller.get("/api/parcels")).json["items"]
    assert parcel["buyer"]["id"] == buyer.account["id"]
    parcel_path = f"/api/parcels/{parcel['parcel_id']}"
    assert (await buyer.patch(parcel_path, {"state": "shipped"})).status == 403
    shipped = await seller.patch(parcel_path, {"state": "shipped", "tracking": "TRACK 1"})
    assert (shipped.json["state"], shipped.json["tracking"]) == ("shipped", "TRACK 1")
    back = await seller.patch(parcel_path, {"state": "to_ship"})
    assert (back.status, back.code) == (409, "parcel_state")
    assert (await seller.patch(parcel_path, {"state": "eaten"})).status == 422
    assert (await buyer.get(order_path)).json["parcels"][0]["state"] == "shipped"

    (sale,) = (await host.get("/api/me/curation")).json["items"]
    assert (sale["credit"], sale["show"]["show_id"], sale["listing"]["listing_id"]) == (240, show, piece)
    assert (await seller.get("/api/me/curation")).json["items"] == []


async def test_bad_pages_are_refused(server: Server) -> None:
    buyer = await server.sign_up("Ana")
    for path in ("/api/orders", "/api/parcels", "/api/me/curation"):
        assert (await buyer.get(path + "?after=nonsense")).status == 400
        assert (await buyer.get(path + "?limit=0")).status == 400
        assert (await buyer.get(path + "?limit=5")).json == {"items": [], "next": None}
        assert (await server.visitor().get(path)).status == 401


async def test_an_order_keeps_its_picture(server: Server) -> None:
    seller, buyer = await server.sign_up("Lena"), await server.sign_up("Ana")
    piece = await list_piece(seller)
    photos = f"/api/listings/{piece}/photos"
    first, second = [
        (await seller.request("POST", photos, data=picture(), headers={"Content-Type": "image/jpeg"})).json
        for _ in range(2)
    ]
    order = (await pay(buyer, [(await hold(buyer, piece)).json["hold_id"]])).json
    assert order["parcels"][0]["items"][0]["photo"] == first["thumb"]
    for photo in (first, second):
        assert (await seller.delete(f"{photos}/{photo['photo_id']}")).status == 204
    assert (await seller.get(f"/api/listings/{piece}")).json["photos"] == []
    assert (await buyer.get(first["thumb"])).status == 200
    assert (await buyer.get(second["thumb"])).status == 404  # nobody bought by that one
