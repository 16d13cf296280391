"""What was bought, what is to be shipped, what featuring brought."""

from __future__ import annotations

import asyncio

import pytest

from cart import errors
from cart.seller_terms import SellerTerms
from tests.cart.conftest import ADDRESS, Shop


async def test_orders_and_parcels_come_in_pages(shop: Shop) -> None:
    seller, buyer = await shop.people(2)
    made = []
    for _ in range(5):
        hold = await shop.hold(buyer, await shop.listing(seller))
        made.append((await shop.pay(buyer, hold.hold_id)).order_id)
    seen: list[str] = []
    after = None
    for _ in range(3):
        page = await shop.cart.orders.bought(buyer, after, 2)
        seen += [order.order_id for order in page.items]
        after = page.next
    assert after is None
    assert sorted(seen) == sorted(made)
    parcels = await shop.cart.orders.to_ship(seller, None, 3)
    rest = await shop.cart.orders.to_ship(seller, parcels.next, 3)
    assert len({parcel.order_id for parcel in (*parcels.items, *rest.items)}) == 5
    assert parcels.items[0].buyer.id == buyer
    assert parcels.items[0].address == ADDRESS
    assert (await shop.cart.orders.bought(seller)).items == []
    with pytest.raises(errors.BadCursor):
        await shop.cart.orders.bought(buyer, "1'; DROP TABLE orders")


async def test_a_parcel_goes_one_way(shop: Shop) -> None:
    seller, buyer = await shop.people(2)
    hold = await shop.hold(buyer, await shop.listing(seller))
    order = await shop.pay(buyer, hold.hold_id)
    parcel = order.parcels[0].parcel_id
    move = shop.cart.orders.move_parcel
    with pytest.raises(errors.ParcelStateError):
        await move(parcel, "delivered", None)
    with pytest.raises(errors.ParcelStateError) as invalid:
        await move(parcel, "shipped", "x" * 81)
    assert invalid.value.code == "invalid_tracking"
    shipped = await move(parcel, "shipped", " TRACK 1 ")
    assert (shipped.state, shipped.tracking) == ("shipped", "TRACK 1")
    assert (await move(parcel, "shipped", "TRACK 2")).shipped_at == shipped.shipped_at
    delivered = await move(parcel, "delivered", None)
    assert (delivered.state, delivered.tracking) == ("delivered", "TRACK 2")
    assert delivered.delivered_at is not None
    with pytest.raises(errors.ParcelStateError):
        await move(parcel, "shipped", None)
    assert (await shop.cart.orders.get(order.order_id)).parcels[0] == delivered


async def test_two_clicks_deliver_once(shop: Shop) -> None:
    seller, buyer = await shop.people(2)
    hold = await shop.hold(buyer, await shop.listing(seller))
    parcel = (await shop.pay(buyer, hold.hold_id)).parcels[0].parcel_id
    await shop.cart.orders.move_parcel(parcel, "shipped", None)
    moves = [shop.cart.orders.move_parcel(parcel, "delivered", None) for _ in range(4)]
    outcomes = await asyncio.gather(*moves, return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, errors.ParcelStateError)]
    assert len(refused) == 3


async def test_owners_and_unknown_ids(shop: Shop) -> None:
    seller, buyer = await shop.people(2)
    hold = await shop.hold(buyer, await shop.listing(seller))
    order = await shop.pay(buyer, hold.hold_id)
    assert await shop.cart.orders.buyer(order.order_id) == buyer
    assert await shop.cart.orders.parcel_seller(order.parcels[0].parcel_id) == seller
    for unknown in (shop.cart.orders.buyer, shop.cart.orders.get):
        with pytest.raises(errors.OrderNotFound):
            await unknown("nothing")
    with pytest.raises(errors.ParcelNotFound):
        await shop.cart.orders.parcel_seller("nothing")
    with pytest.raises(errors.ParcelNotFound):
        await shop.cart.orders.move_parcel("nothing", "shipped", None)


async def test_the_address_is_remembered(shop: Shop) -> None:
    buyer = await shop.person()
    assert await shop.cart.orders.address(buyer) is None
    for _ in range(2):
        await shop.cart.orders.save_address(buyer, ADDRESS)
    assert await shop.cart.orders.address(buyer) == ADDRESS


async def test_curation_comes_in_pages(shop: Shop) -> None:
    host, seller, buyer = await shop.people(3)
    await shop.cart.set_seller_terms(seller, SellerTerms(curator=500))
    show = await shop.show(host)
    pieces = [await shop.listing(seller, title=f"Piece {number}", price=1_000) for number in range(3)]
    for piece in pieces:
        await shop.cart.lineups.feature(show, piece, host)
    holds = [await shop.hold(buyer, piece, show) for piece in pieces]
    await shop.pay(buyer, *(hold.hold_id for hold in holds))
    first = await shop.cart.orders.curation(host, None, 2)
    rest = await shop.cart.orders.curation(host, first.next, 2)
    sales = [*first.items, *rest.items]
    assert sorted(sale.listing.title for sale in sales) == ["Piece 0", "Piece 1", "Piece 2"]
    assert {(sale.credit, sale.show.title, sale.listing.seller.id) for sale in sales} == {(50, "First show", seller)}
    assert (await shop.cart.orders.curation(seller)).items == []
