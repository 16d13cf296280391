"""Who is told what: once per person and thing, in the transaction of what happened."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from hosts import notices
from hosts.listing_rules import ListingChanges
from hosts.notices import Kind
from hosts.notices.tables import notices as table
from tests.hosts.conftest import Town


async def told(town: Town) -> list[tuple[str, str, str]]:
    async with town.database.reading() as connection:
        rows = await connection.execute(
            sa.select(table.c.account_id, table.c.kind, table.c.about).order_by(table.c.number)
        )
        return [(row[0], row[1], row[2]) for row in rows]


async def test_everybody_is_told_once(town: Town) -> None:
    ana, ben = (await town.sign_up()).account.id, (await town.sign_up()).account.id
    for times in range(3):
        async with town.database.writing() as connection:
            new = await notices.add(
                connection, Kind.WON, [ana, ben, ana], about="auction", path="/show/s", title="Coat"
            )
        assert new == (0 if times else 2)
    assert sorted(await told(town)) == sorted([(ana, "won", "auction"), (ben, "won", "auction")])


async def test_nobody_is_told_of_what_did_not_happen(town: Town) -> None:
    ana = (await town.sign_up()).account.id

    async def fails() -> None:
        async with town.database.writing() as connection:
            await notices.add(connection, Kind.WON, [ana], about="auction", path="/show/s")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fails()
    assert await told(town) == []


async def test_followers_are_told(town: Town) -> None:
    host = (await town.sign_up()).account
    fans = [(await town.sign_up()).account.id for _ in range(3)]
    for fan in fans:
        await town.hosts.closets.follow(host.handle, fan, True)
    for _ in range(2):
        async with town.database.writing() as connection:
            await notices.add_for_followers(
                connection, Kind.SHOW_STARTED, host.id, about="show", path="/show/show", title="Coats", name=host.name
            )
    assert sorted(await told(town)) == sorted((fan, "show_started", "show") for fan in fans)


async def test_a_price_drop_is_told_to_those_who_like_the_piece(town: Town) -> None:
    seller = await town.person()
    coat = await town.hang(seller)
    fans = [(await town.sign_up()).account.id for _ in range(15)]
    for fan in [*fans, seller.id]:
        await town.hosts.listings.like(coat.listing_id, fan, True)
    for price in (coat.price, 7900, 9900, 7900):
        await town.hosts.listings.update(coat.listing_id, ListingChanges(price=price))
    # Dearer again and back is no second drop.
    assert sorted(await told(town)) == sorted((fan, "price_drop", f"{coat.listing_id}:7900") for fan in fans)
