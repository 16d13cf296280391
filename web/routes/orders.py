"""What was bought, what is to be shipped, and what featuring others brought."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web

from cart.orders import PAGE
from cart.paging import Page
from cart.parcel_states import Move
from cart.views import CuratedSale, Order, Parcel, Suggestions
from web.access import Access
from web.routing import Call, Route


class MoveParcel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    state: Move
    tracking: str | None = None


class Cancel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``restock``: the pieces are on sale again."""

    reason: str = ""
    restock: bool = True


class GiveBack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    amount: int
    reason: str = ""


class Note(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    text: str


class OfferPieces(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    text: str
    listing_ids: list[str]


class Rate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rating: int
    review: str = ""


def _page(call: Call[Any]) -> tuple[str | None, int]:
    return call.query.get("after"), call.query_int("limit", PAGE, 1, 100) or PAGE


async def bought(call: Call[None]) -> Page[Order]:
    """One's orders, newest first."""
    return await call.services.cart.orders.bought(call.account_id, *_page(call))


async def order(call: Call[None]) -> Order:
    """One order."""
    return await call.services.cart.orders.get(call.path["order_id"])


async def parcels(call: Call[None]) -> Page[Parcel]:
    """The parcels one has to ship or has shipped, newest first."""
    return await call.services.cart.orders.to_ship(call.account_id, *_page(call))


async def move_parcel(call: Call[MoveParcel]) -> Parcel:
    """to_ship -> shipped (with a tracking number) -> delivered; 409 for another step."""
    return await call.services.cart.orders.move_parcel(call.path["parcel_id"], call.body.state, call.body.tracking)


async def parcel(call: Call[None]) -> Parcel:
    """One parcel, for who sends it and who gets it."""
    return await call.services.cart.orders.parcel(call.path["parcel_id"])


async def slip(call: Call[None]) -> web.Response:
    """The packing slip of all that travels with the parcel, as PDF."""
    data = await call.services.cart.packing_slip(call.path["parcel_id"])
    name = f'inline; filename="packing-slip-{call.path["parcel_id"]}.pdf"'
    return web.Response(
        body=data,
        content_type="application/pdf",
        headers={"Content-Disposition": name, "Cache-Control": "private, no-store"},
    )


async def cancel(call: Call[Cancel]) -> Parcel:
    """Before it is shipped: everything is paid back; 409 when it is on its way."""
    return await call.services.cart.refunds.cancel(
        call.path["parcel_id"], call.account_id, call.body.reason, restock=call.body.restock
    )


async def give_back(call: Call[GiveBack]) -> Parcel:
    """Refund a part of what was paid for the parcel, or all of it."""
    return await call.services.cart.refunds.give(
        call.path["parcel_id"], call.account_id, call.idempotency_key, call.body.amount, call.body.reason
    )


async def thank(call: Call[Note]) -> Parcel:
    """The seller's note: on the packing slip, and for the buyer to read."""
    return await call.services.cart.after_sale.thank(call.path["parcel_id"], call.body.text)


async def offer(call: Call[OfferPieces]) -> Parcel:
    """Suggest pieces that would travel in the same parcel; the buyer is told."""
    return await call.services.cart.after_sale.offer(call.path["parcel_id"], call.body.text, call.body.listing_ids)


async def suggestions(call: Call[None]) -> Suggestions:
    """What goes with a parcel that is still open, and what each piece would add."""
    return await call.services.cart.after_sale.suggestions(call.path["parcel_id"], call.account_id)


async def received(call: Call[None]) -> Parcel:
    """The buyer has it."""
    return await call.services.cart.after_sale.received(call.path["parcel_id"])


async def rate(call: Call[Rate]) -> Parcel:
    """One to five stars, with words if wanted."""
    return await call.services.cart.after_sale.rate(call.path["parcel_id"], call.body.rating, call.body.review)


async def curation(call: Call[None]) -> Page[CuratedSale]:
    """Other sellers' pieces that one's featuring has sold, with the credit for each."""
    return await call.services.cart.orders.curation(call.account_id, *_page(call))


PARCEL = "/api/parcels/{parcel_id}"
ROUTES = (
    Route("GET", "/api/orders", bought, Access.SIGNED_IN, returns=Page[Order]),
    Route("GET", "/api/orders/{order_id}", order, Access.ORDER_BUYER, returns=Order),
    Route("GET", "/api/parcels", parcels, Access.SIGNED_IN, returns=Page[Parcel]),
    Route("PATCH", "/api/parcels/{parcel_id}", move_parcel, Access.PARCEL_SELLER, body=MoveParcel, returns=Parcel),
    Route("GET", PARCEL, parcel, Access.PARCEL_PARTY, returns=Parcel),
    Route("GET", PARCEL + "/slip.pdf", slip, Access.PARCEL_SELLER),
    Route("POST", PARCEL + "/cancel", cancel, Access.PARCEL_PARTY, body=Cancel, returns=Parcel),
    Route("POST", PARCEL + "/refunds", give_back, Access.PARCEL_SELLER, body=GiveBack, returns=Parcel, status=201),
    Route("PUT", PARCEL + "/thanks", thank, Access.PARCEL_SELLER, body=Note, returns=Parcel),
    Route("PUT", PARCEL + "/offer", offer, Access.PARCEL_SELLER, body=OfferPieces, returns=Parcel),
    Route("GET", PARCEL + "/suggestions", suggestions, Access.PARCEL_BUYER, returns=Suggestions),
    Route("POST", PARCEL + "/received", received, Access.PARCEL_BUYER, returns=Parcel),
    Route("PUT", PARCEL + "/rating", rate, Access.PARCEL_BUYER, body=Rate, returns=Parcel),
    Route("GET", "/api/me/curation", curation, Access.SIGNED_IN, returns=Page[CuratedSale]),
)
