"""Who may call what: one policy per route, decided here and nowhere else."""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from web.errors import Forbidden, NotFound, SignedOut
from web.origin import is_secure
from web.services import Services
from web.settings import Settings

COOKIE = "closetcast"
SECURE_COOKIE = "__Host-closetcast"  # RFC 6265bis: only over TLS, only this host, path /


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls. ``token`` is the session token, or the Bearer token on media routes."""

    account_id: str | None = None
    token: str | None = None


class Access(enum.Enum):
    ANYONE = "anyone"
    SIGNED_IN = "signed in"
    SHOW_HOST = "host of the show"
    SHOW_MODERATOR = "moderator or host of the show"
    LISTING_OWNER = "seller of the listing"
    ORDER_BUYER = "buyer of the order"
    PARCEL_SELLER = "seller of the parcel"
    PARCEL_BUYER = "buyer of the parcel"
    PARCEL_PARTY = "seller or buyer of the parcel"
    HOLD_BUYER = "buyer of the hold"
    PAYMENT_BUYER = "buyer of the payment"
    OFFER_PARTY = "buyer or seller of the offer"
    SHOW_CLIPPER = "host or moderator of the show, or a seller with a listing in its lineup"
    SHOW_CAPTIONER = "host or moderator of the show, or bearer of its stream key"
    CLIP_OWNER = "who cut the clip, or host of its show"
    STREAM_KEY = "bearer of the show's stream key"
    MEDIA_SESSION = "owner of the media session"


def session_token(request: web.Request, settings: Settings) -> str | None:
    """The cookie that fits how the browser reached us: over TLS the plain name counts for nothing, because a neighbouring
    host name or a forger on plain http could have planted it (RFC 6265bis section 4.1.3.2)."""
    return request.cookies.get(SECURE_COOKIE if is_secure(request, settings) else COOKIE)


def bearer_token(request: web.Request) -> str | None:
    """RFC 6750 section 2.1."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


async def identify(request: web.Request, services: Services) -> Caller:
    """The signed-in account of a request, if any."""
    token = session_token(request, services.settings)
    if token is None:
        return Caller()
    return Caller(await services.hosts.sessions.account_of(token), token)


def _signed_in(caller: Caller) -> str:
    if caller.account_id is None:
        raise SignedOut("Please sign in first.")
    return caller.account_id


async def _anyone(request: web.Request, services: Services, caller: Caller) -> None:
    return None


async def _any_account(request: web.Request, services: Services, caller: Caller) -> None:
    _signed_in(caller)


async def _show_host(request: web.Request, services: Services, caller: Caller) -> None:
    if await services.shows.role(request.match_info["show_id"], _signed_in(caller)) != "host":
        raise Forbidden("Only the show's host can do this.")


async def _show_moderator(request: web.Request, services: Services, caller: Caller) -> None:
    if await services.shows.role(request.match_info["show_id"], _signed_in(caller)) is None:
        raise Forbidden("Only the show's host and moderators can do this.")


async def _listing_owner(request: web.Request, services: Services, caller: Caller) -> None:
    account_id = _signed_in(caller)
    if await services.hosts.listings.owner(request.match_info["listing_id"]) != account_id:
        raise Forbidden("This listing belongs to another closet.")


async def _order_buyer(request: web.Request, services: Services, caller: Caller) -> None:
    account_id = _signed_in(caller)
    if await services.cart.orders.buyer(request.match_info["order_id"]) != account_id:
        raise Forbidden("This order belongs to somebody else.")


async def _parcel_seller(request: web.Request, services: Services, caller: Caller) -> None:
    account_id = _signed_in(caller)
    if await services.cart.orders.parcel_seller(request.match_info["parcel_id"]) != account_id:
        raise Forbidden("Another seller ships this parcel.")


async def _parcel_buyer(request: web.Request, services: Services, caller: Caller) -> None:
    account_id = _signed_in(caller)
    if await services.cart.orders.parcel_buyer(request.match_info["parcel_id"]) != account_id:
        raise Forbidden("This parcel goes to somebody else.")


async def _parcel_party(request: web.Request, services: Services, caller: Caller) -> None:
    account_id, parcel_id = _signed_in(caller), request.match_info["parcel_id"]
    if await services.cart.orders.parcel_seller(parcel_id) != account_id:
        await _parcel_buyer(request, services, caller)


