"""Counts of pieces: never negative, never above the quantity, one winner when many claim at once."""

from __future__ import annotations

import asyncio

import pytest

from hosts import card_store, stock_store
from tests.hosts.conftest import Town


async def test_claim_release_sell(town: Town) -> None:
    listing_id = (await town.hang(await town.person("Lena"), quantity=2)).listing_id

    async def state() -> tuple[int, str]:
        async with town.database.reading() as connection:
            card = (await card_store.cards(connection, [listing_id], None))[listing_id]
        return card.left, card.state

    async with town.database.writing() as connection:
        assert not await stock_store.release(connection, listing_id)
        assert not await stock_store.sell(connection, listing_id)
        assert not await stock_store.claim(connection, listing_id, 3)
        assert await stock_store.claim(connection, listing_id, 2)
        assert not await stock_store.claim(connection, listing_id)
    assert await state() == (0, "held")
    async with town.database.writing() as connection:
        assert await stock_store.sell(connection, listing_id)
        assert await stock_store.release(connection, listing_id)
        assert not await stock_store.release(connection, listing_id)
    assert await state() == (1, "available")
    async with town.database.writing() as connection:
        assert await stock_store.claim(connection, listing_id)
        assert await stock_store.sell(connection, listing_id)
        assert not await stock_store.claim(connection, listing_id)
    assert await state() == (0, "sold")


async def test_many_claim_one_piece(town: Town) -> None:
    listing_id = (await town.hang(await town.person("Lena"))).listing_id

    async def claim() -> bool:
        async with town.database.writing() as connection:
            return await stock_store.claim(connection, listing_id)

    assert sum(await asyncio.gather(*(claim() for _ in range(30)))) == 1


async def test_held_until_is_shown_while_it_is_held(town: Town) -> None:
    listing_id = (await town.hang(await town.person("Lena"))).listing_id
    async with town.database.writing() as connection:
        await stock_store.claim(connection, listing_id)
        await stock_store.set_held_until(connection, listing_id, 1_700_000_000_000)
        held = (await card_store.cards(connection, [listing_id], None))[listing_id]
        await stock_store.release(connection, listing_id)
        free = (await card_store.cards(connection, [listing_id], None))[listing_id]
    assert (held.held_until, free.held_until) == (1_700_000_000_000, None)


async def test_unknown_listings_and_senseless_numbers(town: Town) -> None:
    async with town.database.writing() as connection:
        assert not await stock_store.claim(connection, "nothing")
        with pytest.raises(ValueError, match="at least one"):
            await stock_store.claim(connection, "nothing", 0)
        with pytest.raises(ValueError, match="at least one"):
            await stock_store.release(connection, "nothing", -1)


async def test_cards_of_many_in_one_go(town: Town) -> None:
    lena = await town.person("Lena")
    ids = [(await town.hang(lena, title=f"Piece {n}")).listing_id for n in range(3)]
    async with town.database.reading() as connection:
        cards = await card_store.cards(connection, [*ids, ids[0], "nothing"], None)
        many = await card_store.cards(connection, [*(f"no{n}" for n in range(2000)), ids[1]], None)
        people = await town.hosts.people.people_by_id(connection, [lena.id, "nobody", *(f"no{n}" for n in range(2000))])
    assert sorted(cards) == sorted(ids)
    assert list(many) == [ids[1]]
    assert [person.handle for person in people.values()] == [lena.handle]
