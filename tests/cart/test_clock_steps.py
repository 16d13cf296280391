"""The clock is set forward or back while people buy: what the buyer sees.

Only the database's clock counts. It is stepped here by putting another function in front of the one that the queries call; the
clock of the server's own process is stepped for good measure, and must change nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import sqlalchemy as sa

from cart import errors, tables
from cart.auctions import rules
from cart.flash import NewFlash
from cart.selling_tables import auctions, bids
from hosts.database_time import read_now_ms
from hosts.tables import listings
from tests.cart.conftest import Shop
from tests.cart.test_auctions import House
from tests.cart.test_checkout import slow
from web.database import SqlDatabase

HOUR = 3_600  # seconds
JULIAN_1970 = 2_440_587.5

Step = Callable[[int], Awaitable[None]]


@pytest.fixture
async def step(database: SqlDatabase) -> Step:
    """``await step(seconds)``: the database's clock is that far off from now on."""
    return _step_sqlite(database) if database.is_sqlite else await _step_postgresql(database)


def _step_sqlite(database: SqlDatabase) -> Step:
    off, real = [0], time.time  # before a test steps that one too

    def stepped(_now: str) -> float:
        return JULIAN_1970 + (real() + off[0]) / 86_400

    def prepare(connection: Any, _record: Any) -> None:
        connection.create_function("julianday", 1, stepped)

    for engine in (database._writer, database._reader):
        sa.event.listen(engine.sync_engine, "connect", prepare)

    async def step(seconds: int) -> None:
        off[0] = seconds

    return step


async def _step_postgresql(database: SqlDatabase) -> Step:
    async with database.writing() as connection:
        for line in (
            "CREATE SCHEMA stepped",
            "CREATE TABLE stepped.off (by interval NOT NULL)",
            "INSERT INTO stepped.off VALUES (interval '0')",
            "CREATE FUNCTION stepped.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS "
            "'SELECT pg_catalog.clock_timestamp() + (SELECT by FROM stepped.off)'",
            f'ALTER DATABASE "{database.url.database}" SET search_path = stepped, public, pg_catalog',
        ):
            await connection.exec_driver_sql(line)
    await database.engine.dispose()  # the next connections see it

    async def step(seconds: int) -> None:
        async with database.writing() as connection:
            await connection.exec_driver_sql(f"UPDATE stepped.off SET by = interval '{seconds} seconds'")

    return step


@pytest.fixture
async def shop(database: SqlDatabase, step: Step) -> AsyncIterator[Shop]:
    shop = Shop(database)
    yield shop
    await shop.cart.stop()


# -- the database's clock


async def test_the_clock_is_stepped_indeed(shop: Shop, step: Step) -> None:
    async def read() -> int:
        async with shop.database.reading() as connection:
            return await read_now_ms(connection)

    before = await read()
    await step(HOUR)
    assert await read() - before >= HOUR * 1_000
    await step(-HOUR)
    assert await read() < before


async def test_set_forward_a_hold_is_over_at_once_and_the_next_buyer_has_it(shop: Shop, step: Step) -> None:
    host, buyer, other = await shop.people(3)
    show, piece = await shop.show(host), await shop.listing(host)
    await shop.cart.lineups.add(show, piece, host)
    hold = await shop.hold(buyer, piece, show)
    await step(HOUR)
    assert (await shop.cart.bag(buyer)).holds == []
    with pytest.raises(errors.HoldGone) as gone:
        await shop.pay(buyer, hold.hold_id)
    assert gone.value.details == {"hold_ids": [hold.hold_id]}
    assert await shop.rows(tables.payments) == []
    await shop.cart.holds.expire()
    taken = await shop.hold(other, piece, show)
    assert (await shop.pay(other, taken.hold_id)).subtotal == 4_800
    assert await shop.stock(piece) == (1, 0, 1)
    assert await shop.kinds(show) == ["lineup_added", "held", "released", "held", "sold"]


async def test_set_forward_while_the_bank_thinks_nothing_is_charged(shop: Shop, step: Step) -> None:
    provider = slow(shop)
    seller, buyer = await shop.people(2)
    piece = await shop.listing(seller)
    hold = await shop.hold(buyer, piece)
    paying = asyncio.create_task(shop.pay(buyer, hold.hold_id))
    await provider.asked.wait()
    await step(HOUR)
    await shop.cart.holds.expire()
    provider.may_answer.set()
    with pytest.raises(errors.HoldGone):
        await paying
    assert await shop.payment_states() == [("voided", "voided")]
    assert await shop.stock(piece) == (1, 0, 0)


async def test_set_back_a_hold_stays_its_buyers_who_pays_once(shop: Shop, step: Step) -> None:
    seller, buyer, other = await shop.people(3)
    piece = await shop.listing(seller)
    hold = await shop.hold(buyer, piece)
    await step(-HOUR)
    await shop.cart.holds.expire()
    with pytest.raises(errors.HoldRefused) as refused:
        await shop.hold(other, piece)
    assert refused.value.code == "held_by_other"
    first = await shop.pay(buyer, hold.hold_id, key="once")
    assert await shop.pay(buyer, hold.hold_id, key="once") == first
    assert await shop.stock(piece) == (1, 0, 1)
    assert await shop.payment_states() == [("captured", "captured")]


