"""Listings on both databases: what may be said, changed and withdrawn, and who hears of it."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from hosts import card_store, stock_store
from hosts.errors import InvalidField, ListingNotFound, QuantityInUse
from hosts.listing_rules import ListingChanges
from hosts.listings import AfterCommit
from tests.hosts.conftest import COAT, Town


async def test_a_listing_as_it_was_hung(town: Town) -> None:
    lena = await town.person("Lena")
    hung = await town.hang(lena, title="  Camel wool coat ", quantity=3)
    assert hung.title == "Camel wool coat"
    assert (hung.seller.id, hung.seller.name) == (lena.id, "Lena")
    assert (hung.quantity, hung.left, hung.state) == (3, 3, "available")
    assert (hung.mine, hung.withdrawn, hung.photos, hung.photo, hung.likes) == (True, False, [], None, 0)
    assert hung.story == COAT.story
    assert await town.hosts.listings.view(hung.listing_id, lena.id) == hung
    assert (await town.hosts.listings.view(hung.listing_id, None)).mine is False
    assert await town.hosts.listings.owner(hung.listing_id) == lena.id


@pytest.mark.parametrize("listing_id", ["nobody", "", "\0", "x" * 1000, "a b", "\ud800"])
async def test_unknown_listings(town: Town, listing_id: str) -> None:
    listings = town.hosts.listings
    for call in (
        listings.owner(listing_id),
        listings.view(listing_id, None),
        listings.update(listing_id, ListingChanges(price=5)),
        listings.withdraw(listing_id),
        listings.remove_photo(listing_id, "x"),
        listings.like(listing_id, "somebody", True),
    ):
        with pytest.raises(ListingNotFound):
            await call


@pytest.mark.parametrize(
    ("field", "value", "accepted"),
    [
        ("title", " ", "1 to 80 characters"),
        ("title", "x" * 81, "1 to 80 characters"),
        ("title", "a\nb", "control characters"),
        ("story", "x" * 4001, "at most 4000"),
        ("story", "a\0b", "control characters"),
        ("brand", "x" * 41, "at most 40"),
        ("size", "x" * 41, "at most 40"),
        ("category", "cars", "dresses"),
        ("condition", "broken", "like_new"),
        ("price", 0, "1 to 10000000"),
        ("price", 10_000_001, "1 to 10000000"),
        ("currency", "usd", "USD, EUR, GBP"),
        ("quantity", 0, "1 to 999"),
        ("quantity", 1000, "1 to 999"),
    ],
)
async def test_refusals_name_the_field_and_what_is_accepted(
    small_town: Town, field: str, value: Any, accepted: str
) -> None:
    lena = await small_town.person("Lena")
    hung = await small_town.hang(lena)
    for call in (
        small_town.hang(lena, **{field: value}),
        small_town.hosts.listings.update(hung.listing_id, ListingChanges(**{field: value})),
    ):
        with pytest.raises(InvalidField) as refusal:
            await call
        assert refusal.value.message.startswith(field + " ")
        assert accepted in refusal.value.message
    assert await small_town.hosts.listings.view(hung.listing_id, lena.id) == hung


async def test_only_what_is_named_changes(town: Town) -> None:
    hung = await town.hang(await town.person("Lena"))
    changed = await town.hosts.listings.update(hung.listing_id, ListingChanges(price=7900, brand="COS"))
    assert (changed.price, changed.brand) == (7900, "COS")
    assert (changed.title, changed.size, changed.story) == (hung.title, hung.size, hung.story)


async def test_quantity_never_goes_below_what_is_held_and_sold(town: Town) -> None:
    hung = await town.hang(await town.person("Lena"), quantity=5)
    async with town.database.writing() as connection:
        assert await stock_store.claim(connection, hung.listing_id, 3)
        assert await stock_store.sell(connection, hung.listing_id)
    with pytest.raises(QuantityInUse) as refusal:
        await town.hosts.listings.update(hung.listing_id, ListingChanges(quantity=2))
    assert refusal.value.details == {"least": 3}
    changed = await town.hosts.listings.update(hung.listing_id, ListingChanges(quantity=3))
    assert (changed.left, changed.state) == (0, "held")


async def test_a_quantity_edit_racing_claims(town: Town) -> None:
    hung = await town.hang(await town.person("Lena"), quantity=6)

    async def claim() -> bool:
        async with town.database.writing() as connection:
            return await stock_store.claim(connection, hung.listing_id)

    async def shrink(quantity: int) -> bool:
        try:
            await town.hosts.listings.update(hung.listing_id, ListingChanges(quantity=quantity))
        except QuantityInUse:
            return False
        return True

    results = await asyncio.gather(*(claim() if n % 2 else shrink(6 - n // 2) for n in range(10)))
    seen = await town.hosts.listings.view(hung.listing_id, None)
    claimed = sum(results[1::2])
    assert seen.quantity - seen.left == claimed
    assert seen.left >= 0


async def test_a_withdrawn_listing_cannot_be_claimed(town: Town) -> None:
    hung = await town.hang(await town.person("Lena"))
    await town.hosts.listings.withdraw(hung.listing_id)
    await town.hosts.listings.withdraw(hung.listing_id)
    assert (await town.hosts.listings.view(hung.listing_id, None)).withdrawn
    async with town.database.writing() as connection:
        assert not await stock_store.claim(connection, hung.listing_id)


async def test_whether_others_may_feature_it(town: Town) -> None:
    from hosts.accounts import AccountChanges

    lena = await town.person("Lena")
    hung = await town.hang(lena)
    assert hung.featuring_allowed
    await town.hosts.accounts.change(lena.id, AccountChanges(featuring_allowed=False))
    assert not (await town.hosts.listings.view(hung.listing_id, None)).featuring_allowed
    await town.hosts.accounts.change(lena.id, AccountChanges(featuring_allowed=True))
    changed = await town.hosts.listings.update(hung.listing_id, ListingChanges(featuring_allowed=False))
    assert not changed.featuring_allowed


async def test_hooks_see_the_change_inside_the_transaction_and_tell_after_it(town: Town) -> None:
    hung = await town.hang(await town.person("Lena"))
    seen: list[tuple[str, int]] = []

    async def hook(connection: AsyncConnection, listing_id: str) -> AfterCommit:
        inside = (await card_store.cards(connection, [listing_id], None))[listing_id].price
        seen.append(("inside", inside))

        async def tell() -> None:
            seen.append(("after", (await town.hosts.listings.view(listing_id, None)).price))

        return tell

    town.hosts.card_changed_in.append(hook)
    await town.hosts.listings.update(hung.listing_id, ListingChanges(price=1))
    assert seen == [("inside", 1), ("after", 1)]
    await town.hosts.listings.update(hung.listing_id, ListingChanges())
    assert len(seen) == 2
    await town.hosts.listings.withdraw(hung.listing_id)
    await town.hosts.listings.withdraw(hung.listing_id)
    assert len(seen) == 4


async def test_a_hook_that_refuses_undoes_the_change(town: Town) -> None:
    hung = await town.hang(await town.person("Lena"))

    async def hook(connection: AsyncConnection, listing_id: str) -> None:
        raise RuntimeError("no")

    town.hosts.card_changed_in.append(hook)
    with pytest.raises(RuntimeError):
        await town.hosts.listings.update(hung.listing_id, ListingChanges(price=1))
    assert (await town.hosts.listings.view(hung.listing_id, None)).price == hung.price


async def test_a_hook_that_fails_after_the_commit_harms_nobody(
    small_town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    hung = await small_town.hang(await small_town.person("Lena"))

    async def tell() -> None:
        raise RuntimeError("nobody listens")

    async def hook(connection: AsyncConnection, listing_id: str) -> AfterCommit:
        return tell

    small_town.hosts.card_changed_in.append(hook)
    with caplog.at_level(logging.CRITICAL, logger="hosts.listings"):
        changed = await small_town.hosts.listings.update(hung.listing_id, ListingChanges(price=1))
    assert changed.price == 1
