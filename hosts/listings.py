"""Listings: what hangs in a closet, its photos, and who likes it."""

from __future__ import annotations

import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from hosts import likes_store, listing_store, notices
from hosts.card_store import card
from hosts.cards import ListingCard
from hosts.database import Database
from hosts.errors import ListingNotFound, PhotoNotFound, PhotosFull, QuantityInUse
from hosts.fields import is_id
from hosts.listing_rules import PHOTOS_MOST, ListingChanges, NewListing, checked
from hosts.listing_store import Offer
from hosts.picture_urls import LARGE, THUMB, picture_url
from hosts.pictures import Pictures
from hosts.words import filter_key, listing_words

logger = logging.getLogger(__name__)

AfterCommit = Callable[[], Awaitable[None]]
# Called inside the transaction that changes how a listing's card looks, with the listing locked: (connection, listing id).
# What it gives back, if anything, is awaited after the commit: there it may tell others.
CardChangedIn = Callable[[AsyncConnection, str], Awaitable[AfterCommit | None]]
# Called inside the transaction that removes a photo from its listing, which is locked: (connection, listing id, photo id).
# True: somebody still shows it, so its files stay.
PhotoKept = Callable[[AsyncConnection, str, str], Awaitable[bool]]


class Photo(msgspec.Struct, frozen=True):
    """Paths on this server: ``url`` 1,600 pixels, ``thumb`` 640."""

    photo_id: str
    url: str
    thumb: str


class Listing(ListingCard, frozen=True, kw_only=True):
    """A card and the rest. ``mine``: the one who looks sells it. ``weight`` in grams, 0: usual for its category."""

    story: str
    photos: list[Photo]
    created_at: int
    mine: bool
    withdrawn: bool
    weight: int


class Likes(msgspec.Struct, frozen=True):
    liked: bool
    likes: int


