"""A server that dies between the bank and the order: whoever comes after it brings the payment to an end."""

from __future__ import annotations

import asyncio
from typing import Literal

import pytest
import sqlalchemy as sa

from cart import errors, tables
from cart.payment_card import PaymentCard
from cart.payments import Source
from cart.service import Cart
from cart.test_provider import TestProvider
from tests.cart.conftest import GOOD_CARD, Shop, until


class Killed(BaseException):
    """Nothing catches it, as nothing catches SIGKILL."""


class DyingProvider(TestProvider):
    """The server dies before or after the bank has heard of it, or before the money is taken."""

    def __init__(self, shop: Shop, moment: Literal["before", "after", "capture", "void"]) -> None:
        super().__init__(shop.database)
        self._moment = moment

    async def authorise(self, payment_id: str, amount: int, currency: str, source: Source) -> None:
        if self._moment == "before":
            raise Killed
        await super().authorise(payment_id, amount, currency, source)
        if self._moment == "after":
            raise Killed

    async def capture(self, payment_id: str, amount: int | None = None) -> None:
        if self._moment == "capture":
            raise Killed
        await super().capture(payment_id, amount)

    async def void(self, payment_id: str) -> None:
        if self._moment == "void":
            raise Killed
        await super().void(payment_id)


async def killed(shop: Shop, buyer: str, hold_id: str, moment: Literal["before", "after", "capture"]) -> None:
    dying = Cart(shop.timeline, shop.database, shop.closets, DyingProvider(shop, moment))
    living, shop.cart = shop.cart, dying
    with pytest.raises(Killed):
        await shop.pay(buyer, hold_id, key="key")
    shop.cart = living


async def lease_over(shop: Shop) -> None:
    await shop.change(sa.update(tables.payments).values(lease_until=0))


async def test_what_was_authorised_becomes_the_order(shop: Shop) -> None:
    seller, buyer = await shop.people(2)
    listing = await shop.listing(seller)
    hold = await shop.hold(buyer, listing)
    await killed(shop, buyer, hold.hold_id, "after")
    with pytest.raises(errors.InProgress):
        await shop.pay(buyer, hold.hold_id, key="key")
    await shop.cart._settlement.sweep()
    assert await shop.payment_states() == [("begun", "authorised")]  # its lease still runs: it may be alive
    await lease_over(shop)
    await shop.cart._settlement.sweep()
    assert await shop.payment_states() == [("captured", "captured")]
    order = await shop.pay(buyer, hold.hold_id, key="key")
    assert (await shop.cart.orders.bought(buyer)).items == [order]
    assert await shop.stock(listing) == (1, 0, 1)


async def test_what_was_authorised_too_late_is_voided(shop: Shop) -> None:
    seller, buyer = await shop.people(2)
    listing = await shop.listing(seller)
    hold = await shop.hold(buyer, listing)
    await killed(shop, buyer, hold.hold_id, "after")
    await shop.run_out(hold.hold_id)
    await shop.cart.holds.expire()
    await lease_over(shop)
    await shop.cart._settlement.sweep()
    assert await shop.payment_states() == [("voided", "voided")]
    assert await shop.stock(listing) == (1, 0, 0)
    with pytest.raises(errors.HoldGone):
        await shop.pay(buyer, hold.hold_id, key="key")


async def test_what_the_bank_never_heard_of_is_closed_there(shop: Shop) -> None:
    seller, buyer = await shop.people(2)
    hold = await shop.hold(buyer, await shop.listing(seller))
    await killed(shop, buyer, hold.hold_id, "before")
    await lease_over(shop)
    await shop.cart._settlement.sweep()
    assert await shop.payment_states() == [("voided", "voided")]
    payment = (await shop.rows(tables.payments))[0]
    late = PaymentCard("4242424242424242", 12, 2039, "123")
    with pytest.raises(errors.Declined, match="cancelled"):
        await shop.provider.authorise(payment.payment_id, payment.amount, payment.currency, late)
    await shop.pay(buyer, hold.hold_id, key="key")  # the same key may try again


