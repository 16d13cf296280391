"""Payments by Stripe, against a double of its documented API (``stripe_double``): not against Stripe itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator

import pytest

from cart import errors, tables
from cart.checkout import CheckoutRequest
from cart.service import Cart
from cart.stripe_provider import TOLERANCE, StripeProvider
from cart.views import Order
from hosts.notices.tables import notices
from tests.cart.conftest import ADDRESS, Shop
from tests.cart.stripe_double import StripeDouble, signed
from tests.cart.test_bid_money import balanced

SECRET = "whsec_double"


@pytest.fixture
async def double() -> AsyncIterator[StripeDouble]:
    double = StripeDouble()
    await double.start()
    yield double
    await double.close()


@pytest.fixture
async def stripe_shop(sqlite_shop: Shop, double: StripeDouble) -> Shop:
    provider = StripeProvider(sqlite_shop.database, "sk_test_double", SECRET, "pk_test_double", api=double.url)
    sqlite_shop.cart = Cart(sqlite_shop.timeline, sqlite_shop.database, sqlite_shop.closets, provider)
    return sqlite_shop


async def ready(shop: Shop, double: StripeDouble, method: str = "pm_visa") -> str:
    buyer = await shop.person()
    await shop.cart.orders.save_address(buyer, ADDRESS)
    setup = await shop.cart.methods.begin_setup(buyer)
    double.fill_in(setup.setup_id, method)
    await shop.cart.methods.finish_setup(buyer, setup.setup_id)
    return buyer


async def tap(shop: Shop, buyer: str, key: str = "tap") -> Order:
    held = (await shop.cart.bag(buyer)).holds or [await shop.hold(buyer, await shop.listing(await shop.person()))]
    return await shop.cart.checkout.pay(buyer, key, CheckoutRequest([hold.hold_id for hold in held]))


async def states(shop: Shop) -> list[str]:
    return sorted(row.state for row in await shop.rows(tables.payments))


async def test_a_card_saved_on_stripes_form_pays_with_one_tap(stripe_shop: Shop, double: StripeDouble) -> None:
    shop, buyer = stripe_shop, await ready(stripe_shop, double)
    view = await shop.cart.methods.view(buyer)
    assert (view.provider, view.publishable_key, view.methods[0].last4) == ("stripe", "pk_test_double", "4242")
    order = await tap(shop, buyer)
    (intent,) = double.intents.values()
    assert (intent["status"], intent["amount_received"], intent["currency"]) == ("succeeded", order.total, "usd")
    assert await states(shop) == ["captured"]
    parcel = order.parcels[0].parcel_id
    await shop.cart.refunds.give(parcel, order.parcels[0].seller.id, "one", 700, "")
    await shop.cart.refunds.cancel(parcel, buyer, "", restock=True)
    assert [refund["amount"] for refund in double.refunds] == [700, order.total - 700]
    await shop.cart.methods.remove(buyer, view.methods[0].method_id)
    assert double.detached == ["pm_visa"]


@pytest.mark.parametrize(
    ("method", "code"),
    [("pm_no_money", "not_enough_money"), ("pm_declined", "declined"), ("pm_refused", "authentication_needed")],
)
async def test_declines_keep_the_hold(stripe_shop: Shop, double: StripeDouble, method: str, code: str) -> None:
    buyer = await ready(stripe_shop, double, method)
    for _ in range(2):
        with pytest.raises(errors.Declined) as declined:
            await tap(stripe_shop, buyer)
        assert declined.value.code == code
    assert double.calls["payment_intents.confirm"] == 1  # the same key is answered from here
    assert len((await stripe_shop.cart.bag(buyer)).holds) == 1
    assert await states(stripe_shop) == ["declined"]


@pytest.mark.parametrize("confirmed", [True, False])
async def test_a_bank_that_asks_is_answered_on_the_page(
    stripe_shop: Shop, double: StripeDouble, confirmed: bool
) -> None:
    """What Stripe's script does there with the secret is played by ``double.answer``."""
    buyer = await ready(stripe_shop, double, "pm_asks")
    with pytest.raises(errors.ConfirmationNeeded) as needed:
        await tap(stripe_shop, buyer)
    (intent,) = double.intents.values()
    details = needed.value.details or {}
    assert (details["secret"], intent["status"]) == (intent["client_secret"], "requires_action")
    go_on = stripe_shop.cart.confirmations.go_on
    with pytest.raises(errors.ConfirmationNeeded):
        await go_on(details["payment_id"], None)
    with pytest.raises(errors.InvalidCheckout):
        await go_on(details["payment_id"], True)  # nobody says yes here but the bank
    double.answer(intent["id"], confirmed)
    kind = "payment_intent.amount_capturable_updated" if confirmed else "payment_intent.payment_failed"
    event = {"id": "evt_1", "type": kind, "data": {"object": intent}}
    for _ in range(2):
        await stripe_shop.cart.provider_events.read(*signed(SECRET, event))
    if confirmed:
        order = (await go_on(details["payment_id"], None)).order
        assert order is not None
        assert (intent["status"], intent["amount_received"]) == ("succeeded", order.total)
    else:
        with pytest.raises(errors.Declined) as declined:
            await go_on(details["payment_id"], None)
        assert declined.value.code == "not_confirmed"
        assert len((await stripe_shop.cart.bag(buyer)).holds) == 1
    assert await states(stripe_shop) == ["captured" if confirmed else "declined"]


