"""What was won and not paid: the next bidder may have it once, at the price without the one who did not pay."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from cart import errors, tables
from cart.auctions import log, rules
from cart.hold_rules import DECLINED_MS, SECOND_MS
from cart.selling_tables import auctions
from cart.shipping import FLAT as SHIPPING
from hosts.notices.tables import notices
from tests.cart.conftest import Shop, until
from tests.cart.test_auctions import House
from tests.cart.test_bid_money import balanced, give_card, open_with_cards


@pytest.fixture
def house(shop: Shop) -> House:
    return House(shop)


async def told(shop: Shop, kind: str) -> set[str]:
    return {row.account_id for row in await shop.rows(notices, notices.c.kind == kind)}


async def won_by_ben(house: House) -> str:
    """Ana up to $30, Cem $12, Ben wins at $31 and has it in the bag; his hold."""
    await house.open()
    await house.bid(house.ana, 1_000, maximum=3_000)
    await house.bid(house.cem, 1_200)
    await house.bid(house.ben, 5_000)
    await house.hammer()
    return (await house.shop.cart.bag(house.ben)).holds[0].hold_id


async def let_run_out(shop: Shop, hold_id: str) -> None:
    await shop.run_out(hold_id)
    await shop.cart.holds.expire()


async def test_the_next_bidder_gets_it_at_the_price_without_the_one_who_did_not_pay(house: House) -> None:
    shop = house.shop
    first = await won_by_ben(house)
    await shop.run_out(first)
    stranger = await shop.person()
    with pytest.raises(errors.HoldRefused):  # faster than the keeper, and yet not before the next bidder
        await shop.hold(stranger, house.piece)
    await shop.cart.waitlist.join(stranger, house.piece, None)
    await shop.cart.holds.expire()
    (hold,) = (await shop.cart.bag(house.ana)).holds
    assert hold.price == 1_300  # not the 3,000 up to which ben has bid her
    assert SECOND_MS - 60_000 < hold.until - (await shop.cart.bag(house.ana)).now <= SECOND_MS
    assert (await told(shop, "second_chance"), await told(shop, "win_lapsed")) == ({house.ana}, {house.ben})
    assert house.host in await told(shop, "not_paid")
    view = await shop.cart.auctions.view(house.auction.auction_id)
    assert (view.state, view.price, view.leader.id if view.leader else None) == ("sold", 1_300, house.ana)
    closed = [event for event in await shop.events(house.show) if event.kind == "auction_closed"][-1]
    assert (closed.data["second"], closed.data["left_out"]) == (True, [house.ben])
    assert (await shop.pay(house.ana, hold.hold_id)).total == 1_300 + SHIPPING
    assert await shop.stock(house.piece) == (1, 0, 1)
    # The log still proves it: without the bids of ``left_out``.
    found = await shop.cart.auctions.log(house.auction.auction_id, None)
    maxima = {one.number: one.maximum for one in found.opened}
    entries = [one.entry for one in found.entries]
    assert log.broken_at(found.terms, entries, [one.hash for one in found.entries], found.opened) is None
    counted = [
        rules.Bid(each.number, each.bidder_id, each.amount, maxima[each.number], each.made_at)
        for each in entries
        if each.bidder_id not in found.left_out
    ]
    terms = rules.Terms(found.terms.start_price, found.terms.step, found.terms.sudden_death)
    assert rules.standing(terms, counted).price == found.price == 1_300
    await balanced(shop)


async def test_only_once_then_it_is_for_everybody(house: House) -> None:
    shop = house.shop
    await let_run_out(shop, await won_by_ben(house))
    await let_run_out(shop, (await shop.cart.bag(house.ana)).holds[0].hold_id)
    assert (await shop.cart.bag(house.cem)).holds == []
    assert await shop.stock(house.piece) == (1, 0, 0)
    assert (await shop.rows(auctions))[0].state == "unpaid"
    assert await told(shop, "win_lapsed") == {house.ana, house.ben}
    closed = [event for event in await shop.events(house.show) if event.kind == "auction_closed"][-1]
    assert (closed.data["state"], closed.data["winner"]) == ("unpaid", None)
    stranger = await shop.person()
    hold = await shop.hold(stranger, house.piece)
    await let_run_out(shop, hold.hold_id)  # somebody else's hold passes nothing on
    assert (await shop.cart.bag(house.cem)).holds == []


async def test_given_back_or_banned_goes_on_too_and_nobody_left_frees_it(house: House) -> None:
    shop = house.shop
    first = await won_by_ben(house)
    shop.banned.add((house.show, house.ana))  # passed over
    await shop.cart.holds.release(first)
    (hold,) = (await shop.cart.bag(house.cem)).holds
    assert hold.price == 1_200
    await shop.cart.holds.end_in_show(house.show, house.cem)
    assert await shop.stock(house.piece) == (1, 0, 0)


async def test_without_other_bidders_it_comes_free(house: House) -> None:
    shop = house.shop
    await house.open()
    await house.bid(house.ana, 1_000)
    await house.hammer()
    await let_run_out(shop, (await shop.cart.bag(house.ana)).holds[0].hold_id)
    assert await shop.stock(house.piece) == (1, 0, 0)
    assert (await shop.rows(auctions))[0].state == "unpaid"


async def test_a_late_bid_that_the_bank_refuses_has_five_minutes_and_then_the_next_wins(house: House) -> None:
    shop = house.shop
    await house.open()
    await give_card(shop, house.ana, "4000000000000341")
    await house.bid(house.cem, 1_000)
    await house.ends_in(3_000)
    await house.bid(house.ana, 2_000)
    await until(shop.payment_states, [("declined", "unknown")])
    await house.hammer()
    for _ in range(2):
        await shop.cart.bid_money.settle()
    bag = await shop.cart.bag(house.ana)
    assert bag.holds[0].until - bag.now <= DECLINED_MS
    await let_run_out(shop, bag.holds[0].hold_id)
    assert (await shop.cart.bag(house.cem)).holds[0].price == 1_000


async def test_who_pays_is_not_passed_over(house: House) -> None:
    shop = house.shop
    await open_with_cards(house)
    await house.bid(house.ana, 1_000)
    await house.bid(house.ben, 2_000)
    await house.hammer()
    await shop.cart.bid_money.settle()
    await shop.change(sa.update(tables.holds).where(tables.holds.c.state == "active").values(until=1))
    await shop.cart.holds.expire()
    assert (await shop.cart.bag(house.ana)).holds == []
    assert await told(shop, "second_chance") == set()
