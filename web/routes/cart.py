"""Hold, look into the bag, pay."""

from __future__ import annotations

import msgspec

from cart.address import Address, clean
from cart.checkout import CheckoutRequest
from cart.views import Bag, Hold, Order, ShippingQuote
from web.access import Access
from web.errors import BadRequest
from web.routing import Call, Route


class ClaimListing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``show_id``: the show in which the buyer tapped, if any. ``price``: what the page showed; a higher one is refused."""

    listing_id: str
    show_id: str | None = None
    price: int | None = None


class AddressView(msgspec.Struct, frozen=True):
    address: Address | None


class ShippingQuotes(msgspec.Struct, frozen=True):
    items: list[ShippingQuote]


QUOTED_MOST = 60


async def claim(call: Call[ClaimListing]) -> Hold:
    """Hold one piece for two minutes; 409 says why not and, where somebody else holds it, until when."""
    return await call.services.cart.holds.claim(
        call.account_id, call.body.listing_id, call.body.show_id, call.idempotency_key, call.body.price
    )


async def release(call: Call[None]) -> None:
    """Give a held piece back."""
    await call.services.cart.holds.release(call.path["hold_id"])


async def bag(call: Call[None]) -> Bag:
    """What one holds, as parcels per seller, with shipping and totals; with ``?hold=...`` as if only those were paid for."""
    return await call.services.cart.bag(call.account_id, call.request.query.getall("hold", []))


async def shipping(call: Call[None]) -> ShippingQuotes:
    """What each of up to 60 listings (``?listing=...&listing=...``) would add to what one has already: before the tap."""
    ids = call.request.query.getall("listing", [])
    if len(ids) > QUOTED_MOST:
        raise BadRequest(f"Ask for at most {QUOTED_MOST} listings at once.")
    return ShippingQuotes(await call.services.cart.shipping(call.viewer_id, ids))


async def checkout(call: Call[CheckoutRequest]) -> Order:
    """Pay for held pieces; 402 when the bank declines, 409 when a hold is over. Nothing is charged then."""
    return await call.services.cart.checkout.pay(call.account_id, call.idempotency_key, call.body)


async def address(call: Call[None]) -> AddressView:
    """The address saved for the next checkout."""
    return AddressView(await call.services.cart.orders.address(call.account_id))


async def save_address(call: Call[Address]) -> AddressView:
    """Save the address for the next checkout."""
    cleaned = clean(call.body)
    await call.services.cart.orders.save_address(call.account_id, cleaned)
    return AddressView(cleaned)


ROUTES = (
    Route("POST", "/api/holds", claim, Access.SIGNED_IN, body=ClaimListing, returns=Hold, status=201),
    Route("DELETE", "/api/holds/{hold_id}", release, Access.HOLD_BUYER, status=204),
    Route("GET", "/api/shipping", shipping, Access.ANYONE, returns=ShippingQuotes),
    Route("GET", "/api/cart", bag, Access.SIGNED_IN, returns=Bag),
    Route("POST", "/api/checkout", checkout, Access.SIGNED_IN, body=CheckoutRequest, returns=Order, status=201),
    Route("GET", "/api/me/address", address, Access.SIGNED_IN, returns=AddressView),
    Route("PUT", "/api/me/address", save_address, Access.SIGNED_IN, body=Address, returns=AddressView),
)