async def test_a_refund_in_stripes_dashboard_is_booked_once(stripe_shop: Shop, double: StripeDouble) -> None:
    shop, buyer = stripe_shop, await ready(stripe_shop, double)
    order = await tap(shop, buyer)
    (intent,) = double.intents.values()
    refund = double.in_dashboard(intent["id"], 700)
    charge = {"id": "ch_1", "object": "charge", "payment_intent": intent["id"], "amount_refunded": 700}
    for number, (kind, thing) in enumerate(
        (
            ("refund.updated", refund),
            ("charge.refunded", charge),
            ("refund.created", refund),
            ("refund.created", refund),
        )
    ):
        event = {"id": f"evt_{min(number, 2)}", "type": kind, "data": {"object": thing}}
        await shop.cart.provider_events.read(*signed(SECRET, event))
    assert (await shop.cart.orders.bought(buyer)).items[0].refunded == 700
    parcel = order.parcels[0]
    await shop.cart.refunds.give(parcel.parcel_id, parcel.seller.id, "one", order.total - 700, "")
    ours = {"id": "evt_9", "type": "refund.created", "data": {"object": double.refunds[-1]}}
    await shop.cart.provider_events.read(*signed(SECRET, ours))
    assert (await shop.cart.orders.bought(buyer)).items[0].refunded == order.total
    assert sum(each["amount"] for each in double.refunds) == order.total


@pytest.mark.parametrize("outside", [False, True])
async def test_a_refund_that_fails_days_later_is_taken_back_and_told(
    stripe_shop: Shop, double: StripeDouble, outside: bool
) -> None:
    shop, buyer = stripe_shop, await ready(stripe_shop, double)
    order = await tap(shop, buyer)
    parcel = order.parcels[0]
    (intent,) = double.intents.values()

    async def tell(number: int, kind: str) -> None:
        event = {"id": f"evt_{number}", "type": kind, "data": {"object": double.refunds[0]}}
        await shop.cart.provider_events.read(*signed(SECRET, event))

    before = await books(shop)
    if outside:
        double.in_dashboard(intent["id"], order.total)
        await tell(0, "refund.created")
    else:
        await shop.cart.refunds.cancel(parcel.parcel_id, parcel.seller.id, "", restock=True)
    assert (await shop.cart.orders.bought(buyer)).items[0].refunded == order.total
    double.refunds[0]["status"] = "failed"
    for number, kind in ((1, "refund.failed"), (1, "refund.failed"), (2, "refund.updated"), (3, "refund.created")):
        await tell(number, kind)
    now = (await shop.cart.orders.bought(buyer)).items[0]
    assert (now.refunded, now.parcels[0].state) == (0, "cancelled")
    assert await books(shop) == before
    assert await undelivered(shop) == [
        ("refund_failed", parcel.seller.id, order.total),
        ("refund_owed", buyer, order.total),
    ]
    await shop.cart.refunds.sweep()
    assert len(double.refunds) == 1
    await shop.cart.refunds.give(parcel.parcel_id, parcel.seller.id, "again", order.total, "")
    assert (await shop.cart.orders.bought(buyer)).items[0].refunded == order.total
    assert [each["status"] for each in double.refunds] == ["failed", "succeeded"]
    await balanced(shop)


