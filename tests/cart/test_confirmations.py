"""A bank that wants the buyer to confirm: the hold is kept meanwhile, one answer decides, and nobody pays twice."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from cart import errors, tables
from cart.checkout import CheckoutRequest
from cart.hold_rules import CHECKOUT_MS, HOLD_MS, confirming_until
from cart.payment_states import CONFIRM_MS
from cart.payments import ProviderEvent
from cart.shipping import FLAT as SHIPPING
from cart.views import Hold, Order
from hosts.notices.tables import notices
from tests.cart.conftest import ADDRESS, GOOD_CARD, Shop, until
from tests.cart.test_auctions import House
from tests.cart.test_payment_methods import buyer_with_card, card

ASKS, ASKS_IN_VAIN = "4000002760003184", "4000008400001629"


@pytest.fixture
def house(shop: Shop) -> House:
    return House(shop)


async def asked(shop: Shop, number: str = ASKS, key: str = "tap") -> tuple[str, Hold, errors.ConfirmationNeeded]:
    """A buyer whose bank asks about a held piece."""
    buyer = await buyer_with_card(shop, number)
    hold = await shop.hold(buyer, await shop.listing(await shop.person()))
    with pytest.raises(errors.ConfirmationNeeded) as needed:
        await tap(shop, buyer, hold, key)
    return buyer, hold, needed.value


async def tap(shop: Shop, buyer: str, hold: Hold, key: str, method: str | None = None) -> Order:
    return await shop.cart.checkout.pay(buyer, key, CheckoutRequest([hold.hold_id], method_id=method))


def payment_of(needed: errors.ConfirmationNeeded) -> str:
    assert needed.details is not None
    return str(needed.details["payment_id"])


async def time_is_over(shop: Shop, payment_id: str) -> None:
    payments = tables.payments
    await shop.change(sa.update(payments).where(payments.c.payment_id == payment_id).values(lease_until=1))


async def test_a_confirmed_payment_buys_once_however_often_it_is_asked_about(shop: Shop) -> None:
    buyer, hold, needed = await asked(shop)
    assert needed.details is not None
    assert (needed.details["amount"], needed.details["currency"]) == (4_800 + SHIPPING, "USD")
    (bagged,) = (await shop.cart.bag(buyer)).holds
    assert bagged.until >= needed.details["until"] > hold.until  # kept while the bank asks
    with pytest.raises(errors.ConfirmationNeeded) as again:
        await tap(shop, buyer, hold, "tap")  # a reload: the same question, not another payment
    assert again.value.details == needed.details
    (open_now,) = await shop.cart.confirmations.open(buyer)
    assert (open_now.payment_id, open_now.auction_id) == (payment_of(needed), None)
    with pytest.raises(errors.ConfirmationNeeded):
        await shop.cart.confirmations.go_on(payment_of(needed), None)
    await shop.cart._settlement.sweep()
    assert await shop.payment_states() == [("asking", "asking")]

    async def answered(confirmed: bool | None) -> Order | None:
        try:
            return (await shop.cart.confirmations.go_on(payment_of(needed), confirmed)).order
        except (errors.InProgress, errors.ConfirmationNeeded):
            return None

    given = await asyncio.gather(*(answered(value) for value in (True, None, True, None)))
    await until(shop.payment_states, [("captured", "captured")])
    (order,) = (await shop.cart.orders.bought(buyer)).items
    assert {found.order_id for found in given if found is not None} <= {order.order_id}
    assert (await shop.cart.confirmations.go_on(payment_of(needed), None)).order == order
    assert await tap(shop, buyer, hold, "tap") == order
    assert await shop.cart.confirmations.open(buyer) == []


@pytest.mark.parametrize(("number", "answer"), [(ASKS, False), (ASKS_IN_VAIN, True)])
async def test_a_no_keeps_the_hold_and_another_card_pays(sqlite_shop: Shop, number: str, answer: bool) -> None:
    shop = sqlite_shop
    buyer, hold, needed = await asked(shop, number)
    with pytest.raises((errors.Declined, errors.InProgress)):
        await shop.cart.confirmations.go_on(payment_of(needed), answer)
    await until(shop.payment_states, [("declined", "declined")])
    for _ in range(2):
        with pytest.raises(errors.Declined) as declined:
            await shop.cart.confirmations.go_on(payment_of(needed), True)  # too late to think again
        assert declined.value.code == "not_confirmed"
    method = await shop.cart.save_card(buyer, GOOD_CARD)
    assert (await tap(shop, buyer, hold, "other", method)).total == 4_800 + SHIPPING


async def test_only_the_event_tells_because_the_page_was_closed(sqlite_shop: Shop) -> None:
    buyer, _, needed = await asked(sqlite_shop)
    await sqlite_shop.provider.answer(payment_of(needed), confirmed=True)
    await until(sqlite_shop.payment_states, [("captured", "captured")])
    assert len((await sqlite_shop.cart.orders.bought(buyer)).items) == 1


async def test_events_that_come_early_twice_and_out_of_order_change_nothing(sqlite_shop: Shop) -> None:
    shop = sqlite_shop
    _, _, needed = await asked(shop)
    for number, kind in enumerate(("declined", "authorised", "voided", "authorised")):
        await shop.cart.provider_events.take(
            ProviderEvent(f"e{number}", kind, payment_of(needed))  # type: ignore[arg-type]
        )
    assert await shop.payment_states() == [("asking", "asking")]  # the bank itself says: still asking


async def test_a_question_that_nobody_answers_ends_with_the_hold(shop: Shop) -> None:
    buyer, hold, needed = await asked(shop)
    await shop.run_out(hold.hold_id)
    await time_is_over(shop, payment_of(needed))
    await shop.cart.holds.expire()
    await shop.cart._settlement.sweep()
    assert await shop.payment_states() == [("voided", "voided")]
    assert await shop.stock(hold.listing.listing_id) == (1, 0, 0)
    with pytest.raises(errors.Declined) as late:
        await shop.cart.confirmations.go_on(payment_of(needed), True)
    assert late.value.code == "not_confirmed"
    assert (await shop.cart.bag(buyer)).holds == []


async def test_a_yes_after_the_hold_has_gone_to_somebody_else_charges_nothing(shop: Shop) -> None:
    _, hold, needed = await asked(shop)
    await shop.run_out(hold.hold_id)
    other = await buyer_with_card(shop)
    theirs = await shop.hold(other, hold.listing.listing_id)
    assert (await tap(shop, other, theirs, "theirs")).total == 4_800 + SHIPPING
    with pytest.raises((errors.HoldGone, errors.InProgress)):
        await shop.cart.confirmations.go_on(payment_of(needed), True)
    await until(shop.payment_states, [("captured", "captured"), ("voided", "voided")])
    assert await shop.stock(hold.listing.listing_id) == (1, 0, 1)


async def test_another_card_replaces_the_question_and_a_late_yes_charges_nothing(shop: Shop) -> None:
    buyer, hold, needed = await asked(shop)
    method = await shop.cart.save_card(buyer, GOOD_CARD)
    order = await tap(shop, buyer, hold, "other", method)
    await shop.provider.answer(payment_of(needed), confirmed=True)
    await shop.cart._settlement.sweep()
    await until(shop.payment_states, [("captured", "captured"), ("voided", "voided")])
    assert (await shop.cart.orders.bought(buyer)).items == [order]
    with pytest.raises(errors.Declined) as replaced:
        await shop.cart.confirmations.go_on(payment_of(needed), None)
    assert replaced.value.code == "replaced"


async def test_a_restart_leaves_the_question_open(sqlite_shop: Shop) -> None:
    buyer, _, needed = await asked(sqlite_shop)
    sqlite_shop.use_provider(type(sqlite_shop.provider)(sqlite_shop.database))
    await sqlite_shop.cart._settlement.start()
    await sqlite_shop.cart._settlement.sweep()
    assert (await sqlite_shop.cart.confirmations.open(buyer))[0].payment_id == payment_of(needed)


def test_a_bank_that_asks_again_and_again_does_not_keep_a_piece_for_ever() -> None:
    until, now = HOLD_MS, HOLD_MS - 1
    for _ in range(10):
        until = confirming_until(until, 0, now)
        now = until - 1
    assert until == HOLD_MS + CHECKOUT_MS + CONFIRM_MS
    assert confirming_until(10 * until, 0, 5) == 10 * until  # what is held longer stays so


# -- bids


async def test_a_bid_counts_once_its_bank_has_its_answer(house: House) -> None:
    shop = house.shop
    await house.open()
    await shop.cart.orders.save_address(house.ana, ADDRESS)
    await shop.cart.save_card(house.ana, card(ASKS))
    for _ in range(2):  # a second tap asks nothing new
        with pytest.raises(errors.ConfirmationNeeded) as needed:
            await house.bid(house.ana, 2_000)
    assert "counts once" in needed.value.message
    assert await shop.payment_states() == [("asking", "asking")]
    (question,) = await shop.cart.confirmations.open(house.ana)
    assert question.auction_id == house.auction.auction_id
    assert (await shop.cart.confirmations.go_on(question.payment_id, True)).order is None
    await until(shop.payment_states, [("reserved", "authorised")])
    assert (await house.bid(house.ana, 2_000)).leading
    await shop.cart.bid_money.settle()
    assert await shop.payment_states() == [("reserved", "authorised")]
    await house.hammer()
    await shop.cart.bid_money.settle()
    assert (await shop.cart.orders.bought(house.ana)).items[0].subtotal == 2_000
    assert await shop.payment_states() == [("captured", "captured")]


async def test_a_confirmed_amount_that_no_bid_uses_is_let_go(house: House) -> None:
    shop = house.shop
    await house.open()
    await shop.cart.orders.save_address(house.ana, ADDRESS)
    await shop.cart.save_card(house.ana, card(ASKS))
    with pytest.raises(errors.ConfirmationNeeded) as needed:
        await house.bid(house.ana, 2_000)
    await shop.cart.confirmations.go_on(payment_of(needed.value), True)
    await time_is_over(shop, payment_of(needed.value))
    await shop.cart._settlement.sweep()
    assert await shop.payment_states() == [("voided", "voided")]


async def test_a_late_bid_counts_and_its_bidder_is_told_to_confirm(house: House) -> None:
    shop = house.shop
    await house.open()
    await shop.cart.orders.save_address(house.ana, ADDRESS)
    await shop.cart.save_card(house.ana, card(ASKS))
    await house.ends_in(3_000)
    assert (await house.bid(house.ana, 1_000)).leading

    async def told() -> list[tuple[str, int]]:
        return [(row.account_id, row.amount) for row in await shop.rows(notices, notices.c.kind == "bid_confirm")]

    await until(told, [(house.ana, 1_000 + SHIPPING)])
    (question,) = await shop.cart.confirmations.open(house.ana)
    await house.hammer()
    await shop.cart.bid_money.settle()
    assert len((await shop.cart.bag(house.ana)).holds) == 1
    assert (await shop.cart.confirmations.go_on(question.payment_id, True)).order is None
    await shop.cart.bid_money.settle()
    assert (await shop.cart.orders.bought(house.ana)).items[0].subtotal == 1_000
    assert await shop.payment_states() == [("captured", "captured")]
