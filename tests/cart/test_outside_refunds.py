"""Money that goes back in the provider's dashboard: booked once, over all parcels, told to both; nothing is shipped for it."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cart import errors, tables
from cart.outside_refunds import spread
from cart.payments import ProviderEvent
from cart.views import Order
from hosts.notices.tables import notices
from tests.cart.conftest import Shop, until
from tests.cart.test_bid_money import balanced


async def sold_by_two(shop: Shop) -> tuple[Order, str]:
    """An order over two sellers, and its payment."""
    first, second, buyer = await shop.people(3)
    holds = [
        await shop.hold(buyer, await shop.listing(seller, price=price))
        for seller, price in ((first, 4_800), (second, 1_001))
    ]
    order = await shop.pay(buyer, *(hold.hold_id for hold in holds))
    (payment,) = await shop.rows(tables.payments)
    return order, payment.payment_id


async def refunded(shop: Shop, buyer: str) -> int:
    return (await shop.cart.orders.bought(buyer)).items[0].refunded


async def test_a_part_and_then_the_rest(shop: Shop) -> None:
    order, payment = await sold_by_two(shop)
    buyer = order.parcels[0].buyer.id
    await shop.provider.refund_outside("one", payment, 1_000)

    async def sum_now() -> int:
        return await refunded(shop, buyer)

    await until(sum_now, 1_000)
    for number in range(3):  # the same again under other events, together and late
        await asyncio.gather(
            *(
                shop.cart.provider_events.take(ProviderEvent(f"again-{number}-{each}", "refunded", payment))
                for each in range(2)
            )
        )
    now = (await shop.cart.orders.bought(buyer)).items[0]
    assert now.refunded == 1_000
    assert all(parcel.refunded > 0 and parcel.state == "to_ship" for parcel in now.parcels)
    await shop.provider.refund_outside("two", payment, order.total - 1_000)
    await until(sum_now, order.total)
    now = (await shop.cart.orders.bought(buyer)).items[0]
    assert [parcel.state for parcel in now.parcels] == ["cancelled", "cancelled"]
    sellers = sorted(parcel.seller.id for parcel in now.parcels)
    told = await shop.rows(notices)
    assert sum(row.amount for row in told if (row.kind, row.account_id) == ("refunded", buyer)) == order.total
    assert sorted({row.account_id for row in told if row.kind == "sale_undone"}) == sellers
    await balanced(shop)
    with pytest.raises(errors.RefundRefused):
        await shop.cart.refunds.give(now.parcels[0].parcel_id, sellers[0], "k", 1, "")
    (record,) = await shop.rows(tables.test_payments)
    assert record.refunded == order.total


async def test_our_own_refunds_are_not_booked_twice_by_their_events(sqlite_shop: Shop) -> None:
    shop = sqlite_shop
    order, payment = await sold_by_two(shop)
    parcel = order.parcels[0]
    await shop.cart.refunds.give(parcel.parcel_id, parcel.seller.id, "k", 300, "")
    await shop.cart.provider_events.take(ProviderEvent("event", "refunded", payment, 300))
    assert await refunded(shop, parcel.buyer.id) == 300
    await balanced(shop)


async def test_both_give_all_back_in_one_moment(sqlite_shop: Shop) -> None:
    """The dashboard was faster than our own refund, which the provider then cannot do any more: it is covered."""
    shop = sqlite_shop
    order, payment = await sold_by_two(shop)
    shop.provider._listener = None  # the event is still on its way
    await shop.provider.refund_outside("all", payment, order.total)
    parcel = order.parcels[0]
    await shop.cart.refunds.give(parcel.parcel_id, parcel.seller.id, "k", 500, "")
    await shop.cart.provider_events.take(ProviderEvent("late", "refunded", payment))
    assert {row.state for row in await shop.rows(tables.refunds)} == {"done"}
    assert await refunded(shop, parcel.buyer.id) == order.total
    await balanced(shop)


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=6), st.data())
def test_what_is_spread_is_all_and_never_more_than_there_is(left: list[int], data: st.DataObject) -> None:
    amount = data.draw(st.integers(0, sum(left)))
    given_back = spread(amount, left)
    assert sum(given_back) == amount
    assert all(0 <= part <= most for part, most in zip(given_back, left, strict=True))
