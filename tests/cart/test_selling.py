"""Several sellers at once: one parcel from live and closet, money that goes back, books, notes, ratings, curation, figures."""

from __future__ import annotations

import asyncio
import csv
import io
from collections import Counter

import msgspec
import pytest
import sqlalchemy as sa
import sqlalchemy.exc

from cart import errors, ledger_store, tables
from cart.checkout import CheckoutRequest
from cart.ledger import dispute_postings
from cart.payments import ProviderEvent
from cart.seller_terms import SellerTerms
from cart.service import Cart
from cart.shipping import FLAT, Rate
from cart.views import Order
from hosts.notices.tables import notices
from livestream.tables import shows
from tests.cart.conftest import ADDRESS, GOOD_CARD, Shop

TABLE = (Rate(500, 400), Rate(1_000, 520), Rate(5_000, 900))


async def ready(shop: Shop) -> str:
    """A buyer with a saved address and card."""
    buyer = await shop.person("Ben")
    await shop.cart.orders.save_address(buyer, ADDRESS)
    await shop.cart.save_card(buyer, GOOD_CARD)
    return buyer


async def buy(shop: Shop, buyer: str, *listing_ids: str, show: str | None = None) -> Order:
    holds = [(await shop.hold(buyer, each, show)).hold_id for each in listing_ids]
    return await shop.cart.checkout.pay(buyer, shop.key(), CheckoutRequest(holds))


async def balanced(shop: Shop) -> dict[tuple[str, str | None], int]:
    """The books per (party, account), once they add up."""
    async with shop.database.reading() as connection:
        assert await ledger_store.problems(connection) == []
    books: Counter[tuple[str, str | None]] = Counter()
    for row in await shop.rows(tables.ledger):
        books[row.party, row.account_id] += row.amount
    return dict(books)


async def test_what_was_shown_before_the_tap_is_what_is_paid(shop: Shop) -> None:
    seller, host, buyer = await shop.person("Lena"), await shop.person("Mara"), await ready(shop)
    await shop.cart.set_seller_terms(seller, SellerTerms(rates={"USD": TABLE}, bundle_pieces=2, bundle=1_000))
    show = await shop.show(host)
    coat, scarf = (
        await shop.listing(seller, weight=450, price=4_000),
        await shop.listing(seller, weight=100, price=1_000),
    )
    await shop.cart.lineups.add(show, coat, host)
    (alone,) = await shop.cart.shipping(None, [scarf])
    assert (alone.shipping, alone.joins, alone.total) == (400, False, 1_400)
    first = await buy(shop, buyer, coat, show=show)
    assert (first.total, first.shipping) == (4_400, 400)
    (added,) = await shop.cart.shipping(buyer, [scarf])
    assert (added.shipping, added.joins, added.discount, added.total) == (120, True, 100, 1_020)
    hold = await shop.hold(buyer, scarf)  # from the closet, into the parcel of the show
    bag = await shop.cart.bag(buyer)
    assert (bag.total, bag.discount, bag.shipping, bag.parcels[0].joins) == (1_020, 100, 120, True)
    with pytest.raises(errors.InvalidCheckout) as changed:
        await shop.cart.checkout.pay(buyer, shop.key(), CheckoutRequest([hold.hold_id], total=1_400))
    assert changed.value.details == {"total": 1_020}
    second = await shop.cart.checkout.pay(buyer, shop.key(), CheckoutRequest([hold.hold_id], total=1_020))
    assert second.total == 1_020
    assert second.parcels[0].shipment_id == first.parcels[0].parcel_id
    shipped = await shop.cart.orders.move_parcel(first.parcels[0].parcel_id, "shipped", "T 1")
    assert [parcel.state for parcel in await shop.cart.orders.shipment(shipped.parcel_id)] == ["shipped", "shipped"]
    (told,) = [row for row in await shop.rows(notices) if row.kind == "order_shipped"]
    assert told.account_id == buyer
    third = await buy(shop, buyer, await shop.listing(seller, weight=100))  # that parcel has gone
    assert (third.shipping, third.parcels[0].shipment_id) == (400, third.parcels[0].parcel_id)
    await balanced(shop)


