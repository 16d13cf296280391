"""The money behind bids: authorised before they count, let go when outbid, spent when they have won; the books balance."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
import sqlalchemy as sa

from cart import errors, tables
from cart.auctions import log, rules
from cart.auctions.views import NewAuction
from cart.payments import ProviderEvent, Source
from cart.selling_tables import auctions, bids
from cart.service import Cart
from cart.shipping import FLAT as SHIPPING
from cart.test_provider import TestProvider
from hosts.database_time import now_ms
from hosts.notices.tables import notices
from tests.cart.conftest import ADDRESS, Shop, until
from tests.cart.test_auctions import House
from tests.cart.test_payment_methods import buyer_with_card, card


@pytest.fixture
def house(shop: Shop) -> House:
    return House(shop)


async def open_with_cards(house: House) -> None:
    await house.open()
    for who in (house.ana, house.ben):
        await give_card(house.shop, who)


async def give_card(shop: Shop, who: str, number: str = "4242424242424242") -> None:
    await shop.cart.orders.save_address(who, ADDRESS)
    await shop.cart.save_card(who, card(number))


async def standing(shop: Shop) -> list[tuple[str, int, str, str]]:
    """(who, amount, our state, the bank's) of every payment."""
    payments = await shop.rows(tables.payments)
    return sorted(
        [(row.account_id, row.amount, row.state, await shop.provider.standing(row.payment_id)) for row in payments]
    )


async def told(shop: Shop, kind: str) -> list[tuple[str, int]]:
    return [(row.account_id, row.amount) for row in await shop.rows(notices, notices.c.kind == kind)]


async def test_a_bid_reserves_its_maximum_and_the_winner_has_paid(house: House) -> None:
    shop = house.shop
    await open_with_cards(house)
    await house.bid(house.ana, 1_000, maximum=3_000)
    assert await standing(shop) == [(house.ana, 3_000 + SHIPPING, "reserved", "authorised")]
    await shop.cart.bid_money.settle()  # she leads: nothing changes
    assert (await house.bid(house.ben, 5_000)).leading
    await shop.cart.bid_money.settle()
    assert await standing(shop) == [
        (house.ana, 3_000 + SHIPPING, "voided", "voided"),
        (house.ben, 5_000 + SHIPPING, "reserved", "authorised"),
    ]
    await house.hammer()
    for _ in range(2):
        await shop.cart.bid_money.settle()
    (order,) = (await shop.cart.orders.bought(house.ben)).items
    assert (order.subtotal, order.total) == (5_000, 5_000 + SHIPPING)
    assert (await shop.cart.bag(house.ben)).holds == []
    assert await shop.stock(house.piece) == (1, 0, 1)
    assert (await standing(shop))[1] == (house.ben, order.total, "captured", "captured")
    assert (await told(shop, "won_paid"), await told(shop, "won")) == ([(house.ben, 5_000)], [])
    await balanced(shop)


async def balanced(shop: Shop) -> None:
    await shop.cart.books.check()
    assert shop.cart.books.counters["ledger_problems_now"] == 0
    rows = await shop.rows(tables.ledger)
    assert rows
    assert sum(row.amount for row in rows) == 0


async def test_the_banks_own_word_leaves_what_a_bid_has_reserved(house: House) -> None:
    shop = house.shop
    await open_with_cards(house)
    await house.bid(house.ana, 2_000)
    (payment,) = await shop.rows(tables.payments)
    await shop.cart.provider_events.take(ProviderEvent("event", "authorised", payment.payment_id))
    assert await standing(shop) == [(house.ana, 2_000 + SHIPPING, "reserved", "authorised")]


async def test_a_winner_pays_the_price_and_not_the_maximum(house: House) -> None:
    shop = house.shop
    await open_with_cards(house)
    await house.bid(house.ana, 1_000, maximum=9_000)
    with pytest.raises(errors.BidRefused):
        await house.bid(house.ana, 1_000, maximum=8_000)  # not higher: it reserves nothing that stays
    await house.bid(house.cem, 1_500)  # without a card
    await house.hammer()
    await shop.cart.bid_money.settle()
    (order,) = (await shop.cart.orders.bought(house.ana)).items
    assert order.subtotal == 1_600
    records = await shop.rows(tables.test_payments, tables.test_payments.c.state == "captured")
    assert [record.amount for record in records] == [1_600 + SHIPPING]
    await balanced(shop)


async def test_a_higher_maximum_replaces_what_was_reserved(house: House) -> None:
    shop = house.shop
    await open_with_cards(house)
    await house.bid(house.ana, 1_000, maximum=3_000, key="tap")
    await house.bid(house.ana, 1_000, maximum=3_000, key="tap")
    await house.bid(house.ana, 1_000, maximum=6_000)
    await shop.cart.bid_money.settle()
    assert await standing(shop) == [
        (house.ana, 3_000 + SHIPPING, "voided", "voided"),
        (house.ana, 6_000 + SHIPPING, "reserved", "authorised"),
    ]


@pytest.mark.parametrize("number", ["4000000000000341", "4000000000009995"])
async def test_what_the_bank_declines_is_no_bid(house: House, number: str) -> None:
    shop = house.shop
    await house.open()
    await give_card(shop, house.ana, number)
    with pytest.raises(errors.Declined) as declined:
        await house.bid(house.ana, 2_000)
    assert "does not count" in declined.value.message
    assert "another card" in declined.value.message
    assert await shop.rows(bids) == []
    assert await shop.payment_states() == [("declined", "unknown")]
    await give_card(shop, house.ana)
    assert (await house.bid(house.ana, 2_000)).leading


async def test_a_refused_bid_reserves_nothing(house: House) -> None:
    shop = house.shop
    await open_with_cards(house)
    await house.bid(house.cem, 2_000)
    with pytest.raises(errors.BidRefused):
        await house.bid(house.ana, 1_500)
    shop.banned.add((house.show, house.ben))
    with pytest.raises(errors.BuyerBanned):
        await house.bid(house.ben, 9_000)
    assert await standing(shop) == []


class Thinking(TestProvider):
    """While this bank thinks, something happens."""

    def __init__(self, house: House, meanwhile: Callable[[], Awaitable[object]]) -> None:
        super().__init__(house.shop.database)
        self._meanwhile = meanwhile

    async def authorise(self, payment_id: str, amount: int, currency: str, source: Source) -> None:
        await super().authorise(payment_id, amount, currency, source)
        await self._meanwhile()


async def test_who_is_overtaken_while_the_bank_thinks_gets_the_money_back(house: House) -> None:
    shop = house.shop
    await open_with_cards(house)

    async def meanwhile() -> None:
        await house.bid(house.cem, 5_000)
        await shop.cart.bid_money.settle()  # leaves alone what is under way

    shop.use_provider(Thinking(house, meanwhile))
    answer = await house.bid(house.ana, 2_000)  # made before cem's, so it counts, and does not lead
    assert (answer.leading, answer.price) == (False, 5_000)
    assert await standing(shop) == [(house.ana, 2_000 + SHIPPING, "reserved", "authorised")]
    await shop.cart.bid_money.settle()
    assert await standing(shop) == [(house.ana, 2_000 + SHIPPING, "voided", "voided")]


async def test_a_bid_that_comes_too_late_after_all_gets_the_money_back_at_once(house: House) -> None:
    shop = house.shop
    await open_with_cards(house)
    shop.use_provider(Thinking(house, house.hammer))
    with pytest.raises(errors.BidRefused) as refused:
        await house.bid(house.ana, 2_000)
    assert refused.value.code == "over"
    assert await standing(shop) == [(house.ana, 2_000 + SHIPPING, "voided", "voided")]


async def test_near_the_end_no_bid_waits_for_a_bank(house: House) -> None:
    shop = house.shop
    await open_with_cards(house)
    await house.ends_in(3_000)
    assert (await house.bid(house.ana, 1_000)).leading

    async def reserved() -> list[str]:
        return [row.key for row in await shop.rows(tables.payments)]

    await until(reserved, [f"bid-{house.auction.auction_id}"])
    await house.hammer()
    await shop.cart.bid_money.settle()
    assert len((await shop.cart.orders.bought(house.ana)).items) == 1
    await balanced(shop)


async def test_a_late_bid_that_the_bank_declines_is_paid_from_the_bag(house: House) -> None:
    shop = house.shop
    await house.open()
    await give_card(shop, house.ana, "4000000000000341")
    await house.ends_in(3_000)
    await house.bid(house.ana, 1_000)
    await until(shop.payment_states, [("declined", "unknown")])
    await house.hammer()
    await shop.cart.bid_money.settle()
    (hold,) = (await shop.cart.bag(house.ana)).holds
    assert (await told(shop, "won"), await told(shop, "won_paid")) == ([(house.ana, 1_000)], [])
    assert (await shop.pay(house.ana, hold.hold_id)).subtotal == 1_000


async def test_a_winner_who_pays_from_the_bag_first_pays_once(house: House) -> None:
    shop = house.shop
    await open_with_cards(house)
    await house.bid(house.ana, 2_000)
    await house.hammer()
    (hold,) = (await shop.cart.bag(house.ana)).holds
    paid, _ = await asyncio.gather(
        shop.pay(house.ana, hold.hold_id), shop.cart.bid_money.settle(), return_exceptions=True
    )
    await shop.cart.bid_money.settle()
    assert not isinstance(paid, Exception) or isinstance(paid, errors.CartError)
    assert len((await shop.cart.orders.bought(house.ana)).items) == 1
    records = await shop.rows(tables.test_payments, tables.test_payments.c.state == "captured")
    assert [record.amount for record in records] == [2_000 + SHIPPING]
    assert {state for state, _ in await shop.payment_states()} <= {"captured", "voided"}
    await balanced(shop)


async def test_a_win_that_costs_more_than_was_reserved_is_paid_from_the_bag(house: House) -> None:
    shop = house.shop
    await open_with_cards(house)
    await house.bid(house.ana, 2_000)
    await shop.change(sa.update(tables.payments).values(amount=2_100))
    await house.hammer()
    await shop.cart.bid_money.settle()
    assert await shop.payment_states() == [("voided", "voided")]
    assert len((await shop.cart.bag(house.ana)).holds) == 1
    assert await told(shop, "won") == [(house.ana, 2_000)]


async def test_another_server_spends_what_a_killed_one_has_reserved(house: House) -> None:
    shop = house.shop
    await open_with_cards(house)
    await house.bid(house.ana, 2_000)
    await house.hammer()
    shop.cart = Cart(shop.timeline, shop.database, shop.closets, shop.provider)
    other = Cart(shop.timeline, shop.database, shop.closets, shop.provider)
    await asyncio.gather(shop.cart.bid_money.settle(), other.bid_money.settle())
    await shop.cart.bid_money.settle()
    assert len((await shop.cart.orders.bought(house.ana)).items) == 1
    await balanced(shop)


async def test_sealed_bids_keep_every_reservation_until_the_hammer(house: House) -> None:
    shop = house.shop
    await house.open(sudden_death=True)
    for who in (house.ana, house.ben):
        await give_card(shop, who)
    await house.bid(house.ana, 1_000)
    await house.ends_in(1_000)
    assert (await house.bid(house.ben, 3_000)).leading is None

    async def both() -> int:
        return sum(row.key.startswith("bid-") for row in await shop.rows(tables.payments))

    await until(both, 2)
    await shop.cart.bid_money.settle()
    assert [state for _, _, state, _ in await standing(shop)] == ["reserved", "reserved"]
    await house.hammer()
    await shop.cart.bid_money.settle()
    assert [(who, state) for who, _, state, _ in await standing(shop)] == [
        (house.ana, "voided"),
        (house.ben, "captured"),
    ]
    await balanced(shop)


async def test_the_first_bidder_of_a_new_auction_is_not_paid_for_an_old_one(shop: Shop) -> None:
    host, ana = await shop.person(), await buyer_with_card(shop)
    show = await shop.show(host)
    for price in (1_000, 2_000):
        piece = await shop.listing(host)
        await shop.cart.lineups.add(show, piece, host)
        found = await shop.cart.auctions.begin(show, host, NewAuction(piece, price, 60))
        await shop.cart.auctions.bid(found.auction_id, ana, price, "k")
        await shop.change(
            sa.update(auctions).where(auctions.c.auction_id == found.auction_id).values(ends_at=now_ms() - 2_000)
        )
        await shop.cart.auctions.close_due()
    await shop.cart.bid_money.settle()
    assert sorted(order.subtotal for order in (await shop.cart.orders.bought(ana)).items) == [1_000, 2_000]
    await balanced(shop)


async def test_a_banned_leader_is_passed_over_and_the_log_still_proves_the_outcome(house: House) -> None:
    shop = house.shop
    await open_with_cards(house)
    await house.bid(house.ana, 1_000, maximum=2_000)
    await house.bid(house.cem, 1_500)
    await house.bid(house.ben, 5_000)
    shop.banned.add((house.show, house.ben))
    await house.hammer()
    await shop.cart.bid_money.settle()
    found = await shop.cart.auctions.log(house.auction.auction_id, None)
    assert (found.price, found.winner.id if found.winner else None) == (1_600, house.ana)
    assert found.left_out == (house.ben,)
    entries, hashes = [one.entry for one in found.entries], [one.hash for one in found.entries]
    assert len(entries) == 3
    assert log.broken_at(found.terms, entries, hashes, found.opened) is None
    maxima = {one.number: one.maximum for one in found.opened}
    counted = [
        rules.Bid(e.number, e.bidder_id, e.amount, maxima[e.number], e.made_at)
        for e in entries
        if e.bidder_id not in found.left_out
    ]
    terms = rules.Terms(found.terms.start_price, found.terms.step, found.terms.sudden_death)
    again = rules.standing(terms, counted)
    assert (again.price, again.leader_id) == (1_600, house.ana)
    closed = next(event for event in await shop.events(house.show) if event.kind == "auction_closed")
    assert (closed.data["left_out"], closed.data["price"]) == ([house.ben], 1_600)
    view = await shop.cart.auctions.view(house.auction.auction_id)
    assert (view.price, view.leader.id if view.leader else None) == (1_600, house.ana)
    assert {row.account_id for row in await shop.rows(tables.payments, tables.payments.c.state == "reserved")} <= {
        house.ana
    }
    assert (house.ben, 5_000 + SHIPPING, "voided", "voided") in await standing(shop)


async def test_when_everybody_was_banned_nobody_wins(house: House) -> None:
    shop = house.shop
    await open_with_cards(house)
    await house.bid(house.ana, 1_000)
    shop.banned.add((house.show, house.ana))
    await house.hammer()
    await shop.cart.bid_money.settle()
    assert (await shop.cart.auctions.view(house.auction.auction_id)).state == "unsold"
    assert await shop.stock(house.piece) == (1, 0, 0)
    assert await shop.payment_states() == [("voided", "voided")]
