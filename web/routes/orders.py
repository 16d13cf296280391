"""What was bought, what is to be shipped, and what featuring others brought."""

from __future__ import annotations

from typing import Any

import msgspec

from cart.orders import PAGE
from cart.paging import Page
from cart.parcel_states import State
from cart.views import CuratedSale, Order, Parcel
from web.access import Access
from web.routing import Call, Route


class MoveParcel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    state: State
    tracking: str | None = None


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


async def curation(call: Call[None]) -> Page[CuratedSale]:
    """Other sellers' pieces that one's featuring has sold, with the credit for each."""
    return await call.services.cart.orders.curation(call.account_id, *_page(call))


ROUTES = (
    Route("GET", "/api/orders", bought, Access.SIGNED_IN, returns=Page[Order]),
    Route("GET", "/api/orders/{order_id}", order, Access.ORDER_BUYER, returns=Order),
    Route("GET", "/api/parcels", parcels, Access.SIGNED_IN, returns=Page[Parcel]),
    Route("PATCH", "/api/parcels/{parcel_id}", move_parcel, Access.PARCEL_SELLER, body=MoveParcel, returns=Parcel),
    Route("GET", "/api/me/curation", curation, Access.SIGNED_IN, returns=Page[CuratedSale]),
)