async def test_another_address_is_another_parcel(sqlite_shop: Shop) -> None:
    shop = sqlite_shop
    seller, buyer = await shop.person(), await ready(shop)
    await buy(shop, buyer, await shop.listing(seller))
    elsewhere = msgspec.structs.replace(ADDRESS, line1="2 Harbour Street")
    hold = await shop.hold(buyer, await shop.listing(seller))
    order = await shop.cart.checkout.pay(buyer, shop.key(), CheckoutRequest([hold.hold_id], elsewhere))
    assert order.shipping == FLAT
    assert order.parcels[0].shipment_id == order.parcels[0].parcel_id


async def subsidised(shop: Shop) -> None:
    shop.cart = Cart(shop.timeline, shop.database, shop.closets, shop.provider, first_sale_shipping=400)


async def test_the_platform_pays_the_first_parcel_of_a_seller_once(shop: Shop) -> None:
    await subsidised(shop)
    seller, one, two = await shop.person(), await ready(shop), await ready(shop)
    coat, scarf = await shop.listing(seller), await shop.listing(seller)
    assert (await shop.cart.curation.standing(seller)).first_sale_shipping == 400
    (quote,) = await shop.cart.shipping(one, [coat])
    assert (quote.shipping, quote.subsidy) == (FLAT - 400, 400)
    holds = [await shop.hold(one, coat), await shop.hold(two, scarf)]
    orders = await asyncio.gather(
        *(
            shop.cart.checkout.pay(who, shop.key(), CheckoutRequest([hold.hold_id]))
            for who, hold in zip((one, two), holds, strict=True)
        )
    )
    assert sorted(order.shipping for order in orders) == [FLAT - 400, FLAT]
    assert (await shop.cart.curation.standing(seller)).first_sale_shipping is None
    books = await balanced(shop)
    assert books["platform", None] == 2 * 480 - 400
    assert books["seller", seller] == 2 * (4_800 - 480 + FLAT)


async def test_a_first_sale_that_fails_is_still_to_come(sqlite_shop: Shop) -> None:
    shop = sqlite_shop
    await subsidised(shop)
    seller, buyer = await shop.person(), await ready(shop)
    hold = await shop.hold(buyer, await shop.listing(seller))
    for _ in range(2):
        with pytest.raises(errors.Declined):
            await shop.pay(buyer, hold.hold_id, card=type(GOOD_CARD)("4000 0000 0000 9995", "12/39", "123"))
    order = await shop.cart.checkout.pay(buyer, shop.key(), CheckoutRequest([hold.hold_id]))
    assert (order.shipping, order.parcels[0].subsidy) == (FLAT - 400, 400)


async def test_refunds_in_parts_take_from_everybody_what_they_got(shop: Shop) -> None:
    seller, host, buyer = await shop.person("Lena"), await shop.person("Mara"), await ready(shop)
    await shop.cart.set_seller_terms(seller, SellerTerms(curator=733))
    show, piece = await shop.show(host), await shop.listing(seller, price=3_333)
    await shop.cart.lineups.add(show, piece, host)
    order = await buy(shop, buyer, piece, show=show)
    parcel = order.parcels[0].parcel_id
    give = shop.cart.refunds.give
    first = await give(parcel, seller, "one", 1_000, "a stain that the photo hid")
    assert await give(parcel, seller, "one", 1_000, "a stain that the photo hid") == first
    assert first.refunded == 1_000
    with pytest.raises(errors.IdempotencyMismatch):
        await give(parcel, seller, "one", 1_001, "a stain that the photo hid")
    for amount in (0, -5, 3_333 + FLAT):
        with pytest.raises(errors.RefundRefused) as refused:
            await give(parcel, seller, shop.key(), amount, "")
        assert refused.value.details == {"most": 2_333 + FLAT}
    outcomes = await asyncio.gather(
        *(give(parcel, seller, shop.key(), 2_000, "") for _ in range(3)), return_exceptions=True
    )
    assert sum(not isinstance(outcome, Exception) for outcome in outcomes) == 1
    await give(parcel, seller, shop.key(), 333 + FLAT, "")  # the rest of the price, then the shipping
    assert (await shop.cart.orders.get(order.order_id)).refunded == order.total
    books = await balanced(shop)
    assert set(books.values()) == {0}
    (record,) = await shop.rows(tables.test_payments)
    assert record.refunded == order.total
    assert {row.state for row in await shop.rows(tables.refunds)} == {"done"}


