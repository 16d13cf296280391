"""Saved cards, one tap, money reserved ahead, and what the provider tells on its own: late, twice, in any order."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from cart import errors, tables, test_cards
from cart.checkout import CardInput, CheckoutRequest
from cart.payments import ProviderEvent, Source
from cart.service import Cart
from cart.shipping import FLAT as SHIPPING
from cart.test_provider import TestProvider
from cart.views import Order
from tests.cart.conftest import ADDRESS, GOOD_CARD, Shop, until


def card(number: str) -> CardInput:
    return CardInput(number, "12/39", "123")


async def buyer_with_card(shop: Shop, number: str = "4242424242424242") -> str:
    buyer = await shop.person()
    await shop.cart.orders.save_address(buyer, ADDRESS)
    await shop.cart.save_card(buyer, card(number))
    return buyer


async def one_tap(shop: Shop, buyer: str, *hold_ids: str, key: str | None = None, method: str | None = None) -> Order:
    request = CheckoutRequest(list(hold_ids), method_id=method)
    return await shop.cart.checkout.pay(buyer, key or shop.key(), request)


async def test_one_tap_pays_with_what_is_saved(shop: Shop) -> None:
    seller, buyer = await shop.person(), await buyer_with_card(shop)
    hold = await shop.hold(buyer, await shop.listing(seller))
    order = await one_tap(shop, buyer, hold.hold_id, key="tap")
    assert (order.address, order.total) == (ADDRESS, 4_800 + SHIPPING)
    assert await one_tap(shop, buyer, hold.hold_id, key="tap") == order
    assert await shop.payment_states() == [("captured", "captured")]
    with pytest.raises(errors.IdempotencyMismatch):
        await one_tap(shop, buyer, (await shop.hold(buyer, await shop.listing(seller))).hold_id, key="tap")


async def test_one_tap_says_what_is_missing(shop: Shop) -> None:
    seller, buyer = await shop.people(2)
    hold = await shop.hold(buyer, await shop.listing(seller))
    with pytest.raises(errors.InvalidCheckout) as no_card:
        await one_tap(shop, buyer, hold.hold_id)
    assert no_card.value.code == "no_saved_card"
    await shop.cart.save_card(buyer, GOOD_CARD)
    with pytest.raises(errors.InvalidCheckout) as no_address:
        await one_tap(shop, buyer, hold.hold_id)
    assert no_address.value.code == "no_saved_address"
    with pytest.raises(errors.PaymentMethodNotFound):
        await one_tap(shop, buyer, hold.hold_id, method="nothing")


async def test_a_card_is_saved_with_the_first_payment_and_shown_without_its_number(shop: Shop) -> None:
    seller, buyer, other = await shop.people(3)
    hold = await shop.hold(buyer, await shop.listing(seller))
    request = CheckoutRequest([hold.hold_id], ADDRESS, GOOD_CARD, save_card=True)
    for _ in range(2):
        await shop.cart.checkout.pay(buyer, "key", request)
    (method,) = (await shop.cart.methods.view(buyer)).methods
    assert (method.brand, method.last4, method.main, method.expired) == ("visa", "4242", True, False)
    second = await shop.cart.save_card(buyer, card("5555 5555 5555 4444"))
    assert [each.last4 for each in (await shop.cart.methods.view(buyer)).methods] == ["4444", "4242"]
    await shop.cart.methods.choose(buyer, method.method_id)
    assert (await shop.cart.methods.view(buyer)).methods[0] == method
    with pytest.raises(errors.PaymentMethodNotFound):
        await shop.cart.methods.remove(other, second)
    await shop.cart.methods.remove(buyer, second)
    assert len((await shop.cart.methods.view(buyer)).methods) == 1
    stored = str([tuple(row) for row in await shop.rows(tables.payment_methods)])
    assert "4242424242424242" not in stored


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("4000000000000341", "declined"),
        ("4000000000009995", "not_enough_money"),
    ],
)
async def test_declines_keep_the_hold_and_say_what_to_do(sqlite_shop: Shop, number: str, code: str) -> None:
    shop = sqlite_shop
    seller, buyer = await shop.person(), await buyer_with_card(shop, number)
    hold = await shop.hold(buyer, await shop.listing(seller))
    for _ in range(2):  # the same key is answered the same
        with pytest.raises(errors.Declined) as declined:
            await one_tap(shop, buyer, hold.hold_id, key="tap")
        assert declined.value.code == code
        assert "another card" in declined.value.message
    assert [held.hold_id for held in (await shop.cart.bag(buyer)).holds] == [hold.hold_id]
    await shop.cart.save_card(buyer, GOOD_CARD)
    assert (await one_tap(shop, buyer, hold.hold_id)).total == 4_800 + SHIPPING


async def test_a_declined_card_is_not_saved(sqlite_shop: Shop) -> None:
    buyer = await sqlite_shop.person()
    with pytest.raises(errors.Declined):
        await sqlite_shop.cart.save_card(buyer, card(test_cards.DECLINED_CARD))
    assert (await sqlite_shop.cart.methods.view(buyer)).methods == []


async def test_a_bid_that_wins_takes_what_it_costs(shop: Shop) -> None:
    seller, buyer = await shop.person(), await buyer_with_card(shop)
    payment = await shop.cart.reservations.reserve(buyer, 9_000, "USD")
    assert await shop.payment_states() == [("reserved", "authorised")]
    hold = await shop.hold(buyer, await shop.listing(seller, price=4_000))
    order = await shop.cart.reservations.spend(payment, [hold.hold_id])
    assert order.total == 4_000 + SHIPPING
    assert await shop.payment_states() == [("captured", "captured")]
    (record,) = await shop.rows(tables.test_payments)
    assert record.amount == order.total
    await shop.cart.reservations.release(payment)  # too late: nothing changes
    with pytest.raises(errors.CartError, match="spent or released"):
        await shop.cart.reservations.spend(payment, [(await shop.hold(buyer, await shop.listing(seller))).hold_id])


async def test_a_bid_that_loses_costs_nothing(shop: Shop) -> None:
    buyer = await buyer_with_card(shop)
    payment = await shop.cart.reservations.reserve(buyer, 9_000, "USD")
    for _ in range(2):
        await shop.cart.reservations.release(payment)
    forgotten = await shop.cart.reservations.reserve(buyer, 100, "USD")
    await shop.cart._settlement.sweep()
    await shop.change(sa.update(tables.payments).where(tables.payments.c.payment_id == forgotten).values(lease_until=1))
    await shop.cart._settlement.sweep()
    assert await shop.payment_states() == [("voided", "voided")] * 2


async def test_a_bid_that_reserved_too_little_keeps_the_hold(shop: Shop) -> None:
    seller, buyer = await shop.person(), await buyer_with_card(shop)
    payment = await shop.cart.reservations.reserve(buyer, 4_800, "USD")  # the shipping was forgotten
    hold = await shop.hold(buyer, await shop.listing(seller))
    with pytest.raises(errors.InvalidCheckout):
        await shop.cart.reservations.spend(payment, [hold.hold_id])
    assert await shop.payment_states() == [("voided", "voided")]
    assert (await one_tap(shop, buyer, hold.hold_id)).total == 4_800 + SHIPPING


async def test_a_restart_between_payment_and_settlement_leaves_reservations_alone(sqlite_shop: Shop) -> None:
    buyer = await buyer_with_card(sqlite_shop)
    await sqlite_shop.cart.reservations.reserve(buyer, 9_000, "USD")
    await sqlite_shop.cart._settlement.start()
    await sqlite_shop.cart._settlement.sweep()
    assert await sqlite_shop.payment_states() == [("reserved", "authorised")]


class RacingProvider(TestProvider):
    """Its event comes before its answer."""

    def __init__(self, shop: Shop) -> None:
        super().__init__(shop.database)
        self.told = 0

    async def authorise(self, payment_id: str, amount: int, currency: str, source: Source) -> None:
        await super().authorise(payment_id, amount, currency, source)
        assert self._listener is not None
        event = ProviderEvent(f"event-{payment_id}", "authorised", payment_id)
        await asyncio.gather(*(self._listener(event) for _ in range(3)))


async def test_a_webhook_that_races_the_answer_makes_one_order_and_both_see_it(shop: Shop) -> None:
    provider = RacingProvider(shop)
    shop.provider, shop.cart = provider, Cart(shop.timeline, shop.database, shop.closets, provider)
    seller, buyer = await shop.person(), await buyer_with_card(shop)
    hold = await shop.hold(buyer, await shop.listing(seller))
    order = await one_tap(shop, buyer, hold.hold_id)
    assert (await shop.cart.orders.bought(buyer)).items == [order]
    assert await shop.payment_states() == [("captured", "captured")]
    assert shop.cart.statistics()["provider_events_repeated"] == 2


async def test_an_answer_that_was_lost_charges_nothing(sqlite_shop: Shop) -> None:
    """The bank has paid but nobody heard: the buyer is told so, the money is let go, the late event changes nothing."""
    shop = sqlite_shop
    seller, buyer = await shop.person(), await buyer_with_card(shop, "4000000000000119")
    hold = await shop.hold(buyer, await shop.listing(seller))
    with pytest.raises(errors.PaymentUnavailable):
        await one_tap(shop, buyer, hold.hold_id, key="tap")
    # On a slow machine the late event is there already, and the payment on its way from voided to voiding and back.
    await until(shop.payment_states, [("voided", "voided")])

    async def told() -> int:
        return shop.cart.provider_events.counters["provider_events"]

    await until(told, 1)
    await until(shop.payment_states, [("voided", "voided")])
    assert len((await shop.cart.bag(buyer)).holds) == 1


async def test_late_money_goes_back(shop: Shop) -> None:
    """A payment was given up; then the provider says that it has taken the money."""
    seller, buyer = await shop.person(), await buyer_with_card(shop)
    hold = await shop.hold(buyer, await shop.listing(seller))
    await shop.cart.checkout.pay(buyer, "first", CheckoutRequest([hold.hold_id]))
    (payment,) = await shop.rows(tables.payments)
    lost = await shop.cart.reservations.reserve(buyer, 700, "USD")
    await shop.provider.capture(lost)  # a provider that captures by itself
    await shop.change(sa.update(tables.payments).where(tables.payments.c.payment_id == lost).values(state="voided"))
    for _ in range(2):
        await shop.cart.provider_events.take(ProviderEvent("late", "captured", lost))
    record = next(row for row in await shop.rows(tables.test_payments) if row.payment_id == lost)
    assert (record.state, record.refunded) == ("captured", 700)
    paid = next(row for row in await shop.rows(tables.test_payments) if row.payment_id == payment.payment_id)
    assert paid.refunded == 0
    assert ("voided", "captured") in await shop.payment_states()


async def test_events_out_of_order_and_of_nobody(shop: Shop) -> None:
    seller, buyer = await shop.person(), await buyer_with_card(shop)
    hold = await shop.hold(buyer, await shop.listing(seller))
    order = await one_tap(shop, buyer, hold.hold_id)
    (payment,) = await shop.rows(tables.payments)
    take = shop.cart.provider_events.take
    for number, kind in enumerate(("captured", "authorised", "declined", "voided", "authorised")):
        await take(ProviderEvent(f"old-{number}", kind, payment.payment_id))  # type: ignore[arg-type]
    await take(ProviderEvent("stranger", "captured", "nobodys"))
    # A dispute's end is told before its beginning.
    await take(ProviderEvent("d2", "dispute_closed", payment.payment_id, order.total, "dispute", "lost"))
    await take(ProviderEvent("d1", "disputed", payment.payment_id, order.total, "dispute", "fraudulent"))
    assert await shop.payment_states() == [("captured", "captured")]
    assert len(await shop.rows(tables.orders)) == 1
    (dispute,) = await shop.rows(tables.disputes)
    assert (dispute.state, dispute.amount, dispute.currency) == ("lost", order.total, "USD")
