"""A seller's side: terms, dashboard, statements; curation between sellers and hosts; what everybody may know of both."""

from __future__ import annotations

from typing import Literal

import msgspec
from aiohttp import web

from cart.curation import SHOWN
from cart.curation_views import CurationRequest, FeaturingShow, Standing
from cart.dashboard import Dashboard
from cart.paging import Page
from cart.payouts import Statement
from cart.seller_terms import SellerTerms
from web.access import Access
from web.errors import BadRequest
from web.routing import Call, Route

MOST_MINUTES = 14 * 60  # no clock is farther from UTC


class ShareWithHost(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``host``: a handle. ``show_id``: one of that host's shows, if one is meant."""

    host: str
    show_id: str | None = None
    note: str = ""


class AskSeller(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``show_id``: one of one's own shows, if one is meant."""

    show_id: str | None = None
    note: str = ""


class AnswerRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``show_id``: a host who accepts may say where it goes."""

    state: Literal["accepted", "declined", "withdrawn"]
    show_id: str | None = None


class ThankHost(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    text: str = ""


class CurationRequests(msgspec.Struct, frozen=True):
    items: list[CurationRequest]


class Statements(msgspec.Struct, frozen=True):
    items: list[Statement]


async def terms(call: Call[None]) -> SellerTerms:
    """How one sells: shipping by weight, bundle discount, a curator's share."""
    return await call.services.cart.seller_terms(call.account_id)


async def set_terms(call: Call[SellerTerms]) -> SellerTerms:
    """For what is tapped from now on."""
    return await call.services.cart.set_seller_terms(call.account_id, call.body)


async def closet_terms(call: Call[None]) -> SellerTerms:
    """How this closet sells, for buyers and hosts."""
    closet = await call.services.hosts.closets.view(call.path["handle"], None)
    return await call.services.cart.seller_terms(closet.person.id)


async def standing(call: Call[None]) -> Standing:
    """Ratings as a seller, counts and thanks as a curator, and whether the first sale ships free."""
    closet = await call.services.hosts.closets.view(call.path["handle"], None)
    return await call.services.cart.curation.standing(closet.person.id)


async def dashboard(call: Call[None]) -> Dashboard:
    """Today, the last four weeks, show by show, and the best moments. ``?offset``: minutes east of UTC of one's clock."""
    offset = call.query_int("offset", 0, -MOST_MINUTES, MOST_MINUTES)
    return await call.services.cart.dashboards.view(call.account_id, offset or 0)


async def statements(call: Call[None]) -> Statements:
    """What the books owe one, per month and currency."""
    return Statements(await call.services.cart.books.statements(call.account_id))


async def statement_csv(call: Call[None]) -> web.Response:
    """Every line of one month and currency."""
    month, currency = call.path["month"], call.path["currency"].upper()
    if len(currency) != 3 or not (currency.isascii() and currency.isalpha()):
        raise BadRequest("Give the currency as its three-letter code, like USD.")
    text = await call.services.cart.books.csv(call.account_id, month, currency)
    return web.Response(
        body=text.encode("utf-8-sig"),  # with the mark by which spreadsheets know UTF-8
        content_type="text/csv",
        charset="utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="closetcast-{month}-{currency}.csv"',
            "Cache-Control": "private, no-store",
        },
    )


async def share(call: Call[ShareWithHost]) -> CurationRequest:
    """Offer one's listing to a host."""
    closet = await call.services.hosts.closets.view(call.body.host, None)
    return await call.services.cart.curation.share(
        call.path["listing_id"], closet.person.id, call.body.show_id, call.body.note
    )


async def ask(call: Call[AskSeller]) -> CurationRequest:
    """As a host, ask a seller to let one feature a listing."""
    return await call.services.cart.curation.request(
        call.path["listing_id"], call.account_id, call.body.show_id, call.body.note
    )


async def requests(call: Call[None]) -> CurationRequests:
    """What one asked and was asked, what is open first."""
    return CurationRequests(await call.services.cart.curation.requests(call.account_id))


async def answer(call: Call[AnswerRequest]) -> CurationRequest:
    """Accept or decline what one was asked, or withdraw what one asked."""
    return await call.services.cart.curation.answer(
        call.path["request_id"], call.account_id, call.body.state, call.body.show_id
    )


async def features(call: Call[None]) -> Page[FeaturingShow]:
    """Which shows of others had one's pieces, and what that brought."""
    limit = call.query_int("limit", SHOWN, 1, 50) or SHOWN
    return await call.services.cart.curation.features(call.account_id, call.query.get("after"), limit)


async def thank(call: Call[ThankHost]) -> None:
    """Thank the host of a show that had one's pieces, in public."""
    await call.services.cart.curation.thank(call.account_id, call.path["show_id"], call.body.text)


LISTING = "/api/listings/{listing_id}"
ROUTES = (
    Route("GET", "/api/me/terms", terms, Access.SIGNED_IN, returns=SellerTerms),
    Route("PUT", "/api/me/terms", set_terms, Access.SIGNED_IN, body=SellerTerms, returns=SellerTerms),
    Route("GET", "/api/closets/{handle}/terms", closet_terms, Access.ANYONE, returns=SellerTerms),
    Route("GET", "/api/closets/{handle}/standing", standing, Access.ANYONE, returns=Standing),
    Route("GET", "/api/me/dashboard", dashboard, Access.SIGNED_IN, returns=Dashboard),
    Route("GET", "/api/me/statements", statements, Access.SIGNED_IN, returns=Statements),
    Route("GET", "/api/me/statements/{month}/{currency}.csv", statement_csv, Access.SIGNED_IN),
    Route(
        "POST",
        LISTING + "/shares",
        share,
        Access.LISTING_OWNER,
        body=ShareWithHost,
        returns=CurationRequest,
        status=201,
    ),
    Route("POST", LISTING + "/requests", ask, Access.SIGNED_IN, body=AskSeller, returns=CurationRequest, status=201),
    Route("GET", "/api/me/requests", requests, Access.SIGNED_IN, returns=CurationRequests),
    Route("PUT", "/api/requests/{request_id}", answer, Access.SIGNED_IN, body=AnswerRequest, returns=CurationRequest),
    Route("GET", "/api/me/features", features, Access.SIGNED_IN, returns=Page[FeaturingShow]),
    Route("PUT", "/api/shows/{show_id}/thanks", thank, Access.SIGNED_IN, body=ThankHost),
)