async def test_cancelled_before_shipping_everything_goes_back_and_the_piece_hangs_again(shop: Shop) -> None:
    await subsidised(shop)
    seller, host, buyer = await shop.person("Lena"), await shop.person("Mara"), await ready(shop)
    show, piece = await shop.show(host), await shop.listing(seller)
    await shop.cart.lineups.add(show, piece, host)
    order = await buy(shop, buyer, piece, show=show)
    parcel = order.parcels[0].parcel_id
    cancelled = [await shop.cart.refunds.cancel(parcel, buyer, "changed my mind", restock=True) for _ in range(2)]
    assert [each.state for each in cancelled] == ["cancelled", "cancelled"]
    assert cancelled[0].refunded == order.total
    assert await shop.stock(piece) == (1, 0, 0)
    assert (await shop.kinds(show))[-1] == "released"
    assert set((await balanced(shop)).values()) == {0}
    with pytest.raises(errors.ParcelStateError):
        await shop.cart.orders.move_parcel(parcel, "shipped", None)
    again = await buy(shop, buyer, piece)
    assert again.shipping == FLAT
    await shop.cart.orders.move_parcel(again.parcels[0].parcel_id, "shipped", None)
    with pytest.raises(errors.RefundRefused) as late:
        await shop.cart.refunds.cancel(again.parcels[0].parcel_id, buyer, "", restock=True)
    assert late.value.code == "shipped"
    assert await shop.stock(piece) == (1, 0, 1)


async def test_cancelling_one_of_two_leaves_the_shipping_that_the_other_needs(sqlite_shop: Shop) -> None:
    shop = sqlite_shop
    seller, buyer = await shop.person(), await ready(shop)
    await shop.cart.set_seller_terms(seller, SellerTerms(rates={"USD": TABLE}))
    first = await buy(shop, buyer, await shop.listing(seller, weight=400))
    second = await buy(shop, buyer, await shop.listing(seller, weight=400))
    assert (first.shipping, second.shipping) == (400, 120)
    cancelled = await shop.cart.refunds.cancel(first.parcels[0].parcel_id, buyer, "", restock=False)
    assert cancelled.refunded == 4_800 + 120  # 400 are still needed for the other, of which 120 were paid with it
    await balanced(shop)


async def test_a_refund_waits_for_the_money_and_is_asked_for_until_it_is_done(shop: Shop) -> None:
    seller, buyer = await shop.person(), await ready(shop)
    order = await buy(shop, buyer, await shop.listing(seller))
    await shop.change(
        sa.update(tables.payments).values(state="paid"), sa.update(tables.test_payments).values(state="authorised")
    )
    await shop.cart.refunds.cancel(order.parcels[0].parcel_id, seller, "", restock=False)
    assert {row.state for row in await shop.rows(tables.refunds)} == {"begun"}
    await shop.change(sa.update(tables.payments).values(lease_until=0))
    await shop.cart._settlement.sweep()  # the capture that a dead server left behind
    await shop.cart.refunds.sweep()
    assert {row.state for row in await shop.rows(tables.refunds)} == {"done"}
    (record,) = await shop.rows(tables.test_payments)
    assert (record.state, record.refunded) == ("captured", order.total)