async def test_set_forward_and_back_what_was_let_go_stays_let_go(shop: Shop, step: Step) -> None:
    seller, buyer, other = await shop.people(3)
    piece = await shop.listing(seller)
    hold = await shop.hold(buyer, piece)
    await step(HOUR)
    taken = await shop.hold(other, piece)
    await step(0)
    with pytest.raises(errors.HoldGone):
        await shop.pay(buyer, hold.hold_id)  # by this clock it had two minutes left
    await shop.pay(other, taken.hold_id)
    assert await shop.stock(piece) == (1, 0, 1)


async def test_a_flash_price_is_never_charged_higher_than_shown(shop: Shop, step: Step) -> None:
    host, ana, ben, cem = await shop.people(4)
    show, piece = await shop.show(host), await shop.listing(host)
    await shop.change(sa.update(listings).values(quantity=5))
    await shop.cart.lineups.add(show, piece, host)
    view = await shop.cart.flash.begin(show, host, NewFlash(piece, "percent", 25, 60))
    before = await shop.hold(ana, piece, show)
    await step(-HOUR)
    assert (await shop.hold(ben, piece, show)).price == view.price  # it runs longer, for everybody
    await step(100)
    with pytest.raises(errors.HoldRefused) as refused:
        await shop.cart.holds.claim(cem, piece, show, shop.key(), view.price)
    assert refused.value.code == "price_changed"
    assert (await shop.pay(ana, before.hold_id)).subtotal == view.price  # frozen with the hold, which lasts two minutes
    for _ in range(2):
        await shop.cart.flash.expire()
        await step(0)  # back before its end: what has ended does not begin again
    assert (await shop.hold(cem, piece, show)).price == 4_800
    assert (await shop.kinds(show)).count("flash_ended") == 1


async def test_set_back_no_bid_gets_in_before_an_earlier_one(shop: Shop, step: Step) -> None:
    house = House(shop)
    await house.open()
    await house.bid(house.ana, 1_000)
    await step(-HOUR)
    with pytest.raises(errors.BidRefused) as refused:
        await house.bid(house.ben, 1_000, lag_ms=1_000)  # as much as ana, and later
    assert (refused.value.code, refused.value.details) == ("too_low", {"least": 1_100})
    assert (await house.bid(house.ben, 1_100)).leading is True
    assert (await house.bid(house.ana, 1_200)).leading is True
    made = [row.made_at for row in sorted(await shop.rows(bids), key=lambda row: row.number)]
    assert made == sorted(made)
    await shop.cart.auctions.close_due()
    assert (await shop.cart.auctions.view(house.auction.auction_id)).state == "open"
    await step(0)
    await house.hammer()
    assert [hold.price for hold in (await shop.cart.bag(house.ana)).holds] == [1_200]


async def test_set_forward_an_auction_gives_everybody_time_to_come_back(shop: Shop, step: Step) -> None:
    house = House(shop)
    await house.open()
    await house.bid(house.ana, 1_000)
    await step(HOUR)
    await shop.cart.auctions.close_due()
    assert (await shop.kinds(house.show))[-1] == "auction_extended"
    assert (await house.bid(house.ben, 1_500)).leading is True
    (row,) = await shop.rows(auctions)
    await step(HOUR + (row.ends_at - row.announced_end) // 1_000 + rules.EXTEND_MS // 1_000)
    await house.hammer()
    assert [hold.price for hold in (await shop.cart.bag(house.ben)).holds] == [1_500]
    assert (await shop.cart.bag(house.ana)).holds == []


# -- the server's own clock


@pytest.mark.parametrize("seconds", [HOUR, -HOUR])
async def test_the_servers_own_clock_does_not_count(shop: Shop, monkeypatch: pytest.MonkeyPatch, seconds: int) -> None:
    house = House(shop)
    await house.open()
    coat = await house.shop.listing(house.host)
    await shop.cart.lineups.add(house.show, coat, house.host)
    await shop.cart.flash.begin(house.show, house.host, NewFlash(coat, "percent", 25, 60))
    hold = await shop.hold(house.cem, coat, house.show)
    await house.bid(house.ana, 1_000)
    wall, exact = time.time, time.time_ns
    monkeypatch.setattr(time, "time", lambda: wall() + seconds)
    monkeypatch.setattr(time, "time_ns", lambda: exact() + seconds * 1_000_000_000)
    for work in (shop.cart.holds.expire, shop.cart.flash.expire, shop.cart.auctions.close_due):
        await work()
    assert [held.until for held in (await shop.cart.bag(house.cem)).holds] == [hold.until]
    assert (await house.bid(house.ben, 1_100)).leading is True
    assert (await shop.pay(house.cem, hold.hold_id)).subtotal == 3_600
    assert (await shop.cart.auctions.view(house.auction.auction_id)).state == "open"
    assert "flash_ended" not in await shop.kinds(house.show)
