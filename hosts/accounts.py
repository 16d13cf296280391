"""Signing up, signing in, and what people may change about themselves."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from hosts import account_store, fields, session_store
from hosts.account_store import AccountRow
from hosts.database import Database
from hosts.errors import AccountNotFound, WrongCredentials
from hosts.passwords import Passwords
from hosts.picture_urls import avatar_url
from hosts.pictures import Pictures
from hosts.sessions import Sessions
from hosts.tries import Tries


class NewAccount(msgspec.Struct, frozen=True):
    email: str
    password: str
    handle: str
    name: str


class AccountChanges(msgspec.Struct, frozen=True):
    """Only what is named changes."""

    name: str | UnsetType = UNSET
    bio: str | UnsetType = UNSET
    handle: str | UnsetType = UNSET
    featuring_allowed: bool | UnsetType = UNSET


class Account(msgspec.Struct, frozen=True):
    """An account as its own person sees it. ``avatar`` is a path on this server."""

    id: str
    handle: str
    name: str
    email: str
    bio: str
    avatar: str | None
    featuring_allowed: bool
    created_at: int


@dataclass(frozen=True, slots=True)
class SignedIn:
    account: Account
    token: str  # for the cookie, shown to nobody else


CHECKS: dict[str, Callable[[Any], Any]] = {
    "name": fields.name,
    "bio": fields.bio,
    "handle": fields.handle,
    "featuring_allowed": bool,
}


class Accounts:
    def __init__(
        self, database: Database, sessions: Sessions, passwords: Passwords, tries: Tries, pictures: Pictures
    ) -> None:
        self._database = database
        self._sessions = sessions
        self._passwords = passwords
        self._tries = tries
        self._pictures = pictures

    async def sign_up(self, new: NewAccount, address: str, before: str | None = None) -> SignedIn:
        """Make an account and sign it in. ``address`` is the network address that asks, ``before`` its token so far.

        Raises: InvalidField, EmailTaken, HandleTaken, TooManyTries, Busy.
        """
        email, password = fields.email(new.email), fields.password(new.password)
        values = {
            "account_id": secrets.token_urlsafe(12),
            "email": email,
            "email_key": fields.email_key(email),
            "handle": fields.handle(new.handle),
            "name": fields.name(new.name),
        }
        self._tries.sign_up(address)
        async with self._database.reading() as connection:  # before the expensive hash
            await account_store.refuse_taken(connection, values["account_id"], values["email_key"], values["handle"])
        password_hash = await self._passwords.hash(password)
        replaced = await self._account_of(before)
        async with self._database.writing() as connection:
            await account_store.add(connection, {**values, "password_hash": password_hash})
            token = await self._sessions.open_in(connection, values["account_id"], before)
            row = await account_store.by_id(connection, values["account_id"])
        await self._tell_replaced(replaced)
        return SignedIn(_view(row), token)

    async def sign_in(self, email: str, password: str, address: str, before: str | None = None) -> SignedIn:
        """Raises: WrongCredentials, TooManyTries, Busy."""
        email_key = fields.email_key(email)
        self._tries.log_in(email_key, address)
        row = None
        if "\0" not in email_key:
            async with self._database.reading() as connection:
                row = await account_store.by_email(connection, email_key)
        if not await self._right(row, password) or row is None:
            raise WrongCredentials("Email and password do not match. Check both and try again.")
        self._tries.logged_in(email_key)
        fresh = await self._passwords.hash(password) if self._passwords.is_outdated(row.password_hash) else None
        replaced = await self._account_of(before)
        async with self._database.writing() as connection:
            now = await account_store.by_id(connection, row.account_id, lock=True)
            if now is None or now.password_hash != row.password_hash:  # changed while this one was verified
                raise WrongCredentials("The password has just been changed. Sign in with the new one.")
            if fresh is not None:
                await account_store.change(connection, row.account_id, {"password_hash": fresh})
            token = await self._sessions.open_in(connection, row.account_id, before)
        await self._tell_replaced(replaced)
        return SignedIn(_view(now), token)

    async def view(self, account_id: str) -> Account:
        """Raises: AccountNotFound."""
        async with self._database.reading() as connection:
            return _view(await account_store.by_id(connection, account_id))

    async def change(self, account_id: str, changes: AccountChanges) -> Account:
        """Raises: InvalidField, HandleTaken."""
        values = {
            field: CHECKS[field](value)
            for field, value in msgspec.structs.asdict(changes).items()
            if value is not UNSET
        }
        async with self._database.writing() as connection:
            await account_store.change(connection, account_id, values)
            return _view(await account_store.by_id(connection, account_id))

    async def change_password(self, account_id: str, current: str, new: str, address: str) -> SignedIn:
        """Ends every session of the account and opens a new one.

        Raises: InvalidField, WrongCredentials, TooManyTries, Busy.
        """
        new = fields.password(new)
        async with self._database.reading() as connection:
            row = await account_store.by_id(connection, account_id)
        if row is None:
            raise AccountNotFound("This account does not exist any more.")
        self._tries.log_in(row.email_key, address)
        if not await self._right(row, current):
            raise WrongCredentials("The current password is not right.")
        self._tries.logged_in(row.email_key)
        password_hash = await self._passwords.hash(new)
        async with self._database.writing() as connection:
            now = await account_store.by_id(connection, account_id, lock=True)
            if now is None or now.password_hash != row.password_hash:
                raise WrongCredentials("The password has just been changed elsewhere.")
            await account_store.change(connection, account_id, {"password_hash": password_hash})
            await session_store.end_all(connection, account_id)
            token = await self._sessions.open_in(connection, account_id)
        await self._sessions.tell_signed_out(account_id)
        return SignedIn(_view(now), token)

    async def set_avatar(self, account_id: str, data: bytes) -> Account:
        """Raises: InvalidPhoto, Busy."""
        async with self._pictures.adding_avatar(data) as picture_id:
            return await self._replace_avatar(account_id, picture_id)

    async def remove_avatar(self, account_id: str) -> Account:
        return await self._replace_avatar(account_id, None)

    async def _replace_avatar(self, account_id: str, picture_id: str | None) -> Account:
        async with self._database.writing() as connection:
            before = await account_store.by_id(connection, account_id, lock=True)
            await account_store.change(connection, account_id, {"avatar": picture_id})
            after = await account_store.by_id(connection, account_id)
        if before is not None and before.avatar is not None:
            await self._pictures.remove(before.avatar)
        return _view(after)

    async def _account_of(self, token: str | None) -> str | None:
        return None if token is None else await self._sessions.account_of(token)

    async def _tell_replaced(self, account_id: str | None) -> None:
        """Another tab may still be open by the session that this sign-in has ended."""
        if account_id is not None:
            await self._sessions.tell_signed_out(account_id)

    async def _right(self, row: AccountRow | None, password: str) -> bool:
        if len(password) > fields.PASSWORD_MOST or any("\ud800" <= char <= "\udfff" for char in password):
            password = ""  # verified all the same: the answer takes as long and is no
        return await self._passwords.verify(None if row is None else row.password_hash, password)


def _view(row: AccountRow | None) -> Account:
    if row is None:
        raise AccountNotFound("This account does not exist any more.")
    return Account(
        id=row.account_id,
        handle=row.handle,
        name=row.name,
        email=row.email,
        bio=row.bio,
        avatar=avatar_url(row.avatar),
        featuring_allowed=row.featuring_allowed,
        created_at=row.created_at,
    )