async def test_a_dispute_is_recorded_and_stops_refunds(shop: Shop) -> None:
    seller, buyer = await shop.person(), await ready(shop)
    order = await buy(shop, buyer, await shop.listing(seller))
    (payment,) = await shop.rows(tables.payments)
    take = shop.cart.provider_events.take
    await take(ProviderEvent("e1", "disputed", payment.payment_id, order.total, "dispute", "fraudulent"))
    parcel = (await shop.cart.orders.get(order.order_id)).parcels[0]
    assert parcel.dispute == "open"
    for act in (
        shop.cart.refunds.give(parcel.parcel_id, seller, shop.key(), 100, ""),
        shop.cart.refunds.cancel(parcel.parcel_id, buyer, "", restock=True),
    ):
        with pytest.raises(errors.RefundRefused) as refused:
            await act
        assert refused.value.code == "disputed"
    for _ in range(2):
        await take(ProviderEvent("e2", "dispute_closed", payment.payment_id, order.total, "dispute", "lost"))
    books = await balanced(shop)
    assert books["buyer", buyer] == 0
    assert books["platform", None] == 480 - order.total
    assert sum(entry.amount for entry in dispute_postings(buyer, 5)) == 0


async def test_the_ledger_is_append_only_and_the_check_finds_what_is_wrong(shop: Shop) -> None:
    seller, buyer = await shop.person(), await ready(shop)
    order = await buy(shop, buyer, await shop.listing(seller))
    for statement in (sa.update(tables.ledger).values(amount=1), sa.delete(tables.ledger)):
        with pytest.raises(sqlalchemy.exc.DBAPIError, match="append only"):
            await shop.change(statement)
    await shop.cart.books.check()
    assert shop.cart.statistics()["ledger_problems_now"] == 0
    row = {"order_id": order.order_id, "party": "seller", "account_id": seller, "reason": "sale", "amount": 7}
    await shop.change(sa.insert(tables.ledger).values(**row, currency="USD", created_at=0))
    await shop.change(sa.update(tables.payments).values(amount=1))
    await shop.cart.books.check()
    assert shop.cart.statistics()["ledger_problems_now"] == 2


async def test_statements_in_several_currencies(shop: Shop) -> None:
    seller, buyer = await shop.person("Lena"), await ready(shop)
    await buy(shop, buyer, await shop.listing(seller, title="=2+3", price=1_000))
    euros = await buy(shop, buyer, await shop.listing(seller, price=2_000, currency="EUR"))
    await shop.cart.refunds.give(euros.parcels[0].parcel_id, seller, shop.key(), 500, "")
    found = {each.currency: each for each in await shop.cart.books.statements(seller)}
    assert (found["USD"].sales, found["USD"].shipping, found["USD"].total) == (900, FLAT, 900 + FLAT)
    assert (found["EUR"].sales, found["EUR"].refunds, found["EUR"].total) == (1_800, -450, 1_350 + FLAT)
    text = await shop.cart.books.csv(seller, found["USD"].month, "USD")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["amount"] for row in rows] == ["9.00", "5.00", "14.00"]
    assert rows[0]["piece"] == "'=2+3"  # a spreadsheet must not compute what a seller wrote
    assert "EUR" not in text
    with pytest.raises(errors.InvalidCheckout):
        await shop.cart.books.csv(seller, "2026-13", "USD")
    assert await shop.cart.books.statements(buyer) == []


async def test_note_received_and_rated(shop: Shop) -> None:
    seller, buyer = await shop.person("Lena"), await ready(shop)
    order = await buy(shop, buyer, await shop.listing(seller))
    parcel = order.parcels[0].parcel_id
    after = shop.cart.after_sale
    assert (await after.thank(parcel, " Wear it well!\nLena ")).thanks == "Wear it well!\nLena"
    for early in (after.received(parcel), after.rate(parcel, 5, "")):
        with pytest.raises(errors.ParcelStateError):
            await early
    await shop.cart.orders.move_parcel(parcel, "shipped", "T")
    received = [await after.received(parcel) for _ in range(2)]
    assert received[0] == received[1]
    assert (received[0].state, received[0].received_at) == ("delivered", received[0].delivered_at)
    with pytest.raises(errors.ParcelStateError):
        await after.rate(parcel, 6, "")
    await after.rate(parcel, 3, "")
    assert (await after.rate(parcel, 4, "Lovely wool")).rating == 4
    standing = await shop.cart.curation.standing(seller)
    assert (standing.ratings, standing.stars, standing.sold, standing.reviews[0].review) == (1, 400, 1, "Lovely wool")


