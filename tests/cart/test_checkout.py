"""Paying: all or nothing, once, and never for a piece that is somebody else's."""

from __future__ import annotations

import asyncio
from collections import Counter

import msgspec
import pytest
import sqlalchemy as sa

from cart import errors, tables
from cart.address import Address
from cart.checkout import CardInput, CheckoutRequest
from cart.payments import Source
from cart.seller_terms import SellerTerms
from cart.service import Cart
from cart.shipping import FLAT as SHIPPING
from cart.test_provider import TestProvider
from cart.views import Order
from livestream.tables import shows
from tests.cart.conftest import ADDRESS, BAD_CARD, GOOD_CARD, Shop


async def test_an_order_has_a_parcel_per_seller_and_credit_for_the_curator(shop: Shop) -> None:
    host, one, two, buyer = await shop.people(4)
    await shop.cart.set_seller_terms(two, SellerTerms(curator=500))
    show = await shop.show(host)
    coat, scarf = await shop.listing(one, price=4_800, title="Coat"), await shop.listing(one, price=1_000)
    boots = await shop.listing(two, price=9_999, title="Boots")
    await shop.cart.lineups.feature(show, boots, host)
    holds = [await shop.hold(buyer, coat), await shop.hold(buyer, scarf), await shop.hold(buyer, boots, show)]
    order = await shop.pay(buyer, *(hold.hold_id for hold in holds))
    assert (order.subtotal, order.shipping, order.total) == (15_799, 2 * SHIPPING, 15_799 + 2 * SHIPPING)
    assert order.address == ADDRESS
    parcels = {parcel.seller.id: parcel for parcel in order.parcels}
    assert {item.listing_id for item in parcels[one].items} == {coat, scarf}
    (sold,) = parcels[two].items
    assert (sold.title, sold.show_id, sold.at) == ("Boots", show, shop.clock[show])
    assert sold.curator is not None
    assert sold.curator.id == host
    assert await shop.stock(boots) == (1, 0, 1)
    assert (await shop.events(show))[-1].kind == "sold"
    assert (await shop.events(show))[-1].by is None
    assert (await shop.events(show))[-1].data == {"listing_id": boots, "left": 0, "state": "sold"}
    assert await shop.payment_states() == [("captured", "captured")]
    assert await shop.cart.orders.get(order.order_id) == order
    (curated,) = (await shop.cart.orders.curation(host)).items
    assert (curated.credit, curated.price, curated.show.show_id) == (499, 9_999, show)
    entries = await shop.rows(tables.ledger)
    assert sum(entry.amount for entry in entries) == 0
    received: Counter[str | None] = Counter()
    for entry in entries:
        received[entry.account_id] += entry.amount
    # 10 % of each price, rounded down, is the platform's; the curator's 5 % are the seller's to give.
    assert received == {
        buyer: -order.total,
        one: 4_800 - 480 + 1_000 - 100 + SHIPPING,
        two: 9_999 - 999 - 499 + SHIPPING,
        host: 499,
        None: 480 + 100 + 999,
    }


async def test_a_declined_card_costs_nothing_and_keeps_the_hold(shop: Shop) -> None:
    seller, buyer = await shop.people(2)
    hold = await shop.hold(buyer, await shop.listing(seller))
    for _ in range(2):  # the same key answers the same
        with pytest.raises(errors.Declined):
            await shop.pay(buyer, hold.hold_id, key="first", card=BAD_CARD)
    assert await shop.payment_states() == [("declined", "unknown")]
    with pytest.raises(errors.IdempotencyMismatch):
        await shop.pay(buyer, hold.hold_id, key="first", card=GOOD_CARD)
    assert (await shop.pay(buyer, hold.hold_id, key="second")).total == 4_800 + SHIPPING


async def test_the_same_key_is_the_same_order(shop: Shop) -> None:
    seller, buyer = await shop.people(2)
    hold = await shop.hold(buyer, await shop.listing(seller))
    order = await shop.pay(buyer, hold.hold_id, key="once")
    assert await shop.pay(buyer, hold.hold_id, key="once") == order
    assert len(await shop.rows(tables.orders)) == 1
    with pytest.raises(errors.HoldGone):
        await shop.pay(buyer, hold.hold_id, key="another")


