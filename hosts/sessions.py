"""Who is signed in: opaque tokens of 256 random bits, of which only a hash is stored (OWASP ASVS 5, chapter 7).

A token lasts thirty days. A new one is made at each login and each change of the password, the one before ends.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Awaitable, Callable

from sqlalchemy.ext.asyncio import AsyncConnection

from hosts import session_store
from hosts.database import Database
from hosts.session_lookups import SessionLookups

logger = logging.getLogger(__name__)

LASTS = 30 * 24 * 3600  # seconds
TOKEN_BYTES = 32
TOKEN_MOST = 128  # characters of a token that is looked at; ours have 43
PER_ACCOUNT = 50  # the oldest beyond it end: nobody has more browsers

SignedOut = Callable[[str], Awaitable[None]]  # the account's id


class Sessions:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._lookups = SessionLookups(database)
        self._callbacks: list[SignedOut] = []

    def on_signed_out(self, callback: SignedOut) -> None:
        """``callback(account_id)`` is awaited after a session of this account has ended: check which sockets may stay."""
        self._callbacks.append(callback)

    async def account_of(self, token: str) -> str | None:
        """The account that is signed in with this token, or None."""
        if not 0 < len(token) <= TOKEN_MOST:
            return None
        return await self._lookups.account_of(hashed(token))

    async def open_in(self, connection: AsyncConnection, account_id: str, before: str | None = None) -> str:
        """A new token, in the caller's transaction; the session of the token ``before`` ends."""
        if before is not None:
            await session_store.end(connection, hashed(before))
        token = secrets.token_urlsafe(TOKEN_BYTES)
        await session_store.add(connection, hashed(token), account_id, LASTS * 1000)
        await session_store.tidy(connection, account_id, PER_ACCOUNT)
        return token

    async def end(self, token: str) -> None:
        """Sign out. A token of nobody is fine."""
        async with self._database.writing() as connection:
            account_id = await session_store.end(connection, hashed(token))
        if account_id is not None:
            await self.tell_signed_out(account_id)

    async def tell_signed_out(self, account_id: str) -> None:
        """Call the hooks; after the commit. One that fails does not keep the others from being called."""
        for callback in self._callbacks:
            try:
                await callback(account_id)
            except Exception:
                logger.exception("a hook of signing out failed")


def hashed(token: str) -> str:
    """A plain hash is enough: 256 random bits cannot be guessed, so nothing has to be slow."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