async def test_what_goes_with_it_and_into_the_same_parcel(shop: Shop) -> None:
    seller, other, buyer = await shop.person("Lena"), await shop.person("Omar"), await ready(shop)
    await shop.cart.set_seller_terms(seller, SellerTerms(rates={"USD": TABLE}))
    size = {"size": "M", "size_key": "m"}
    coat = await shop.listing(seller, weight=450, **size)
    scarf = await shop.listing(seller, category="accessories", weight=40, **size)
    boots = await shop.listing(seller, category="shoes", size="38", size_key="38", weight=900)
    sold, foreign = await shop.listing(seller), await shop.listing(other)
    order = await buy(shop, buyer, coat)
    await buy(shop, await ready(shop), sold)
    parcel = order.parcels[0].parcel_id
    found = await shop.cart.after_sale.suggestions(parcel, buyer)
    assert [each.listing.listing_id for each in found.items] == [scarf, boots]
    assert [(each.quote.shipping, each.chosen) for each in found.items] == [(0, False), (500, False)]
    for wrong in ([], [foreign], [sold], [scarf, "nothing"]):
        with pytest.raises(errors.ParcelStateError):
            await shop.cart.after_sale.offer(parcel, "Look!", wrong)
    for _ in range(2):
        await shop.cart.after_sale.offer(parcel, "These boots were made for it.", [boots])
    found = await shop.cart.after_sale.suggestions(parcel, buyer)
    assert (found.text, found.items[0].listing.listing_id, found.items[0].chosen) == (
        "These boots were made for it.",
        boots,
        True,
    )
    assert len([row for row in await shop.rows(notices) if row.kind == "parcel_offer"]) == 1
    await shop.cart.orders.move_parcel(parcel, "shipped", None)
    assert (await shop.cart.after_sale.suggestions(parcel, buyer)).items == []
    with pytest.raises(errors.ParcelStateError):
        await shop.cart.after_sale.offer(parcel, "Look!", [scarf])


async def test_sellers_and_hosts_ask_each_other(shop: Shop) -> None:
    seller, host, other = await shop.person("Lena"), await shop.person("Mara"), await shop.person("Omar")
    show = await shop.show(host)
    curation, lineups = shop.cart.curation, shop.cart.lineups
    piece = await shop.listing(seller, featuring_allowed=False)
    with pytest.raises(errors.LineupRefused):
        await lineups.add(show, piece, host)
    asked = await curation.request(piece, host, show, "For the finale?")
    assert (asked.by, asked.mine, asked.state) == ("host", True, "open")
    with pytest.raises(errors.CurationRefused) as twice:
        await curation.request(piece, host, None, "")
    assert twice.value.code == "asked_already"
    for who, state in ((host, "accepted"), (seller, "withdrawn")):
        with pytest.raises(errors.CurationRefused):
            await curation.answer(asked.request_id, who, state, None)  # type: ignore[arg-type]
    with pytest.raises(errors.RequestNotFound):
        await curation.answer(asked.request_id, other, "declined", None)
    answered = await curation.answer(asked.request_id, seller, "accepted", None)
    assert (answered.state, answered.lined_up, answered.mine) == ("accepted", True, False)
    await lineups.feature(show, piece, host)  # this host may; others still may not
    with pytest.raises(errors.LineupRefused):
        await lineups.add(await shop.show(other), piece, other)
    with pytest.raises(errors.CurationRefused):
        await curation.answer(asked.request_id, seller, "declined", None)

    shared = await curation.share(await shop.listing(seller), host, None, "Fits your show")
    assert (await curation.requests(host))[0].request_id == shared.request_id
    accepted = await curation.answer(shared.request_id, host, "accepted", show)
    assert accepted.state == "accepted"
    assert len(await lineups.view(show, None)) == 2
    for wrong in (
        curation.share(piece, seller, None, ""),
        curation.request(piece, host, await shop.show(other), ""),
        curation.share(piece, other, show, ""),
    ):
        with pytest.raises(errors.CurationRefused):
            await wrong
    with pytest.raises(errors.CurationRefused) as own:
        await curation.share(piece, seller, None, "")
    assert own.value.code == "own_piece"  # to a page, "own_listing" is a piece that cannot be bought
    for kind in ("feature_asked", "feature_granted"):
        told = Counter(row.account_id for row in await shop.rows(notices) if row.kind == kind)
        assert told == {seller: 1, host: 1}