async def test_submitted_many_times_at_once(shop: Shop) -> None:
    seller, buyer = await shop.people(2)
    hold = await shop.hold(buyer, await shop.listing(seller))
    same = [shop.pay(buyer, hold.hold_id, key="once") for _ in range(4)]
    others = [shop.pay(buyer, hold.hold_id) for _ in range(4)]
    outcomes = await asyncio.gather(*same, *others, return_exceptions=True)
    orders = {outcome.order_id for outcome in outcomes if isinstance(outcome, Order)}
    refused = [outcome for outcome in outcomes if not isinstance(outcome, Order)]
    assert len(orders) == 1
    assert all(isinstance(outcome, (errors.InProgress, errors.HoldGone)) for outcome in refused)
    states = Counter(await shop.payment_states())
    assert states.pop(("captured", "captured")) == 1
    assert set(states) <= {("voided", "voided")}


async def test_all_or_nothing(shop: Shop) -> None:
    seller, buyer, other = await shop.people(3)
    mine, gone = await shop.hold(buyer, await shop.listing(seller)), await shop.hold(buyer, await shop.listing(seller))
    foreign = await shop.hold(other, await shop.listing(seller))
    await shop.run_out(gone.hold_id)
    for bad in (gone.hold_id, foreign.hold_id, "nothing"):
        with pytest.raises(errors.HoldGone) as error:
            await shop.pay(buyer, mine.hold_id, bad)
        assert error.value.details == {"hold_ids": [bad]}
    assert await shop.rows(tables.payments) == []
    assert len((await shop.cart.bag(buyer)).holds) == 1


class SlowProvider(TestProvider):
    """The bank answers only when the test lets it."""

    def __init__(self, shop: Shop) -> None:
        super().__init__(shop.database)
        self.asked = asyncio.Event()
        self.may_answer = asyncio.Event()

    async def authorise(self, payment_id: str, amount: int, currency: str, source: Source) -> None:
        self.asked.set()
        await self.may_answer.wait()
        await super().authorise(payment_id, amount, currency, source)


def slow(shop: Shop) -> SlowProvider:
    provider = SlowProvider(shop)
    shop.provider = provider
    shop.cart = Cart(shop.timeline, shop.database, shop.closets, provider)
    return provider


async def test_a_late_payment_is_voided_and_the_next_buyer_has_it(shop: Shop) -> None:
    provider = slow(shop)
    seller, buyer, next_buyer = await shop.people(3)
    listing = await shop.listing(seller)
    hold = await shop.hold(buyer, listing)
    paying = asyncio.create_task(shop.pay(buyer, hold.hold_id, key="late"))
    await provider.asked.wait()
    await shop.run_out(hold.hold_id)
    taken = await shop.hold(next_buyer, listing)
    provider.may_answer.set()
    with pytest.raises(errors.HoldGone):
        await paying
    assert await shop.payment_states() == [("voided", "voided")]
    await shop.pay(next_buyer, taken.hold_id)
    assert await shop.stock(listing) == (1, 0, 1)
    with pytest.raises(errors.HoldGone):
        await shop.pay(buyer, hold.hold_id, key="late")


async def test_expiry_racing_payment_never_has_two_buyers(shop: Shop) -> None:
    seller, *buyers = await shop.people(9)
    listings = [await shop.listing(seller) for _ in range(4)]
    holds = [await shop.hold(buyer, listing) for buyer, listing in zip(buyers[:4], listings, strict=True)]
    races = []
    for buyer, rival, hold, listing in zip(buyers[:4], buyers[4:], holds, listings, strict=True):
        races += [shop.pay(buyer, hold.hold_id), shop.run_out(hold.hold_id), shop.cart.holds.expire()]
        races.append(_hold_and_pay(shop, rival, listing))
    outcomes = await asyncio.gather(*races, return_exceptions=True)
    known = (Order, errors.HoldGone, errors.HoldRefused, float, type(None))
    assert [outcome for outcome in outcomes if not isinstance(outcome, known)] == []
    sold = Counter(row.listing_id for row in await shop.rows(tables.order_items))
    for listing in listings:
        quantity, held, count = await shop.stock(listing)
        assert held + count <= quantity
        assert count == sold[listing] <= 1
    captured = [state for state in await shop.payment_states() if state[1] == "captured"]
    assert len(captured) == sum(sold.values())


async def _hold_and_pay(shop: Shop, buyer: str, listing: str) -> Order:
    return await shop.pay(buyer, (await shop.hold(buyer, listing)).hold_id)


