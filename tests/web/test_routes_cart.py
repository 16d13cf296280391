"""Holding and paying over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.web.conftest import Reply, Server, Visitor
from tests.web.test_routes_lineup import list_piece, schedule

ADDRESS = {"name": "Ana Lima", "line1": "1 Harbour Street", "city": "Lisbon", "country": "PT"}
CARD = {"card_number": "4242 4242 4242 4242", "expiry": "12/39", "cvc": "123"}


async def hold(buyer: Visitor, piece: str, key: str = "hold", show: str | None = None) -> Reply:
    body = {"listing_id": piece, "show_id": show}
    return await buyer.post("/api/holds", body, headers={"Idempotency-Key": key})


async def pay(buyer: Visitor, hold_ids: list[str], key: str = "pay", **changes: Any) -> Reply:
    body = {"hold_ids": hold_ids, "address": ADDRESS, "payment": CARD} | changes
    return await buyer.post("/api/checkout", body, headers={"Idempotency-Key": key})


async def test_two_taps_in_one_instant(server: Server) -> None:
    seller, one, two = await server.sign_up("Lena"), await server.sign_up("Ana"), await server.sign_up("Ben")
    piece = await list_piece(seller)
    replies = await asyncio.gather(hold(one, piece), hold(two, piece))
    assert sorted(reply.status for reply in replies) == [201, 409]
    won, lost = sorted(replies, key=lambda reply: reply.status)
    error = lost.json["error"]
    assert (error["code"], error["details"]) == ("held_by_other", {"until": won.json["until"]})
    assert won.json["listing"]["state"] == "held"
    assert (await seller.get(f"/api/listings/{piece}")).json["state"] == "held"


async def test_double_clicks_hold_once_and_pay_once(server: Server) -> None:
    seller, buyer = await server.sign_up("Lena"), await server.sign_up("Ana")
    piece = await list_piece(seller)
    same = await asyncio.gather(*(hold(buyer, piece, "tap") for _ in range(3)))
    assert [reply.status for reply in same] == [201, 201, 201]
    (held,) = {reply.json["hold_id"] for reply in same}
    other = await hold(buyer, piece, "another tab")
    assert (other.status, other.code, other.json["error"]["details"]["hold_id"]) == (409, "held_by_you", held)
    paid = await asyncio.gather(*(pay(buyer, [held], key) for key in ("pay", "pay", "another tab")))
    orders = {reply.json["order_id"] for reply in paid if reply.status == 201}
    refused = {(reply.status, reply.code) for reply in paid if reply.status != 201}
    assert len(orders) == 1
    assert refused <= {(409, "in_progress"), (409, "hold_gone")}
    mine = (await buyer.get("/api/orders")).json["items"]
    assert [order["order_id"] for order in mine] == list(orders)
    assert (await buyer.get("/api/cart")).json["holds"] == []


async def test_from_the_bag_to_the_order(server: Server) -> None:
    host, seller, buyer = await server.sign_up("Host"), await server.sign_up("Lena"), await server.sign_up("Ana")
    show = await schedule(host)
    piece = await list_piece(seller)
    await host.put(f"/api/shows/{show}/features/{piece}")
    held = await hold(buyer, piece, show=show)
    assert held.json["show_id"] == show
    bag = (await buyer.get("/api/cart")).json
    assert [item["hold_id"] for item in bag["holds"]] == [held.json["hold_id"]]
    assert (bag["subtotal"], bag["shipping"], bag["total"], bag["currency"]) == (4_800, 500, 5_300, "USD")
    assert 0 < bag["holds"][0]["until"] - bag["now"] <= 120_000
    replies = [await pay(buyer, [held.json["hold_id"]]) for _ in range(2)]
    assert [reply.status for reply in replies] == [201, 201]
    order = replies[0].json
    assert replies[1].json == order
    assert order["parcels"][0]["items"][0]["curator"]["id"] == host.account["id"]
    assert (await buyer.get("/api/cart")).json["holds"] == []
    assert (await buyer.get(f"/api/listings/{piece}")).json["state"] == "sold"
    late = await hold(host, piece, "late")
    assert (late.status, late.code) == (409, "sold")


async def test_declined_mistyped_and_too_late(server: Server) -> None:
    seller, buyer = await server.sign_up("Lena"), await server.sign_up("Ana")
    held = (await hold(buyer, await list_piece(seller))).json["hold_id"]
    declined = await pay(buyer, [held], payment=CARD | {"card_number": "4000000000000002"})
    assert (declined.status, declined.code) == (402, "declined")
    other_body = await pay(buyer, [held])
    assert (other_body.status, other_body.code) == (422, "idempotency_mismatch")
    mistyped = await pay(buyer, [held], "next", payment=CARD | {"card_number": "4242 4242 4242 4243"})
    assert (mistyped.status, mistyped.code) == (422, "invalid_card")
    nowhere = await pay(buyer, [held], "next", address=ADDRESS | {"country": "Portugal"})
    assert (nowhere.status, nowhere.json["error"]["details"]) == (422, {"field": "country"})
    assert (await buyer.delete(f"/api/holds/{held}")).status == 204
    gone = await pay(buyer, [held], "next")
    assert (gone.status, gone.code) == (409, "hold_gone")


async def test_holds_are_private(server: Server) -> None:
    seller, buyer, other = await server.sign_up("Lena"), await server.sign_up("Ana"), await server.sign_up("Ben")
    held = (await hold(buyer, await list_piece(seller))).json["hold_id"]
    assert (await other.delete(f"/api/holds/{held}")).status == 403
    assert (await server.visitor().delete(f"/api/holds/{held}")).status == 401
    assert (await other.delete("/api/holds/nothing")).status == 404
    assert (await pay(other, [held])).code == "hold_gone"
    assert (await other.get("/api/cart")).json["holds"] == []


async def test_what_claims_or_pays_needs_a_key(server: Server) -> None:
    seller, buyer = await server.sign_up("Lena"), await server.sign_up("Ana")
    piece = await list_piece(seller)
    for headers in ({}, {"Idempotency-Key": "x" * 65}):
        assert (await buyer.post("/api/holds", {"listing_id": piece}, headers=headers)).status == 400
        body = {"hold_ids": ["a"], "address": ADDRESS, "payment": CARD}
        assert (await buyer.post("/api/checkout", body, headers=headers)).status == 400
    own = await hold(seller, piece)
    assert (own.status, own.code) == (409, "own_listing")
    assert (await hold(server.visitor(), piece)).status == 401
    assert (await hold(buyer, "\u0000")).status == 404
    assert (await hold(buyer, piece, show="\u0000")).status == 404
    assert (await pay(buyer, ["\u0000"])).code == "hold_gone"


async def test_the_saved_address(server: Server) -> None:
    buyer = await server.sign_up("Ana")
    assert (await buyer.get("/api/me/address")).json == {"address": None}
    saved = (await buyer.put("/api/me/address", ADDRESS)).json
    assert (await buyer.get("/api/me/address")).json == saved
    assert saved["address"]["line2"] == ""
    assert (await buyer.put("/api/me/address", ADDRESS | {"city": ""})).status == 422


async def test_a_ban_gives_the_piece_to_the_others(server: Server) -> None:
    host, seller, buyer, other = [await server.sign_up(name) for name in ("Host", "Lena", "Ana", "Ben")]
    show, piece = await schedule(host), await list_piece(seller)
    await host.put(f"/api/shows/{show}/features/{piece}")
    assert (await hold(buyer, piece, show=show)).status == 201
    await server.services.chat.sanction(show, host.account["id"], buyer.account["id"], "ban", None, "spam")
    assert (await buyer.get("/api/cart")).json["holds"] == []
    assert (await hold(other, piece, show=show)).status == 201
    again = await hold(buyer, piece, "again", show=show)
    assert again.status in (403, 409)