async def test_an_answer_and_where_the_piece_goes_are_one(shop: Shop) -> None:
    seller, host = await shop.person("Lena"), await shop.person("Mara")
    curation = shop.cart.curation

    async def over(show: str) -> None:
        await shop.change(sa.update(shows).where(shows.c.show_id == show).values(state="ended"))

    # Asked for a show that is over by the answer: the answer stands, for the host's next one.
    show, piece = await shop.show(host), await shop.listing(seller, featuring_allowed=False)
    asked = await curation.request(piece, host, show, "")
    await over(show)
    answered = await curation.answer(asked.request_id, seller, "accepted", None)
    assert (answered.state, answered.lined_up) == ("accepted", False)
    await shop.cart.lineups.add(await shop.show(host), piece, host)

    # A second click answers as the first.
    twice = await curation.request(await shop.listing(seller, featuring_allowed=False), host, await shop.show(host), "")
    found = await asyncio.gather(*(curation.answer(twice.request_id, seller, "accepted", None) for _ in range(3)))
    assert {(each.state, each.lined_up) for each in found} == {("accepted", True)}
    assert len([row for row in await shop.rows(notices) if row.kind == "feature_granted"]) == 2

    # A host who accepts into a show that is over has answered nothing, and may choose again.
    shared = await curation.share(await shop.listing(seller), host, None, "")
    for wrong, refused in ((show, errors.ShowOver), (await shop.show(seller), errors.ShowUnknown)):
        with pytest.raises(refused):
            await curation.answer(shared.request_id, host, "accepted", wrong)
        assert (await curation.requests(host))[0].state == "open"
    fresh = await shop.show(host)
    accepted = await curation.answer(shared.request_id, host, "accepted", fresh)
    assert (accepted.state, len(await shop.cart.lineups.view(fresh, None))) == ("accepted", 1)


async def test_what_a_feature_brought_and_public_thanks(shop: Shop) -> None:
    seller, host, buyer = await shop.person("Lena"), await shop.person("Mara"), await ready(shop)
    await shop.cart.set_seller_terms(seller, SellerTerms(curator=1_000))
    show = await shop.show(host)
    coat, scarf = await shop.listing(seller, price=4_000), await shop.listing(seller, price=1_000)
    for piece in (coat, scarf):
        await shop.cart.lineups.add(show, piece, host)
    await buy(shop, buyer, coat, show=show)
    await shop.hold(buyer, scarf, show)
    await shop.cart.lineups.feature(show, scarf, host)
    (found,) = (await shop.cart.curation.features(seller)).items
    now = shop.clock[show]
    assert (found.host.id, found.claims) == (host, 2)
    assert [(piece.shown_at, piece.sold_at) for piece in found.pieces] == [(None, now), (now, None)]
    assert [(each.sold, each.revenue, each.credit) for each in found.brought] == [(1, 4_000, 400)]
    assert (await shop.cart.curation.features(host)).items == []
    with pytest.raises(errors.CurationRefused):
        await shop.cart.curation.thank(buyer, show, "")
    for text in ("Thank you", "Thank you, Mara!"):
        await shop.cart.curation.thank(seller, show, text)
    standing = await shop.cart.curation.standing(host)
    assert (standing.curated_pieces, standing.curated_closets, standing.curated_shows, standing.thanked) == (1, 1, 1, 1)
    assert (standing.thanks[0].text, standing.thanks[0].seller.id) == ("Thank you, Mara!", seller)
    assert (await shop.cart.curation.features(seller)).items[0].thanks == "Thank you, Mara!"
    assert len([row for row in await shop.rows(notices) if row.kind == "thanked"]) == 1