async def test_a_checkout_gives_time_to_pay_once(shop: Shop) -> None:
    provider = slow(shop)
    host, seller, buyer = await shop.people(3)
    listing, show = await shop.listing(seller), await shop.show(host)
    await shop.cart.lineups.add(show, listing, host)
    hold = await shop.hold(buyer, listing)
    holds = tables.holds
    soon = hold.until - 110_000  # ten seconds are left
    await shop.change(sa.update(holds).values(until=soon))
    paying = asyncio.create_task(shop.pay(buyer, hold.hold_id, card=BAD_CARD))
    await provider.asked.wait()
    extended = (await shop.rows(holds))[0].until
    assert 45_000 < extended - soon <= 60_000
    assert (await shop.events(show))[-1].data["until"] == extended
    provider.may_answer.set()
    with pytest.raises(errors.Declined):
        await paying
    await shop.change(sa.update(holds).values(until=soon))
    with pytest.raises(errors.Declined):
        await shop.pay(buyer, hold.hold_id, card=BAD_CARD)
    assert (await shop.rows(holds))[0].until == soon


async def test_a_bank_that_fails_costs_nothing_and_may_be_asked_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = slow(shop)
    monkeypatch.setattr("cart.checkout.PROVIDER_SECONDS", 0.05)
    seller, buyer = await shop.people(2)
    hold = await shop.hold(buyer, await shop.listing(seller))
    with pytest.raises(errors.PaymentUnavailable):
        await shop.pay(buyer, hold.hold_id, key="again")
    assert await shop.payment_states() == [("voided", "voided")]
    monkeypatch.setattr("cart.checkout.PROVIDER_SECONDS", 10)
    provider.may_answer.set()
    await shop.pay(buyer, hold.hold_id, key="again")
    assert await shop.payment_states() == [("captured", "captured"), ("voided", "voided")]


async def test_currencies_are_paid_apart(shop: Shop) -> None:
    seller, buyer = await shop.people(2)
    dollars = await shop.hold(buyer, await shop.listing(seller, price=700))
    euros = await shop.hold(buyer, await shop.listing(seller, price=900, currency="EUR"))
    with pytest.raises(errors.InvalidCheckout, match="EUR and USD") as mixed:
        await shop.pay(buyer, dollars.hold_id, euros.hold_id)
    assert mixed.value.code == "mixed_currencies"
    bag = await shop.cart.bag(buyer)
    assert (bag.currency, bag.total) == ("USD", 700 + SHIPPING)
    assert [(total.currency, total.total) for total in bag.totals] == [("USD", 1_200), ("EUR", 1_400)]
    assert len(bag.parcels) == 2
    assert (await shop.pay(buyer, euros.hold_id)).currency == "EUR"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"hold_ids": []}, "invalid_checkout"),
        ({"hold_ids": ["a", "a"]}, "invalid_checkout"),
        ({"hold_ids": [str(number) for number in range(11)]}, "invalid_checkout"),
        ({"payment": CardInput("4242 4242 4242 4241", "12/39", "123")}, "invalid_card"),
        ({"address": Address("", "1 Street", "Lisbon", "PT")}, "invalid_checkout"),
    ],
)
async def test_bad_requests_touch_nothing(sqlite_shop: Shop, change: dict[str, object], code: str) -> None:
    buyer = await sqlite_shop.person()
    request = msgspec.structs.replace(CheckoutRequest(["a"], ADDRESS, GOOD_CARD), **change)
    with pytest.raises(errors.CartError) as error:
        await sqlite_shop.cart.checkout.pay(buyer, "key", request)
    assert error.value.code == code
    assert await sqlite_shop.rows(tables.idempotency) == []


async def test_no_card_number_is_kept(sqlite_shop: Shop) -> None:
    seller, buyer = await sqlite_shop.people(2)
    hold = await sqlite_shop.hold(buyer, await sqlite_shop.listing(seller))
    await sqlite_shop.pay(buyer, hold.hold_id)
    for table in tables.metadata.sorted_tables:
        assert "4242424242424242" not in repr(await sqlite_shop.rows(table)).replace(" ", "")
    assert "4242 4242" not in repr(GOOD_CARD)


async def test_what_was_held_when_the_show_ended_is_paid_as_in_the_show(shop: Shop) -> None:
    host, seller, buyer = await shop.people(3)
    show, elsewhere = await shop.show(host), await shop.show(host)
    listing = await shop.listing(seller)
    for place in (show, elsewhere):
        await shop.cart.lineups.add(place, listing, host)
    hold = await shop.hold(buyer, listing, show)
    before = await shop.kinds(show)
    await shop.change(sa.update(shows).where(shows.c.show_id == show).values(state="ended"))
    order = await shop.pay(buyer, hold.hold_id)
    (item,) = order.parcels[0].items
    assert (item.show_id, item.curator and item.curator.id) == (show, host)
    assert await shop.kinds(show) == before  # its timeline stays as it was
    assert (await shop.kinds(elsewhere))[-1] == "sold"
