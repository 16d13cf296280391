"""Likes and follows: the counts are right whoever taps at the same time."""

from __future__ import annotations

import asyncio

import pytest

from hosts import card_store
from hosts.errors import AccountNotFound, OwnCloset
from tests.hosts.conftest import Town


async def test_liking_at_the_same_time(town: Town) -> None:
    hung = await town.hang(await town.person("Lena"))
    fans = [await town.person(f"Fan {n}") for n in range(5)]
    like = town.hosts.listings.like
    await asyncio.gather(*(like(hung.listing_id, fan.id, True) for fan in fans for _ in range(3)))
    assert (await town.hosts.listings.view(hung.listing_id, fans[0].id)).likes == 5
    await asyncio.gather(*(like(hung.listing_id, fan.id, False) for fan in fans[:2] for _ in range(3)))
    seen = await town.hosts.listings.view(hung.listing_id, fans[2].id)
    assert (seen.likes, seen.liked) == (3, True)
    async with town.database.reading() as connection:
        cards = await card_store.cards(connection, [hung.listing_id], fans[0].id)
    assert cards[hung.listing_id].liked is False


async def test_following_a_closet(town: Town) -> None:
    lena, ana, ben = [await town.person(name) for name in ("Lena", "Ana", "Ben")]
    follow = town.hosts.closets.follow
    await asyncio.gather(*(follow(lena.handle.upper(), fan.id, True) for fan in (ana, ben) for _ in range(3)))
    assert (await town.hosts.closets.view(lena.handle, ana.id)).following
    gone = await follow(lena.handle, ben.id, False)
    assert (gone.following, gone.followers) == (False, 1)
    closet = await town.hosts.closets.view(lena.handle, None)
    assert (closet.followers, closet.following, closet.person.id) == (1, False, lena.id)
    assert await town.hosts.closets.followed(ana.id, [lena.id, ben.id]) == {lena.id}
    assert await town.hosts.closets.followed(None, [lena.id]) == set()


async def test_nobody_follows_themselves_or_nobody(town: Town) -> None:
    lena = await town.person("Lena")
    with pytest.raises(OwnCloset):
        await town.hosts.closets.follow(lena.handle, lena.id, True)
    for handle in ("nobody_here", "\0", "x y", ""):
        with pytest.raises(AccountNotFound):
            await town.hosts.closets.follow(handle, lena.id, True)


async def test_closets_are_listed_when_something_hangs_there(town: Town) -> None:
    sellers = [await town.person(f"Seller {n}") for n in range(5)]
    await town.person("Empty")
    for seller in sellers:
        await town.hang(seller)
    withdrawn = await town.hang(sellers[1])
    await town.hosts.listings.withdraw(withdrawn.listing_id)
    found: list[str] = []
    counts: list[int] = []
    after: str | None = None
    while True:
        page = await town.hosts.closets.page(None, after, 2)
        found += [closet.person.id for closet in page.items]
        counts += [closet.listings for closet in page.items]
        after = page.next
        if after is None:
            break
        assert len(page.items) == 2
    assert sorted(found) == sorted(seller.id for seller in sellers)
    assert counts == [1] * 5