async def test_what_went_back_was_not_brought(shop: Shop) -> None:
    """Cancelled, wholly refunded and partly refunded sales, as the seller, the host and everybody else see them."""
    seller, host, buyer = await shop.person("Lena"), await shop.person("Mara"), await ready(shop)
    await shop.cart.set_seller_terms(seller, SellerTerms(curator=1_000))
    show = await shop.show(host)
    pieces = [await shop.listing(seller, price=price) for price in (4_000, 3_000, 2_000, 1_000)]
    for piece in pieces:
        await shop.cart.lineups.add(show, piece, host)
    undone, returned, kept = [
        await buy(shop, buyer, *some, show=show) for some in (pieces[:1], pieces[1:2], pieces[2:])
    ]

    async def brought() -> tuple[list[bool], list[tuple[int, int, int]]]:
        (found,) = (await shop.cart.curation.features(seller)).items
        return [one.sold_at is not None for one in found.pieces], [(b.sold, b.revenue, b.credit) for b in found.brought]

    assert await brought() == ([True] * 4, [(4, 10_000, 1_000)])
    await shop.cart.refunds.cancel(undone.parcels[0].parcel_id, seller, "", restock=False)
    assert await brought() == ([False, True, True, True], [(3, 6_000, 600)])
    give = shop.cart.refunds.give
    await give(returned.parcels[0].parcel_id, seller, shop.key(), 3_000, "")
    await give(kept.parcels[0].parcel_id, seller, shop.key(), 600, "a stain")
    assert await brought() == ([False, False, True, True], [(2, 2_400, 240)])

    credits = (await shop.cart.orders.curation(host)).items
    assert sorted((each.price, each.credit) for each in credits) == [(1_000, 80), (2_000, 160)]
    assert (await balanced(shop))["curator", host] == 240  # the same as in the books
    assert (await shop.cart.curation.standing(host)).curated_pieces == 2
    for who in (seller, host):
        found = await shop.cart.dashboards.view(who, 0)
        assert [(each.sold, each.revenue) for each in found.shows[0].takings] == [(2, 2_400)]
        assert [(each.sold, each.revenue) for each in found.moments] == [(2, 2_400)]
    today = (await shop.cart.dashboards.view(seller, 0)).today
    assert [(each.sold, each.revenue) for each in today.takings] == [(2, 2_400)]


async def test_the_dashboard_follows_the_show(shop: Shop) -> None:
    seller, host, buyer = await shop.person("Lena"), await shop.person("Mara"), await ready(shop)
    show = await shop.show(host)
    pieces = [await shop.listing(seller, title=f"Piece {number}") for number in range(3)]
    for piece in pieces:
        await shop.cart.lineups.add(show, piece, host)
    empty = await shop.cart.dashboards.view(seller, 0)
    assert (empty.today.takings, len(empty.days), empty.shows[0].conversion, empty.moments) == ([], 28, None, [])
    await buy(shop, buyer, pieces[0], show=show)
    await buy(shop, buyer, pieces[1], show=show)
    await shop.hold(buyer, pieces[2], show)
    for offset in (-720, 0, 840):
        found = await shop.cart.dashboards.view(seller, offset)
        assert [(each.sold, each.revenue) for each in found.today.takings] == [(2, 9_600)]
        assert found.days[-1].takings == found.today.takings
        assert found.days[-1].day <= found.now < found.days[-1].day + 86_400_000
    assert (found.today.buyers, found.today.claims, found.today.to_ship) == (1, 3, 2)
    (figures,) = found.shows
    assert (figures.pieces, figures.claims, figures.sold, figures.conversion) == (3, 3, 2, 66)
    (moment,) = found.moments
    assert (moment.show_id, moment.at, moment.sold, moment.revenue) == (show, shop.clock[show], 2, 9_600)
    hosted = (await shop.cart.dashboards.view(host, 0)).shows[0]
    assert (hosted.sold, hosted.claims) == (2, 3)  # what the host sold for others
    assert (await shop.cart.dashboards.view(buyer, 0)).shows == []