async def undelivered(shop: Shop) -> list[tuple[str, str, int]]:
    """Whom the bell tells of money that did not arrive."""
    told = [row for row in await shop.rows(notices) if row.kind in ("refund_failed", "refund_owed")]
    return sorted((row.kind, row.account_id, row.amount) for row in told)


async def test_money_that_came_too_late_and_cannot_go_back_is_told(
    stripe_shop: Shop, double: StripeDouble, caplog: pytest.LogCaptureFixture
) -> None:
    """Declined here, and taken all the same; the card is closed when the money goes back."""
    shop, buyer = stripe_shop, await ready(stripe_shop, double, "pm_declined")
    with pytest.raises(errors.Declined):
        await tap(shop, buyer)
    (intent,) = double.intents.values()
    intent |= {"status": "succeeded", "amount_received": intent["amount"]}
    taken = {"id": "evt_0", "type": "payment_intent.succeeded", "data": {"object": intent}}
    await shop.cart.provider_events.read(*signed(SECRET, taken))
    assert await states(shop) == ["voided"]
    (refund,) = double.refunds
    assert (refund["amount"], await undelivered(shop)) == (intent["amount"], [])
    refund["status"] = "failed"
    for number, kind in ((1, "refund.failed"), (1, "refund.failed"), (2, "refund.updated")):
        event = {"id": f"evt_{number}", "type": kind, "data": {"object": refund}}
        await shop.cart.provider_events.read(*signed(SECRET, event))
    assert await undelivered(shop) == [("refund_owed", buyer, intent["amount"])]
    (notice,) = [row for row in await shop.rows(notices) if row.kind == "refund_owed"]
    assert notice.title == (await shop.cart.bag(buyer)).holds[0].listing.title
    (line,) = [record for record in caplog.records if record.levelname == "ERROR"]
    (payment,) = await shop.rows(tables.payments)
    assert payment.payment_id in line.getMessage()
    assert shop.cart.statistics()["refunds_failed"] == 1
    assert await shop.rows(tables.ledger) == []


async def test_the_first_of_two_refunds_fails(stripe_shop: Shop, double: StripeDouble) -> None:
    shop, buyer = stripe_shop, await ready(stripe_shop, double)
    order = await tap(shop, buyer)
    parcel, seller = order.parcels[0].parcel_id, order.parcels[0].seller.id
    for key, amount in (("one", 701), ("two", 333)):
        await shop.cart.refunds.give(parcel, seller, key, amount, "")
    double.refunds[0]["status"] = "failed"
    event = {"id": "evt_1", "type": "refund.failed", "data": {"object": double.refunds[0]}}
    await shop.cart.provider_events.read(*signed(SECRET, event))
    assert (await shop.cart.orders.bought(buyer)).items[0].refunded == 333
    await balanced(shop)
    with pytest.raises(errors.RefundRefused):
        await shop.cart.refunds.give(parcel, seller, "three", order.total - 332, "")
    await shop.cart.refunds.give(parcel, seller, "four", order.total - 333, "")
    await balanced(shop)
    assert set((await books(shop)).values()) == {0}  # to the last cent, in whatever steps


async def books(shop: Shop) -> dict[str | None, int]:
    """What everybody has by the ledger."""
    found: Counter[str | None] = Counter()
    for row in await shop.rows(tables.ledger):
        found[row.account_id] += row.amount
    return dict(found)


async def test_an_answer_that_is_lost_on_the_way_is_asked_for_again(stripe_shop: Shop, double: StripeDouble) -> None:
    buyer = await ready(stripe_shop, double)
    double.lost = {"payment_intents.create"}
    order = await tap(stripe_shop, buyer)  # the repeated request has the same key, and gets the same intent
    assert len(double.intents) == 1
    assert order.total == next(iter(double.intents.values()))["amount_received"]


