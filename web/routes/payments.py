"""Saved cards, and what the payment provider tells on its own."""

from __future__ import annotations

import msgspec
from aiohttp import web

from cart.checkout import CardInput
from cart.confirmations import Confirmation, Confirmed
from cart.payment_methods import CardSetup, PaymentMethods
from web.access import Access
from web.body import read_body
from web.errors import BadRequest
from web.routing import Call, Route

MAX_EVENT = 256 * 1024  # bytes: a provider's event with a long list of changes in it is a tenth of that
EVENT_SECONDS = 10.0


class GoOn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``confirmed``: the buyer's answer, only for the test provider's bank; null: just look how it stands."""

    confirmed: bool | None = None


class OpenConfirmations(msgspec.Struct, frozen=True):
    items: list[Confirmation]


async def methods(call: Call[object]) -> PaymentMethods:
    """One's saved cards, the one that one tap pays with first, and how this shop takes cards."""
    return await call.services.cart.methods.view(call.account_id)


async def add(call: Call[CardInput]) -> PaymentMethods:
    """Save a typed card; 402 when the bank declines it. Only where cards are typed on the shop's own pages."""
    await call.services.cart.save_card(call.account_id, call.body)
    return await methods(call)


async def begin_setup(call: Call[None]) -> CardSetup:
    """Begin to save a card on the provider's own form."""
    return await call.services.cart.methods.begin_setup(call.account_id)


async def finish_setup(call: Call[None]) -> PaymentMethods:
    """Keep the card that was saved on the provider's form."""
    await call.services.cart.methods.finish_setup(call.account_id, call.path["setup_id"])
    return await methods(call)


async def choose(call: Call[None]) -> PaymentMethods:
    """One tap pays with this card from now on."""
    await call.services.cart.methods.choose(call.account_id, call.path["method_id"])
    return await methods(call)


async def remove(call: Call[None]) -> PaymentMethods:
    """Forget a saved card, here and at the provider."""
    await call.services.cart.methods.remove(call.account_id, call.path["method_id"])
    return await methods(call)


async def open_confirmations(call: Call[None]) -> OpenConfirmations:
    """One's payments that the bank wants confirmed first."""
    return OpenConfirmations(await call.services.cart.confirmations.open(call.account_id))


async def go_on(call: Call[GoOn]) -> Confirmed:
    """After the bank's question: the order; 402 while it is open (``confirmation_needed``) or when the bank said no."""
    return await call.services.cart.confirmations.go_on(call.path["payment_id"], call.body.confirmed)


async def webhook(call: Call[None]) -> web.Response:
    """For the payment provider alone: the signature over the raw body says that it is it."""
    too_large = BadRequest("The event is too large.", status=413)
    body = await read_body(call.request, MAX_EVENT, EVENT_SECONDS, too_large)
    await call.services.cart.provider_events.read(body, call.request.headers)
    return web.Response(body=msgspec.json.encode({"taken": True}), content_type="application/json")


METHODS = "/api/me/payment-methods"
ROUTES = (
    Route("GET", METHODS, methods, Access.SIGNED_IN, returns=PaymentMethods),
    Route("POST", METHODS, add, Access.SIGNED_IN, body=CardInput, returns=PaymentMethods, status=201),
    Route("POST", METHODS + "/setups", begin_setup, Access.SIGNED_IN, returns=CardSetup, status=201),
    Route("POST", METHODS + "/setups/{setup_id}", finish_setup, Access.SIGNED_IN, returns=PaymentMethods),
    Route("PUT", METHODS + "/{method_id}/main", choose, Access.SIGNED_IN, returns=PaymentMethods),
    Route("DELETE", METHODS + "/{method_id}", remove, Access.SIGNED_IN, returns=PaymentMethods),
    Route("GET", "/api/me/confirmations", open_confirmations, Access.SIGNED_IN, returns=OpenConfirmations),
    Route(
        "POST",
        "/api/payments/{payment_id}/confirmation",
        go_on,
        Access.PAYMENT_BUYER,
        body=GoOn,
        returns=Confirmed,
    ),
    Route("POST", "/api/payments/events", webhook, Access.ANYONE),
)