class Listings:
    def __init__(
        self,
        database: Database,
        pictures: Pictures,
        card_changed_in: list[CardChangedIn],
        photo_kept_in: list[PhotoKept],
    ) -> None:
        self._database = database
        self._pictures = pictures
        self._card_changed_in = card_changed_in
        self._photo_kept_in = photo_kept_in

    async def owner(self, listing_id: str) -> str:
        """The seller's account id. Raises: ListingNotFound."""
        async with self._database.reading() as connection:
            seller = await listing_store.seller_of(connection, listing_id) if is_id(listing_id) else None
        if seller is None:
            raise ListingNotFound(NO_LISTING)
        return seller

    async def view(self, listing_id: str, viewer: str | None) -> Listing:
        """A withdrawn listing too: it may be in somebody's bag or orders. Raises: ListingNotFound."""
        async with self._database.reading() as connection:
            return await _view(connection, listing_id, viewer)

    async def add(self, seller_id: str, new: NewListing) -> Listing:
        """Raises: InvalidField."""
        values = _with_keys(checked(new))
        words = listing_words(values[field] for field in ("title", "brand", "size", "category", "story"))
        listing_id = secrets.token_urlsafe(12)
        async with self._database.writing() as connection:
            await listing_store.add(connection, {"listing_id": listing_id, "seller_id": seller_id, **values}, words)
            return await _view(connection, listing_id, seller_id)

    async def update(self, listing_id: str, changes: ListingChanges) -> Listing:
        """Raises: InvalidField, QuantityInUse, ListingNotFound."""
        values = _with_keys(checked(changes))
        async with self._changing(listing_id) as (connection, told):
            if "quantity" in values:
                least = await listing_store.in_use(connection, listing_id)
                if values["quantity"] < least:
                    raise QuantityInUse(
                        f"{least} pieces are held or sold already: quantity must be at least {least}.", least=least
                    )
            if values:
                before = await listing_store.offer(connection, listing_id)
                await listing_store.change(connection, listing_id, values)
                await self._tell_drop(connection, listing_id, before)
                if not values.keys().isdisjoint(("title", "brand", "size", "category", "story")):
                    words = listing_words(await listing_store.texts(connection, listing_id))
                    await listing_store.replace_words(connection, listing_id, words)
                await self._card_changed(connection, listing_id, told)
            seller = await listing_store.seller_of(connection, listing_id)
            return await _view(connection, listing_id, seller)

    async def withdraw(self, listing_id: str) -> None:
        """Off sale; what is held may still be paid for. Again is fine. Raises: ListingNotFound."""
        async with self._changing(listing_id) as (connection, told):
            if await listing_store.withdraw(connection, listing_id):
                await self._card_changed(connection, listing_id, told)

    async def add_photo(self, listing_id: str, data: bytes) -> Photo:
        """Raises: InvalidPhoto, PhotosFull, ListingNotFound, Busy, OSError."""
        async with self._database.reading() as connection:  # before the expensive decoding
            _refuse_full(await listing_store.photo_ids(connection, listing_id))
        async with self._pictures.adding_photo(data) as photo_id, self._changing(listing_id) as (connection, told):
            _refuse_full(await listing_store.photo_ids(connection, listing_id))
            await listing_store.add_photo(connection, listing_id, photo_id)
            await self._card_changed(connection, listing_id, told)
        return _photo(photo_id)

    async def remove_photo(self, listing_id: str, photo_id: str) -> None:
        """Orders that show it keep its files. Raises: PhotoNotFound, ListingNotFound."""
        async with self._changing(listing_id) as (connection, told):
            if not is_id(photo_id) or not await listing_store.remove_photo(connection, listing_id, photo_id):
                raise PhotoNotFound("This listing has no such photo.")
            await self._card_changed(connection, listing_id, told)
            kept = [await hook(connection, listing_id, photo_id) for hook in self._photo_kept_in]
        if not any(kept):
            await self._pictures.remove(photo_id)

    async def like(self, listing_id: str, account_id: str, on: bool) -> Likes:
        """Raises: ListingNotFound."""
        await self.owner(listing_id)
        async with self._database.writing() as connection:
            await likes_store.like(connection, account_id, listing_id, on)
            return Likes(on, await likes_store.count_likes(connection, listing_id))

    @asynccontextmanager
    async def _changing(self, listing_id: str) -> AsyncIterator[tuple[AsyncConnection, list[AfterCommit]]]:
        """A writing transaction with the listing locked; what the hooks ask for is done after the commit."""
        told: list[AfterCommit] = []
        async with self._database.writing() as connection:
            if not is_id(listing_id) or not await listing_store.lock(connection, listing_id):
                raise ListingNotFound(NO_LISTING)
            yield connection, told
        for after_commit in told:
            try:
                await after_commit()
            except Exception:  # what was changed is changed; only the telling failed
                logger.exception("a hook of a changed card failed after the commit")

    @staticmethod
    async def _tell_drop(connection: AsyncConnection, listing_id: str, before: Offer) -> None:
        """Those who like the piece hear that it has become cheaper, while it can be bought."""
        now = await listing_store.offer(connection, listing_id)
        if now.left < 1 or now.currency != before.currency or now.price >= before.price:
            return
        await notices.add_for_likers(
            connection,
            notices.Kind.PRICE_DROP,
            listing_id,
            but=now.seller_id,
            about=f"{listing_id}:{now.price}",
            path=f"/listing/{listing_id}",
            title=now.title,
            amount=now.price,
            currency=now.currency,
        )

    async def _card_changed(self, connection: AsyncConnection, listing_id: str, told: list[AfterCommit]) -> None:
        for hook in self._card_changed_in:
            after_commit = await hook(connection, listing_id)
            if after_commit is not None:
                told.append(after_commit)


NO_LISTING = "There is no such listing."


async def _view(connection: AsyncConnection, listing_id: str, viewer: str | None) -> Listing:
    row = await listing_store.view(connection, listing_id, viewer) if is_id(listing_id) else None
    if row is None:
        raise ListingNotFound(NO_LISTING)
    return Listing(
        **msgspec.structs.asdict(card(row)),
        story=row.story,
        photos=[_photo(photo_id) for photo_id in await listing_store.photo_ids(connection, listing_id)],
        created_at=row.created_at,
        mine=viewer == row.account_id,
        withdrawn=bool(row.withdrawn),
        weight=row.weight,
    )


def _photo(photo_id: str) -> Photo:
    return Photo(photo_id, picture_url(photo_id, LARGE), picture_url(photo_id, THUMB))


def _refuse_full(photo_ids: list[str]) -> None:
    if len(photo_ids) >= PHOTOS_MOST:
        raise PhotosFull(f"A listing has at most {PHOTOS_MOST} photos. Remove one first.")


def _with_keys(values: dict[str, Any]) -> dict[str, Any]:
    """Brand and size also in the form in which filters compare them."""
    keys = {f"{field}_key": filter_key(values[field]) for field in ("brand", "size") if field in values}
    return {**values, **keys}