async def test_an_order_whose_money_was_not_taken_yet(shop: Shop) -> None:
    seller, buyer = await shop.people(2)
    hold = await shop.hold(buyer, await shop.listing(seller))
    await killed(shop, buyer, hold.hold_id, "capture")
    assert await shop.payment_states() == [("paid", "authorised")]
    await shop.pay(buyer, hold.hold_id, key="key")  # the order stands already
    await lease_over(shop)
    await shop.cart._settlement.sweep()
    assert await shop.payment_states() == [("captured", "captured")]
    assert len(await shop.rows(tables.orders)) == 1


async def test_several_sweeps_at_once_make_one_order(shop: Shop) -> None:
    seller, buyer = await shop.people(2)
    hold = await shop.hold(buyer, await shop.listing(seller))
    await killed(shop, buyer, hold.hold_id, "after")
    await lease_over(shop)
    servers = [Cart(shop.timeline, shop.database, shop.closets, shop.provider) for _ in range(4)]
    await asyncio.gather(*(server._settlement.sweep() for server in servers))
    assert await shop.payment_states() == [("captured", "captured")]
    assert len(await shop.rows(tables.orders)) == 1


async def test_a_restart_settles_without_waiting_on_the_only_server(sqlite_shop: Shop) -> None:
    shop = sqlite_shop
    seller, buyer = await shop.people(2)
    hold = await shop.hold(buyer, await shop.listing(seller))
    await killed(shop, buyer, hold.hold_id, "after")
    await shop.cart.start()
    await until(shop.payment_states, [("captured", "captured")])


async def test_one_payment_that_cannot_be_settled_does_not_stop_the_others(shop: Shop) -> None:
    seller, buyer = await shop.people(2)
    hold, other = await shop.hold(buyer, await shop.listing(seller)), await shop.hold(buyer, await shop.listing(seller))
    await killed(shop, buyer, hold.hold_id, "after")
    await shop.change(sa.update(tables.idempotency).where(tables.idempotency.c.key == "key").values(key="first"))
    await shop.change(sa.update(tables.payments).values(created_at=1, key="first", amount=1))
    await killed(shop, buyer, other.hold_id, "after")
    await lease_over(shop)
    await shop.cart._settlement.sweep()
    assert await shop.payment_states() == [("begun", "authorised"), ("captured", "captured")]
    assert (await shop.rows(tables.order_items))[0].hold_id == other.hold_id


async def test_the_request_yields_to_a_sweep_that_was_faster(shop: Shop) -> None:
    """A bank that answers after the lease: the sweep has closed the payment, the request finds that out."""
    seller, buyer = await shop.people(2)
    hold = await shop.hold(buyer, await shop.listing(seller))

    class LateProvider(TestProvider):
        async def authorise(self, payment_id: str, amount: int, currency: str, source: Source) -> None:
            await super().authorise(payment_id, amount, currency, source)
            await lease_over(shop)
            await shop.cart._settlement.sweep()

    shop.cart = Cart(shop.timeline, shop.database, shop.closets, LateProvider(shop.database))
    order = await shop.pay(buyer, hold.hold_id, card=GOOD_CARD)
    assert (await shop.cart.orders.bought(buyer)).items == [order]
    assert await shop.payment_states() == [("captured", "captured")]


async def test_the_provider_keeps_its_word(shop: Shop) -> None:
    provider = shop.provider
    card = PaymentCard("4242424242424242", 12, 2039, "123")
    assert await provider.standing("one") == "unknown"
    await asyncio.gather(*(provider.authorise("one", 100, "USD", card) for _ in range(3)))
    await provider.capture("one")
    await provider.capture("one")
    with pytest.raises(ValueError, match="captured cannot become voided"):
        await provider.void("one")
    await provider.authorise("two", 100, "USD", card)
    await provider.void("two")
    await provider.void("two")
    with pytest.raises(ValueError, match="voided cannot become captured"):
        await provider.capture("two")
    assert (await provider.standing("one"), await provider.standing("two")) == ("captured", "voided")