async def test_a_bid_takes_a_part_and_lets_go_of_the_rest(stripe_shop: Shop, double: StripeDouble) -> None:
    shop, buyer = stripe_shop, await ready(stripe_shop, double)
    payment = await shop.cart.reservations.reserve(buyer, 9_000, "USD")
    hold = await shop.hold(buyer, await shop.listing(await shop.person(), price=4_000))
    order = await shop.cart.reservations.spend(payment, [hold.hold_id])
    (intent,) = double.intents.values()
    assert (intent["amount"], intent["amount_received"]) == (9_000, order.total)
    lost = await shop.cart.reservations.reserve(buyer, 5_000, "USD")
    await shop.cart.reservations.release(lost)
    assert [each["status"] for each in double.intents.values()] == ["succeeded", "canceled"]


async def test_what_was_voided_is_never_authorised(stripe_shop: Shop, double: StripeDouble) -> None:
    shop, buyer = stripe_shop, await ready(stripe_shop, double)
    provider, (_, card) = shop.cart._provider, await shop.cart.methods.source(buyer, None)
    await provider.void("early")
    with pytest.raises(errors.Declined):
        await provider.authorise("early", 500, "USD", card)
    assert double.intents == {}
    await provider.authorise("late", 500, "USD", card)
    await provider.authorise("late", 500, "USD", card)
    assert double.calls["payment_intents.confirm"] == 1
    await provider.capture("late")
    await provider.capture("late")
    with pytest.raises(ValueError, match="cannot be voided"):
        await provider.void("late")
    assert (await provider.standing("late"), await provider.standing("early")) == ("captured", "voided")


async def test_only_signed_and_fresh_events_count_and_each_once(stripe_shop: Shop, double: StripeDouble) -> None:
    shop, buyer = stripe_shop, await ready(stripe_shop, double)
    order = await tap(shop, buyer)
    (intent,) = double.intents.values()
    dispute = {
        "id": "dp_1",
        "amount": order.total,
        "payment_intent": intent["id"],
        "reason": "fraudulent",
        "status": "needs_response",
    }
    opened = {"id": "evt_2", "type": "charge.dispute.created", "data": {"object": dispute}}
    closed = {"id": "evt_3", "type": "charge.dispute.closed", "data": {"object": dispute | {"status": "won"}}}
    captured = {"id": "evt_1", "type": "payment_intent.succeeded", "data": {"object": intent}}
    for body, headers in (
        signed("whsec_forged", opened),
        signed(SECRET, opened, age=TOLERANCE + 5),
        (signed(SECRET, opened)[0] + b" ", signed(SECRET, opened)[1]),
        (b"{}", {}),
        signed(SECRET, {"id": "evt"}),
    ):
        with pytest.raises(errors.WebhookRefused):
            await shop.cart.provider_events.read(body, headers)
    assert await shop.rows(tables.provider_events) == []
    for event in (closed, opened, captured, opened, closed):  # out of order, and twice
        await shop.cart.provider_events.read(*signed(SECRET, event))
    (recorded,) = await shop.rows(tables.disputes)
    assert (recorded.state, recorded.amount) == ("won", order.total)
    assert shop.cart.statistics()["provider_events_repeated"] == 2
    assert await states(shop) == ["captured"]
    unknown = {"id": "evt_9", "type": "invoice.paid", "data": {"object": {"id": "in_1"}}}
    await shop.cart.provider_events.read(*signed(SECRET, unknown))


async def test_cards_of_others_and_typed_cards_are_refused(stripe_shop: Shop, double: StripeDouble) -> None:
    shop, buyer = stripe_shop, await ready(stripe_shop, double)
    other = await shop.person()
    setup = await shop.cart.methods.begin_setup(buyer)
    with pytest.raises(errors.InvalidCard):
        await shop.cart.methods.finish_setup(buyer, setup.setup_id)  # nothing was typed there yet
    double.fill_in(setup.setup_id, "pm_new")
    for wrong in (setup.setup_id, "seti_nothing", "../customers"):
        with pytest.raises(errors.InvalidCard):
            await shop.cart.methods.finish_setup(other, wrong)
    hold = await shop.hold(buyer, await shop.listing(await shop.person()))
    for _ in range(2):
        with pytest.raises(errors.InvalidCard):
            await shop.pay(buyer, hold.hold_id)
    assert double.intents == {}
    assert set(await states(shop)) == {"voided"}
