"""A second click, a closed tab, a server that dies in the middle: what the buyer finds afterwards is there once and whole."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cart import tables
from cart.auctions import rules
from cart.giveaways.service import NewGiveaway
from cart.offers.service import Answer, NewOffer
from cart.selling_tables import auctions, giveaways
from hosts.database_time import now_ms
from hosts.notices.tables import notices
from tests.cart.conftest import Shop
from tests.cart.test_auctions import House
from tests.cart.test_bid_money import balanced
from tests.cart.test_second_chance import won_by_ben
from tests.cart.test_ways_to_sell import Stand


@dataclass
class Case:
    """Something is about to happen to a buyer: once it has, the piece is in their bag at ``price`` and the bell says ``kind``."""

    buyer: str
    piece: str
    price: int
    kind: str
    act: Callable[[Shop], Awaitable[object]]


async def offer(shop: Shop) -> Case:
    stand = await Stand(shop).open()
    made = await shop.cart.offers.make(stand.ana, NewOffer(stand.piece, 3_000))
    accept = Answer("accept")
    return Case(
        stand.ana,
        stand.piece,
        3_000,
        "offer_accepted",
        lambda now: now.cart.offers.answer(stand.host, made.offer_id, accept),
    )


async def counter(shop: Shop) -> Case:
    """The buyer presses Accept, and closes the tab; the seller is told."""
    stand = await Stand(shop).open()
    made = await shop.cart.offers.make(stand.ana, NewOffer(stand.piece, 3_000))
    await shop.cart.offers.answer(stand.host, made.offer_id, Answer("counter", 4_000))
    accept = Answer("accept")
    return Case(
        stand.ana,
        stand.piece,
        4_000,
        "offer_countered",
        lambda now: now.cart.offers.answer(stand.ana, made.offer_id, accept),
    )


async def hammer(shop: Shop) -> Case:
    house = House(shop)
    await house.open()
    await house.bid(house.ana, 1_000)
    await house.bid(house.ben, 1_500)

    async def fall(now: Shop) -> None:
        # Anew each time: a hammer that comes long after its time gives everybody time to come back.
        over = now_ms() - rules.GRACE_MS - 1
        await now.change(sa.update(auctions).where(auctions.c.state == "open").values(ends_at=over))
        await now.cart.auctions.close_due()

    return Case(house.ben, house.piece, 1_500, "won", fall)


async def draw(shop: Shop) -> Case:
    stand = await Stand(shop).open()
    opened = await shop.cart.giveaways.open(stand.show, stand.host, NewGiveaway(stand.piece, 30))
    await shop.cart.giveaways.enter(opened.giveaway_id, stand.ana, "salt12345")
    await shop.change(sa.update(giveaways).values(ends_at=giveaways.c.ends_at - 30_000))
    return Case(stand.ana, stand.piece, 0, "giveaway_won", lambda now: now.cart.giveaways.draw_due())


async def second_chance(shop: Shop) -> Case:
    house = House(shop)
    await shop.run_out(await won_by_ben(house))
    return Case(house.ana, house.piece, 1_300, "second_chance", lambda now: now.cart.holds.expire())


CASES = {case.__name__: case for case in (offer, counter, hammer, draw, second_chance)}
WRITES = {"hammer": 2}  # which write does it: that case moves the auction's end first


async def bag(shop: Shop, buyer: str) -> list[int]:
    return [hold.price for hold in (await shop.cart.bag(buyer)).holds]


async def told(shop: Shop, case: Case) -> int:
    return len(await shop.rows(notices, notices.c.account_id == case.buyer, notices.c.kind == case.kind))


async def check(shop: Shop, case: Case) -> None:
    """It has happened once, and can be paid for."""
    assert await bag(shop, case.buyer) == [case.price]
    assert await shop.stock(case.piece) == (1, 1, 0)
    assert await told(shop, case) == 1
    active = await shop.rows(tables.holds, tables.holds.c.listing_id == case.piece, tables.holds.c.state == "active")
    assert [row.buyer_id for row in active] == [case.buyer]
    order = await shop.pay(case.buyer, active[0].hold_id)
    assert (order.subtotal, await shop.stock(case.piece)) == (case.price, (1, 0, 1))
    await balanced(shop)


class Died(BaseException):
    """As when the process is killed: nobody catches it."""


def dies(monkeypatch: pytest.MonkeyPatch, shop: Shop, when: str, writes: int = 1) -> None:
    """The server dies with its next write: ``before`` or ``after`` the commit; nothing of the memory counts afterwards."""
    real, left = shop.database.writing, [writes]

    @asynccontextmanager
    async def writing() -> AsyncIterator[AsyncConnection]:
        left[0] -= 1
        last = left[0] == 0
        async with real() as connection:
            yield connection
            if last and when == "before":
                raise Died
        if last:
            raise Died

    monkeypatch.setattr(shop.database, "writing", writing)


def together(monkeypatch: pytest.MonkeyPatch, shop: Shop, tasks: int, writes: int) -> None:
    """Nobody writes for the ``writes``-th time before all of these tasks are about to: each has read what was before."""
    real, gate = shop.database.writing, asyncio.Barrier(tasks)
    calls: Counter[object] = Counter()

    @asynccontextmanager
    async def writing() -> AsyncIterator[AsyncConnection]:
        calls[asyncio.current_task()] += 1
        if calls[asyncio.current_task()] == writes:
            await gate.wait()
        async with real() as connection:
            yield connection

    monkeypatch.setattr(shop.database, "writing", writing)


@pytest.fixture
async def restarted(sqlite_shop: Shop) -> AsyncIterator[Callable[[], Shop]]:
    """Another server on the same database."""
    started: list[Shop] = []

    def start() -> Shop:
        again = Shop(sqlite_shop.database, sqlite_shop.numbers_so_far())
        again.clock = dict(sqlite_shop.clock)
        started.append(again)
        return again

    yield start
    for shop in started:
        await shop.cart.stop()


@pytest.mark.parametrize("name", CASES)
async def test_twice_at_once_and_once_more_is_once(
    sqlite_shop: Shop, restarted: Callable[[], Shop], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    case = await CASES[name](sqlite_shop)
    other = restarted()
    together(monkeypatch, sqlite_shop, 3, WRITES.get(name, 1))
    async with asyncio.timeout(60):
        await asyncio.gather(case.act(sqlite_shop), case.act(other), case.act(sqlite_shop))
    monkeypatch.undo()
    await case.act(other)
    await check(sqlite_shop, case)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("name", CASES)
async def test_a_server_that_dies_has_done_it_whole_or_not_at_all(
    sqlite_shop: Shop, restarted: Callable[[], Shop], monkeypatch: pytest.MonkeyPatch, name: str, when: str
) -> None:
    case = await CASES[name](sqlite_shop)
    known = await told(sqlite_shop, case)
    dies(monkeypatch, sqlite_shop, when, WRITES.get(name, 1))
    with pytest.raises(Died):
        await case.act(sqlite_shop)
    monkeypatch.undo()
    again = restarted()
    if when == "before":
        assert (await bag(again, case.buyer), await told(again, case)) == ([], known)
    else:
        assert (await bag(again, case.buyer), await told(again, case)) == ([case.price], 1)
    await case.act(again)
    await check(again, case)


@pytest.mark.parametrize("when", ["before", "after", "told"])
async def test_a_refund_is_given_once_whenever_the_server_dies(
    sqlite_shop: Shop, restarted: Callable[[], Shop], monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """``told``: the bank has done it, and the server dies before it has written that down."""
    shop = sqlite_shop
    seller, buyer = await shop.people(2)
    order = await shop.pay(buyer, (await shop.hold(buyer, await shop.listing(seller))).hold_id)
    parcel = order.parcels[0].parcel_id
    # The shop's own write, the test bank's, and the note that it is done.
    dies(monkeypatch, shop, "before" if when == "told" else when, writes=3 if when == "told" else 1)
    with pytest.raises(Died):
        await shop.cart.refunds.give(parcel, seller, "click", 1_000, "a stain")
    monkeypatch.undo()
    again = restarted()
    begun = 0 if when == "before" else 1_000
    assert (await again.cart.orders.bought(buyer)).items[0].refunded == begun
    await again.cart.refunds.sweep()  # nobody has to click again for what the buyer was told
    (record,) = await again.rows(tables.test_payments)
    assert record.refunded == begun
    answers = await asyncio.gather(
        *(again.cart.refunds.give(parcel, seller, "click", 1_000, "a stain") for _ in range(2))
    )
    assert [answer.refunded for answer in answers] == [1_000, 1_000]
    assert [row.amount for row in await again.rows(notices, notices.c.kind == "refunded")] == [1_000]
    (record,) = await again.rows(tables.test_payments)
    assert (record.refunded, {row.state for row in await again.rows(tables.refunds)}) == (1_000, {"done"})
    await balanced(again)
