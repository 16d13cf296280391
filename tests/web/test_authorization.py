"""Every route by every role: who gets in, who is asked to sign in, who is refused. A new route must be added to the table."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa

from cart.tables import payments
from livestream.tables import clips
from tests.web.conftest import Reply, Server, Visitor
from web.app import all_routes

ROLES = ("anonymous", "buyer", "seller", "other_host", "moderator", "host")
EVERYBODY = frozenset(ROLES)
SIGNED_IN = EVERYBODY - {"anonymous"}
HOST = frozenset({"host"})
MODERATORS = frozenset({"host", "moderator"})
SELLER = frozenset({"seller"})
BUYER = frozenset({"buyer"})
NOBODY: frozenset[str] = frozenset()  # of these roles: who holds the stream key, or a media session, gets in by that

SHOW, LISTING, CLOSET = "/api/shows/{show_id}", "/api/listings/{listing_id}", "/api/closets/{handle}"
PARCEL = "/api/parcels/{parcel_id}"
PARTIES = frozenset({"buyer", "seller"})
TABLE: dict[tuple[str, str], frozenset[str]] = {
    ("POST", "/api/accounts"): EVERYBODY,
    ("POST", "/api/session"): EVERYBODY,
    ("GET", "/api/me"): EVERYBODY,
    ("PATCH", "/api/me"): SIGNED_IN,
    ("PUT", "/api/me/avatar"): SIGNED_IN,
    ("DELETE", "/api/me/avatar"): SIGNED_IN,
    ("POST", "/api/me/password"): SIGNED_IN,
    ("GET", "/api/me/address"): SIGNED_IN,
    ("PUT", "/api/me/address"): SIGNED_IN,
    ("GET", "/api/me/curation"): SIGNED_IN,
    ("GET", "/api/closets"): EVERYBODY,
    ("GET", CLOSET): EVERYBODY,
    ("GET", CLOSET + "/listings"): EVERYBODY,
    ("PUT", CLOSET + "/follow"): SIGNED_IN,
    ("DELETE", CLOSET + "/follow"): SIGNED_IN,
    ("POST", "/api/listings"): SIGNED_IN,
    ("GET", LISTING): EVERYBODY,
    ("PATCH", LISTING): SELLER,
    ("POST", LISTING + "/photos"): SELLER,
    ("DELETE", LISTING + "/photos/{photo_id}"): SELLER,
    ("PUT", LISTING + "/like"): SIGNED_IN,
    ("DELETE", LISTING + "/like"): SIGNED_IN,
    ("GET", "/api/search"): EVERYBODY,
    ("GET", "/api/shows"): EVERYBODY,
    ("POST", "/api/shows"): SIGNED_IN,
    ("GET", SHOW): EVERYBODY,
    ("GET", SHOW + "/studio"): HOST,
    ("PATCH", SHOW): HOST,
    ("PUT", SHOW + "/poster"): HOST,
    ("DELETE", SHOW + "/poster"): HOST,
    ("GET", SHOW + "/media"): HOST,
    ("PUT", SHOW + "/moderators/{handle}"): HOST,
    ("POST", SHOW + "/stream-key"): HOST,
    ("GET", SHOW + "/messages"): EVERYBODY,
    ("GET", SHOW + "/timeline"): EVERYBODY,
    ("GET", LISTING + "/shows"): EVERYBODY,
    ("GET", "/api/closets/{handle}/shown"): EVERYBODY,
    ("GET", SHOW + "/sanctions"): MODERATORS,
    ("GET", SHOW + "/review"): MODERATORS,
    ("GET", SHOW + "/audit"): MODERATORS,
    ("GET", SHOW + "/people/{account_id}"): MODERATORS,
    ("GET", SHOW + "/rules"): MODERATORS,
    ("GET", SHOW + "/standing"): SIGNED_IN,
    ("POST", SHOW + "/appeal"): SIGNED_IN,
    ("GET", SHOW + "/replay"): EVERYBODY,
    ("DELETE", SHOW + "/replay"): HOST,
    ("GET", SHOW + "/clips"): EVERYBODY,
    ("POST", SHOW + "/clips"): MODERATORS | SELLER,
    ("GET", "/api/clips/{clip_id}"): EVERYBODY,
    ("GET", "/clips/{clip_id}.mp4"): EVERYBODY,
    ("DELETE", "/api/clips/{clip_id}"): SELLER | HOST,
    ("POST", SHOW + "/captions"): MODERATORS,
    ("GET", SHOW + "/captions"): EVERYBODY,
    ("GET", SHOW + "/captions/{language}.vtt"): EVERYBODY,
    ("DELETE", SHOW + "/captions/{language}"): HOST,
    ("GET", "/hls/{show_id}/captions/{language}/{name}"): EVERYBODY,
    ("PUT", SHOW + "/trailer"): HOST,
    ("GET", SHOW + "/trailer"): EVERYBODY,
    ("DELETE", SHOW + "/trailer"): HOST,
    ("GET", "/trailers/{file}.mp4"): EVERYBODY,
    ("GET", SHOW + "/bookmark"): EVERYBODY,
    ("PUT", SHOW + "/bookmark"): SIGNED_IN,
    ("DELETE", SHOW + "/bookmark"): SIGNED_IN,
    ("GET", SHOW + "/lineup"): EVERYBODY,
    ("POST", SHOW + "/lineup"): HOST,
    ("PUT", SHOW + "/lineup"): HOST,
    ("PUT", SHOW + "/features/{listing_id}"): HOST,
    ("DELETE", SHOW + "/features/{listing_id}"): HOST,
    ("DELETE", SHOW + "/lineup/{listing_id}"): HOST,
    ("POST", SHOW + "/flash"): HOST,
    ("DELETE", SHOW + "/flash/{listing_id}"): HOST,
    ("POST", SHOW + "/auctions"): HOST,
    ("DELETE", SHOW + "/auctions/{auction_id}"): HOST,
    ("GET", "/api/auctions/{auction_id}"): EVERYBODY,
    ("GET", "/api/auctions/{auction_id}/log"): EVERYBODY,
    ("POST", SHOW + "/drops"): HOST,
    ("DELETE", SHOW + "/drops/{drop_id}"): HOST,
    ("POST", SHOW + "/giveaways"): HOST,
    ("GET", "/api/giveaways/{giveaway_id}"): EVERYBODY,
    ("PUT", "/api/giveaways/{giveaway_id}/entry"): SIGNED_IN,
    ("GET", "/api/giveaways/{giveaway_id}/proof"): EVERYBODY,
    ("POST", "/api/offers"): SIGNED_IN,
    ("GET", "/api/offers"): SIGNED_IN,
    ("PATCH", "/api/offers/{offer_id}"): frozenset({"buyer", "seller"}),
    ("GET", LISTING + "/terms"): EVERYBODY,
    ("PUT", LISTING + "/terms"): SELLER,
    ("POST", "/api/waitlist"): SIGNED_IN,
    ("GET", "/api/waitlist"): SIGNED_IN,
    ("DELETE", "/api/waitlist/{listing_id}"): SIGNED_IN,
    ("POST", "/api/holds"): SIGNED_IN,
    ("DELETE", "/api/holds/{hold_id}"): BUYER,
    ("GET", "/api/me/confirmations"): SIGNED_IN,
    ("POST", "/api/payments/{payment_id}/confirmation"): BUYER,
    ("GET", "/api/cart"): SIGNED_IN,
    ("POST", "/api/checkout"): SIGNED_IN,
    ("GET", "/api/shipping"): EVERYBODY,
    ("GET", "/api/me/terms"): SIGNED_IN,
    ("PUT", "/api/me/terms"): SIGNED_IN,
    ("GET", CLOSET + "/terms"): EVERYBODY,
    ("GET", CLOSET + "/standing"): EVERYBODY,
    ("GET", "/api/me/dashboard"): SIGNED_IN,
    ("GET", "/api/me/statements"): SIGNED_IN,
    ("GET", "/api/me/statements/{month}/{currency}.csv"): SIGNED_IN,
    ("POST", LISTING + "/shares"): SELLER,
    ("POST", LISTING + "/requests"): SIGNED_IN,
    ("GET", "/api/me/requests"): SIGNED_IN,
    ("PUT", "/api/requests/{request_id}"): SIGNED_IN,
    ("GET", "/api/me/features"): SIGNED_IN,
    ("PUT", SHOW + "/thanks"): SIGNED_IN,
    ("GET", PARCEL): PARTIES,
    ("GET", PARCEL + "/slip.pdf"): SELLER,
    ("PUT", PARCEL + "/thanks"): SELLER,
    ("PUT", PARCEL + "/offer"): SELLER,
    ("GET", PARCEL + "/suggestions"): BUYER,
    ("POST", PARCEL + "/received"): BUYER,
    ("PUT", PARCEL + "/rating"): BUYER,
    ("POST", PARCEL + "/refunds"): SELLER,
    ("POST", PARCEL + "/cancel"): PARTIES,
    ("GET", "/api/me/payment-methods"): SIGNED_IN,
    ("POST", "/api/me/payment-methods"): SIGNED_IN,
    ("POST", "/api/me/payment-methods/setups"): SIGNED_IN,
    ("POST", "/api/me/payment-methods/setups/{setup_id}"): SIGNED_IN,
    ("PUT", "/api/me/payment-methods/{method_id}/main"): SIGNED_IN,
    ("DELETE", "/api/me/payment-methods/{method_id}"): SIGNED_IN,
    ("POST", "/api/payments/events"): EVERYBODY,  # the provider has no account: its signature is what counts
    ("GET", "/api/notices"): SIGNED_IN,
    ("GET", "/api/notices/stream"): SIGNED_IN,
    ("POST", "/api/notices/read"): SIGNED_IN,
    ("GET", "/api/notices/settings"): SIGNED_IN,
    ("PUT", "/api/notices/settings"): SIGNED_IN,
    ("PUT", "/api/notices/language"): SIGNED_IN,
    ("PUT", "/api/notices/browser"): SIGNED_IN,
    ("DELETE", "/api/notices/browser"): SIGNED_IN,
    ("GET", "/api/orders"): SIGNED_IN,
    ("GET", "/api/orders/{order_id}"): BUYER,
    ("GET", "/api/parcels"): SIGNED_IN,
    ("PATCH", "/api/parcels/{parcel_id}"): SELLER,
    ("DELETE", SHOW + "/moderators/{handle}"): HOST,
    ("POST", SHOW + "/cancel"): HOST,
    ("POST", SHOW + "/end"): HOST,
    ("DELETE", LISTING): SELLER,
    ("DELETE", "/api/session"): EVERYBODY,
    ("POST", "/api/upload-check"): SIGNED_IN,
    ("GET", "/api/openapi.json"): EVERYBODY,
    ("GET", "/healthz"): EVERYBODY,
    ("GET", "/readyz"): EVERYBODY,
    ("GET", "/metrics"): EVERYBODY,
    ("GET", "/photos/{photo_id}/{size}.{extension}"): EVERYBODY,
    ("GET", "/hls/{show_id}/index.m3u8"): EVERYBODY,
    ("GET", "/hls/{show_id}/media.m3u8"): EVERYBODY,
    ("GET", "/hls/{show_id}/vod.m3u8"): EVERYBODY,
    ("GET", "/hls/{show_id}/thumbnails.vtt"): EVERYBODY,
    ("GET", "/hls/{show_id}/latest.jpg"): EVERYBODY,
    ("GET", "/hls/{show_id}/{name}"): EVERYBODY,
    ("POST", "/whip/{show_id}"): NOBODY,
    ("PATCH", "/whip/{show_id}/{session_id}"): NOBODY,
    ("DELETE", "/whip/{show_id}/{session_id}"): NOBODY,
    ("POST", "/whep/{show_id}"): EVERYBODY,
    ("HEAD", "/whep/{show_id}"): EVERYBODY,
    ("OPTIONS", "/whip/{show_id}"): EVERYBODY,
    ("OPTIONS", "/whep/{show_id}"): EVERYBODY,
}
DENIED = {401, 403}


@dataclass
class World:
    people: dict[str, Visitor]
    ids: dict[str, str] = field(default_factory=dict)

    async def call(self, role: str, method: str, path: str) -> Reply:
        filled = re.sub(r"{(\w+)}", lambda match: self.ids[match.group(1)], path)
        options: dict[str, Any] = {"headers": {"Idempotency-Key": f"{role}-{method}"}}
        if method in ("POST", "PUT", "PATCH") and not path.startswith(("/whip", "/whep")):
            options["json"] = {}
        if path.endswith("/stream"):  # an answer without an end
            async with self.people[role].http.request(method, filled, **options) as response:
                return Reply(response.status, response.headers, b"")
        return await self.people[role].request(method, filled, **options)


async def make_world(server: Server) -> World:
    people: dict[str, Visitor] = {"anonymous": server.visitor()}
    for role in ROLES[1:]:
        people[role] = await server.sign_up(role.replace("_", ""))
    world = World(people)
    ids = world.ids
    ids["show_id"] = await a_show(people["host"])
    ids["name"] = "poster.jpg"
    await a_show(people["other_host"])
    ids["handle"] = people["moderator"].account["handle"]
    assert (await people["host"].put(f"/api/shows/{ids['show_id']}/moderators/{ids['handle']}")).status < 300
    ids["listing_id"] = await a_listing(people["seller"])
    assert (
        await people["host"].post(f"/api/shows/{ids['show_id']}/lineup", {"listing_id": ids["listing_id"]})
    ).status < 300
    bought = await a_hold(people["buyer"], await a_listing(people["seller"]))
    address = {
        "name": "B",
        "line1": "1 Main Street",
        "line2": "",
        "city": "X",
        "region": "IL",
        "postcode": "62701",
        "country": "US",
    }
    payment = {"card_number": "4242 4242 4242 4242", "expiry": "12/40", "cvc": "123"}
    body = {"hold_ids": [bought], "address": address, "payment": payment}
    order = await people["buyer"].post("/api/checkout", body, headers={"Idempotency-Key": "order"})
    assert order.status == 201, order.body
    ids["order_id"] = order.json["order_id"]
    ids["parcel_id"] = order.json["parcels"][0]["parcel_id"]
    ids["hold_id"] = await a_hold(people["buyer"], await a_listing(people["seller"]))
    async with server.services.database.reading() as connection:
        ids["payment_id"] = str(await connection.scalar(sa.select(payments.c.payment_id)))
    ids |= {"setup_id": "nosetup", "method_id": "nomethod", "request_id": "norequest"}
    ids |= {"month": "2026-11", "currency": "USD"}
    ids["account_id"] = people["buyer"].account["id"]
    offer = await people["buyer"].post(
        "/api/offers", {"listing_id": await a_listing(people["seller"]), "amount": 4_000}, headers={}
    )
    assert offer.status == 201, offer.body
    ids |= {"auction_id": "noauction", "drop_id": "nodrop", "giveaway_id": "none", "offer_id": offer.json["offer_id"]}
    ids |= {"clip_id": await a_clip(server, ids["show_id"], people["seller"]), "language": "en", "file": "nofile"}
    ids |= {"photo_id": "nophoto", "session_id": "nosession", "size": "640", "extension": "webp"}
    return world


async def a_clip(server: Server, show_id: str, by: Visitor) -> str:
    """A row without a recording behind it: who may do what with a clip does not depend on its pictures."""
    values = {
        "clip_id": "a-test-clip",
        "show_id": show_id,
        "by_id": by.account["id"],
        "title": "Coat",
        "state": "failed",
    }
    async with server.services.database.writing() as connection:
        await connection.execute(sa.insert(clips).values(**values, starts_ms=0, ends_ms=5000, created_at=0))
    return "a-test-clip"


async def a_show(host: Visitor) -> str:
    body = {"title": "Show", "description": "", "starts_at": int(time.time() * 1000) + 3_600_000}
    reply = await host.post("/api/shows", body)
    assert reply.status == 201, reply.body
    return str(reply.json["show_id"])


async def a_listing(seller: Visitor) -> str:
    body = {"title": "Coat", "story": "", "brand": "", "size": "M", "category": "outerwear", "condition": "good"}
    reply = await seller.post(
        "/api/listings", {**body, "price": 4800, "currency": "USD", "quantity": 1, "featuring_allowed": True}
    )
    assert reply.status == 201, reply.body
    return str(reply.json["listing_id"])


async def a_hold(buyer: Visitor, listing_id: str) -> str:
    reply = await buyer.post(
        "/api/holds", {"listing_id": listing_id, "show_id": None}, headers={"Idempotency-Key": listing_id}
    )
    assert reply.status == 201, reply.body
    return str(reply.json["hold_id"])


def test_the_table_has_every_route() -> None:
    routes = {(route.method, route.path) for route in all_routes()}
    media_extensions = {
        route for route in routes if route[1].startswith(("/whip/", "/whep/")) and route not in TABLE
    }  # per-session resources of WHEP: their unguessable address is the key; tests/web/test_whep.py
    assert routes - media_extensions - set(TABLE) == set(), "add these to the table"
    assert set(TABLE) - routes == set(), "these are gone"


@pytest.mark.timeout(180)
async def test_every_route_by_every_role(server: Server) -> None:
    world = await make_world(server)
    wrong = []
    for (method, path), allowed in TABLE.items():  # the refused first: they must change nothing for the others
        for role in ROLES:
            if role in allowed:
                continue
            reply = await world.call(role, method, path)
            expected = {401} if role == "anonymous" or path.startswith("/whip") else {403}
            if reply.status not in expected:
                wrong.append(f"{role}: {method} {path} -> {reply.status}, expected {expected}")
    order = [*TABLE]
    order.sort(key=lambda route: route == ("DELETE", "/api/session"))  # signing out comes last
    for method, path in order:
        for role in sorted(TABLE[method, path]):
            reply = await world.call(role, method, path)
            if reply.status in DENIED or reply.status >= 500:
                wrong.append(f"{role}: {method} {path} -> {reply.status} {reply.body[:200]!r}, expected to get in")
    assert wrong == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", SHOW),
        ("PATCH", SHOW),
        ("GET", SHOW + "/studio"),
        ("GET", LISTING),
        ("PATCH", LISTING),
        ("DELETE", "/api/holds/{hold_id}"),
        ("GET", "/api/orders/{order_id}"),
        ("PATCH", "/api/parcels/{parcel_id}"),
        ("GET", CLOSET),
        ("GET", SHOW + "/sanctions"),
    ],
)
async def test_what_does_not_exist_is_404_for_whoever_is_signed_in(server: Server, method: str, path: str) -> None:
    ana = await server.sign_up("Ana")
    reply = await ana.request(method, re.sub(r"{\w+}", "nosuchthing", path), json={} if method == "PATCH" else None)
    assert reply.status == 404, reply.body
