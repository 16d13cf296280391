"""Signing up, in and out, and the person's own account."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web

from hosts.accounts import Account, AccountChanges, NewAccount, SignedIn
from hosts.sessions import LASTS
from web.access import COOKIE, SECURE_COOKIE, Access
from web.origin import SETTINGS, client_address, is_secure
from web.routes.photos import read_picture
from web.routing import Call, Route


class Credentials(msgspec.Struct):
    email: str
    password: str


class NewPassword(msgspec.Struct):
    current: str
    new: str


class Me(msgspec.Struct):
    """``account`` is null for somebody who is not signed in."""

    account: Account | None


async def sign_up(call: Call[NewAccount]) -> web.Response:
    """Make an account and sign it in."""
    signed_in = await call.services.hosts.accounts.sign_up(call.body, _address(call), call.caller.token)
    return _with_cookie(call, signed_in, 201)


async def sign_in(call: Call[Credentials]) -> web.Response:
    """Sign in with email and password."""
    signed_in = await call.services.hosts.accounts.sign_in(
        call.body.email, call.body.password, _address(call), call.caller.token
    )
    return _with_cookie(call, signed_in, 200)


async def sign_out(call: Call[None]) -> web.Response:
    """End this session."""
    if call.caller.token is not None:
        await call.services.hosts.sessions.end(call.caller.token)
    response = web.Response(status=204)
    # Both names: the server may have been reached with and without TLS.
    response.del_cookie(COOKIE, path="/", httponly=True, samesite="Lax")
    if is_secure(call.request, call.request.app[SETTINGS]):
        response.del_cookie(SECURE_COOKIE, path="/", secure=True, httponly=True, samesite="Lax")
    return response


async def me(call: Call[None]) -> Me:
    """Who is signed in."""
    return Me(None if call.viewer_id is None else await call.services.hosts.accounts.view(call.viewer_id))


async def change_me(call: Call[AccountChanges]) -> Account:
    """Change name, bio, handle, or whether others may feature what hangs in the closet."""
    account = await call.services.hosts.accounts.change(call.account_id, call.body)
    if call.body.featuring_allowed is not msgspec.UNSET:
        await call.services.cart.closet_changed(call.account_id)
    return account


async def set_avatar(call: Call[None]) -> Account:
    """Send the bytes of a JPEG, PNG or WebP picture; it is cut to a square."""
    return await call.services.hosts.accounts.set_avatar(call.account_id, await read_picture(call))


async def remove_avatar(call: Call[None]) -> Account:
    """Show no picture any more."""
    return await call.services.hosts.accounts.remove_avatar(call.account_id)


async def change_password(call: Call[NewPassword]) -> web.Response:
    """Set a new password; every other session of the account ends."""
    signed_in = await call.services.hosts.accounts.change_password(
        call.account_id, call.body.current, call.body.new, _address(call)
    )
    return _with_cookie(call, signed_in, 200)


def _address(call: Call[Any]) -> str:
    return client_address(call.request, call.request.app[SETTINGS])


def _with_cookie(call: Call[Any], signed_in: SignedIn, status: int) -> web.Response:
    """The account, and its token where scripts cannot read it. RFC 6265bis section 4.1.3.2 for the __Host- prefix."""
    secure = is_secure(call.request, call.request.app[SETTINGS])
    response = web.Response(status=status, body=msgspec.json.encode(signed_in.account), content_type="application/json")
    response.set_cookie(
        SECURE_COOKIE if secure else COOKIE,
        signed_in.token,
        max_age=LASTS,
        path="/",
        secure=secure,
        httponly=True,
        samesite="Lax",
    )
    return response


ROUTES = (
    Route("POST", "/api/accounts", sign_up, Access.ANYONE, body=NewAccount, returns=Account, status=201),
    Route("POST", "/api/session", sign_in, Access.ANYONE, body=Credentials, returns=Account),
    Route("DELETE", "/api/session", sign_out, Access.ANYONE),
    Route("GET", "/api/me", me, Access.ANYONE, returns=Me),
    Route("PATCH", "/api/me", change_me, Access.SIGNED_IN, body=AccountChanges, returns=Account),
    Route("PUT", "/api/me/avatar", set_avatar, Access.SIGNED_IN, returns=Account),
    Route("DELETE", "/api/me/avatar", remove_avatar, Access.SIGNED_IN, returns=Account),
    Route("POST", "/api/me/password", change_password, Access.SIGNED_IN, body=NewPassword, returns=Account),
)