async def _hold_buyer(request: web.Request, services: Services, caller: Caller) -> None:
    account_id = _signed_in(caller)
    if await services.cart.holds.buyer(request.match_info["hold_id"]) != account_id:
        raise Forbidden("This hold belongs to somebody else.")


async def _payment_buyer(request: web.Request, services: Services, caller: Caller) -> None:
    account_id = _signed_in(caller)
    if await services.cart.confirmations.buyer(request.match_info["payment_id"]) != account_id:
        raise Forbidden("This payment belongs to somebody else.")


async def _offer_party(request: web.Request, services: Services, caller: Caller) -> None:
    account_id = _signed_in(caller)
    if account_id not in await services.cart.offers.parties(request.match_info["offer_id"]):
        raise Forbidden("This offer is between others.")


async def _stream_key(request: web.Request, services: Services, caller: Caller) -> None:
    token = bearer_token(request)
    if token is None:
        error = SignedOut("Send the show's stream key as a Bearer token.", code="stream_key_missing")
        error.headers["WWW-Authenticate"] = 'Bearer realm="closetcast"'
        raise error
    if not await services.shows.check_stream_key(request.match_info["show_id"], token):
        forbidden = Forbidden("This stream key does not open this show.", code="stream_key_wrong")
        forbidden.headers["WWW-Authenticate"] = 'Bearer realm="closetcast", error="invalid_token"'
        raise forbidden


async def _show_clipper(request: web.Request, services: Services, caller: Caller) -> None:
    account_id, show_id = _signed_in(caller), request.match_info["show_id"]
    if await services.shows.role(show_id, account_id) is not None:
        return
    lineup = (await services.rooms.snapshot(show_id))["lineup"]
    if all(item["seller"]["id"] != account_id for item in lineup):
        raise Forbidden("Only the host, moderators and sellers whose pieces are in this show can cut clips of it.")


async def _show_captioner(request: web.Request, services: Services, caller: Caller) -> None:
    if bearer_token(request) is not None:
        await _stream_key(request, services, caller)
    else:
        await _show_moderator(request, services, caller)


async def _clip_owner(request: web.Request, services: Services, caller: Caller) -> None:
    account_id = _signed_in(caller)
    clip = await services.clips.get(request.match_info["clip_id"])
    if clip.by_id != account_id and await services.shows.role(clip.show_id, account_id) != "host":
        raise Forbidden("Only who cut this clip and the show's host can do this.")


async def _media_session(request: web.Request, services: Services, caller: Caller) -> None:
    """A viewer's session is opened by its unguessable id (WHEP); a host's needs the stream key too."""
    show_id = request.match_info["show_id"]
    owner = services.engine.owner(request.match_info["session_id"])
    role = "publish" if request.path.startswith("/whip/") else "watch"
    if role == "publish":
        await _stream_key(request, services, caller)
    if owner is None or owner != (show_id, role):
        raise NotFound("This media session has ended.")


POLICIES: dict[Access, Callable[[web.Request, Services, Caller], Awaitable[None]]] = {
    Access.ANYONE: _anyone,
    Access.SIGNED_IN: _any_account,
    Access.SHOW_HOST: _show_host,
    Access.SHOW_MODERATOR: _show_moderator,
    Access.LISTING_OWNER: _listing_owner,
    Access.ORDER_BUYER: _order_buyer,
    Access.PARCEL_SELLER: _parcel_seller,
    Access.PARCEL_BUYER: _parcel_buyer,
    Access.PARCEL_PARTY: _parcel_party,
    Access.HOLD_BUYER: _hold_buyer,
    Access.PAYMENT_BUYER: _payment_buyer,
    Access.OFFER_PARTY: _offer_party,
    Access.SHOW_CLIPPER: _show_clipper,
    Access.SHOW_CAPTIONER: _show_captioner,
    Access.CLIP_OWNER: _clip_owner,
    Access.STREAM_KEY: _stream_key,
    Access.MEDIA_SESSION: _media_session,
}


async def admit(access: Access, request: web.Request, services: Services) -> Caller:
    """Let the request in or raise: SignedOut (401), Forbidden (403), a package's NotFound (404)."""
    caller = await identify(request, services)
    await POLICIES[access](request, services, caller)
    return caller
