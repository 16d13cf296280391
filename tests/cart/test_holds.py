"""Claims: one piece, one buyer; clear refusals; the end of a hold."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from cart import errors, tables
from cart.hold_rules import HOLD_MS, HOLDS_PER_BUYER
from cart.views import Hold
from livestream.tables import shows as show_table
from tests.cart.conftest import Shop, until


async def test_a_hold_takes_the_piece_and_freezes_its_price(shop: Shop) -> None:
    seller, buyer = await shop.people(2)
    listing = await shop.listing(seller, price=1_234, currency="EUR")
    hold = await shop.hold(buyer, listing)
    assert (hold.price, hold.currency, hold.show_id) == (1_234, "EUR", None)
    assert hold.listing.state == "held"
    assert hold.listing.held_until == hold.until
    assert await shop.stock(listing) == (1, 1, 0)
    row = (await shop.rows(tables.holds))[0]
    assert row.until - row.created_at == HOLD_MS
    assert await shop.cart.holds.buyer(hold.hold_id) == buyer


async def test_fifty_claims_at_once_have_one_winner(shop: Shop) -> None:
    seller, *buyers = await shop.people(51)
    listing = await shop.listing(seller)
    outcomes = await asyncio.gather(*(shop.hold(buyer, listing) for buyer in buyers), return_exceptions=True)
    won = [outcome for outcome in outcomes if isinstance(outcome, Hold)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, errors.HoldRefused)]
    assert (len(won), len(refused)) == (1, 49)
    assert {refusal.code for refusal in refused} == {"held_by_other"}
    assert {(refusal.details or {})["until"] for refusal in refused} == {won[0].until}
    assert await shop.stock(listing) == (1, 1, 0)


async def test_many_claims_of_several_pieces_in_two_shows(shop: Shop) -> None:
    """Buyers cross each other over listings and shows: everything is given out once and nobody waits for ever."""
    host, other_host, seller, *buyers = await shop.people(15)
    wanted = [await shop.listing(seller, quantity=3) for _ in range(3)]
    for show in (await shop.show(host), await shop.show(other_host)):
        for listing in wanted:
            await shop.cart.lineups.add(show, listing, host)
    claims = [
        shop.hold(buyer, listing) for index, buyer in enumerate(buyers) for listing in (wanted, wanted[::-1])[index % 2]
    ]
    outcomes = await asyncio.gather(*claims, return_exceptions=True)
    counted = Counter(type(outcome).__name__ for outcome in outcomes)
    assert counted == {"Hold": 9, "HoldRefused": 27}
    for listing in wanted:
        assert await shop.stock(listing) == (3, 3, 0)


async def test_refusals_say_why(shop: Shop) -> None:
    seller, buyer, other = await shop.people(3)
    listing = await shop.listing(seller)
    with pytest.raises(errors.HoldRefused, match="your own") as own:
        await shop.hold(seller, listing)
    assert own.value.code == "own_listing"
    withdrawn = await shop.listing(seller, withdrawn_at=5)
    with pytest.raises(errors.HoldRefused) as off_sale:
        await shop.hold(buyer, withdrawn)
    assert off_sale.value.code == "withdrawn"
    held = await shop.hold(buyer, listing)
    with pytest.raises(errors.HoldRefused) as again:
        await shop.hold(buyer, listing)
    assert again.value.code == "held_by_you"
    assert again.value.details == {"until": held.until, "hold_id": held.hold_id}
    await shop.pay(buyer, held.hold_id)
    with pytest.raises(errors.HoldRefused) as sold:
        await shop.hold(other, listing)
    assert sold.value.code == "sold"
    with pytest.raises(errors.ListingUnknown):
        await shop.hold(buyer, "nothing")
    with pytest.raises(errors.ShowUnknown):
        await shop.hold(buyer, await shop.listing(seller), "nowhere")


async def test_a_bag_has_a_limit_under_concurrency(shop: Shop) -> None:
    seller, buyer = await shop.people(2)
    many = [await shop.listing(seller) for _ in range(HOLDS_PER_BUYER + 5)]
    outcomes = await asyncio.gather(*(shop.hold(buyer, listing) for listing in many), return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, errors.HoldRefused)]
    assert len(refused) == 5
    assert {refusal.code for refusal in refused} == {"holds_limit"}
    held = [await shop.stock(listing) for listing in many]
    assert held.count((1, 1, 0)) == HOLDS_PER_BUYER


async def test_the_same_key_is_the_same_hold(shop: Shop) -> None:
    seller, buyer = await shop.people(2)
    listing, other = await shop.listing(seller, quantity=5), await shop.listing(seller)
    claims = [shop.cart.holds.claim(buyer, listing, None, "one key") for _ in range(5)]
    answers = await asyncio.gather(*claims)
    assert all(answer == answers[0] for answer in answers)
    assert await shop.stock(listing) == (5, 1, 0)
    with pytest.raises(errors.IdempotencyMismatch):
        await shop.cart.holds.claim(buyer, other, None, "one key")
    await shop.cart.holds.release(answers[0].hold_id)
    assert await shop.cart.holds.claim(buyer, listing, None, "one key") == answers[0]
    assert await shop.stock(listing) == (5, 0, 0)


async def test_keys_belong_to_an_account(shop: Shop) -> None:
    seller, buyer, other = await shop.people(3)
    listing = await shop.listing(seller, quantity=2)
    first = await shop.cart.holds.claim(buyer, listing, None, "key")
    second = await shop.cart.holds.claim(other, listing, None, "key")
    assert first.hold_id != second.hold_id


async def test_a_refusal_is_not_remembered(shop: Shop) -> None:
    seller, buyer, other = await shop.people(3)
    listing = await shop.listing(seller)
    hold = await shop.hold(other, listing)
    with pytest.raises(errors.HoldRefused):
        await shop.cart.holds.claim(buyer, listing, None, "key")
    await shop.cart.holds.release(hold.hold_id)
    assert (await shop.cart.holds.claim(buyer, listing, None, "key")).hold_id != hold.hold_id


async def test_release_gives_the_piece_back_once(shop: Shop) -> None:
    seller, buyer = await shop.people(2)
    listing = await shop.listing(seller, quantity=2)
    hold, kept = await shop.hold(buyer, listing), await shop.hold(buyer, listing)
    await asyncio.gather(*(shop.cart.holds.release(hold.hold_id) for _ in range(3)))
    assert await shop.stock(listing) == (2, 1, 0)
    await shop.pay(buyer, kept.hold_id)
    with pytest.raises(errors.HoldGone):
        await shop.cart.holds.release(kept.hold_id)
    with pytest.raises(errors.HoldNotFound):
        await shop.cart.holds.release("nothing")


async def test_the_keeper_ends_what_is_over(shop: Shop) -> None:
    host, seller, buyer = await shop.people(3)
    listing, other = await shop.listing(seller), await shop.listing(seller)
    show = await shop.show(host)
    await shop.cart.lineups.add(show, listing, host)
    hold, living = await shop.hold(buyer, listing), await shop.hold(buyer, other)
    assert 0 < await shop.cart.holds.expire() <= 1
    await shop.run_out(hold.hold_id)
    await shop.cart.holds.expire()
    assert await shop.stock(listing) == (1, 0, 0)
    assert await shop.stock(other) == (1, 1, 0)
    assert await shop.kinds(show) == ["lineup_added", "held", "released"]
    assert (await shop.events(show))[-1].data == {"listing_id": listing, "left": 1, "state": "available"}
    assert [held.hold_id for held in (await shop.cart.bag(buyer)).holds] == [living.hold_id]


async def test_a_claim_does_not_wait_for_the_keeper(shop: Shop) -> None:
    seller, buyer, other = await shop.people(3)
    listing = await shop.listing(seller)
    first = await shop.hold(buyer, listing)
    await shop.run_out(first.hold_id)
    assert (await shop.hold(other, listing)).hold_id != first.hold_id
    assert await shop.stock(listing) == (1, 1, 0)
    assert {row.state for row in await shop.rows(tables.holds)} == {"expired", "active"}


async def test_the_running_keeper_lets_go(sqlite_shop: Shop) -> None:
    shop = sqlite_shop
    seller, buyer = await shop.people(2)
    listing = await shop.listing(seller)
    hold = await shop.hold(buyer, listing)
    await shop.cart.start()
    await shop.run_out(hold.hold_id)
    await until(lambda: shop.stock(listing), (1, 0, 0))


async def test_held_is_told_to_every_open_show_and_names_nobody(shop: Shop) -> None:
    host, other_host, seller, buyer = await shop.people(4)
    listing = await shop.listing(seller)
    here, there, over = await shop.show(host), await shop.show(other_host, "scheduled"), await shop.show(host)
    for show in (here, there, over):
        await shop.cart.lineups.add(show, listing, host)
    await shop.change(show_table.update().where(show_table.c.show_id == over).values(state="ended"))
    hold = await shop.hold(buyer, listing, here)
    for show in (here, there):
        event = (await shop.events(show))[-1]
        assert (event.kind, event.by) == ("held", None)
        assert event.data == {"listing_id": listing, "left": 0, "state": "held", "until": hold.until}
    assert await shop.kinds(over) == ["lineup_added"]


async def test_the_show_counts_only_where_the_piece_is_in_its_lineup(shop: Shop) -> None:
    host, seller, buyer = await shop.people(3)
    show = await shop.show(host)
    listing, outside = await shop.listing(seller), await shop.listing(seller)
    await shop.cart.lineups.add(show, listing, host)
    assert (await shop.hold(buyer, outside, show)).show_id is None
    assert (await shop.hold(buyer, listing, show)).show_id == show
    rows = {row.listing_id: row for row in await shop.rows(tables.holds)}
    assert (rows[listing].curator_id, rows[listing].at) == (host, shop.clock[show])
    assert (rows[outside].curator_id, rows[outside].at) == (None, None)


async def test_no_credit_for_ones_own_piece_or_ones_own_purchase(shop: Shop) -> None:
    host, seller, buyer = await shop.people(3)
    show = await shop.show(host)
    own, others = await shop.listing(host), await shop.listing(seller)
    for listing in (own, others):
        await shop.cart.lineups.add(show, listing, host)
    await shop.hold(buyer, own, show)
    await shop.hold(host, others, show)
    assert [row.curator_id for row in await shop.rows(tables.holds)] == [None, None]


async def test_the_banned_cannot_hold_from_that_show(shop: Shop) -> None:
    host, seller, buyer = await shop.people(3)
    show, elsewhere = await shop.show(host), await shop.show(host)
    listing = await shop.listing(seller)
    for place in (show, elsewhere):
        await shop.cart.lineups.add(place, listing, host)
    shop.banned.add((show, buyer))
    with pytest.raises(errors.BuyerBanned):
        await shop.hold(buyer, listing, show)
    assert await shop.stock(listing) == (1, 0, 0)
    assert (await shop.hold(buyer, listing, elsewhere)).show_id == elsewhere


async def test_a_key_whose_hold_has_run_out_claims_anew(shop: Shop) -> None:
    """The answer was lost on the way, and the page asks again minutes later."""
    seller, buyer, other = await shop.people(3)
    listing, key = await shop.listing(seller), shop.key()
    first = await shop.cart.holds.claim(buyer, listing, None, key)
    await shop.run_out(first.hold_id)
    second = await shop.cart.holds.claim(buyer, listing, None, key)
    assert second.hold_id != first.hold_id
    assert [hold.hold_id for hold in (await shop.cart.bag(buyer)).holds] == [second.hold_id]
    await shop.run_out(second.hold_id)
    await shop.cart.holds.expire()
    await shop.hold(other, listing)
    with pytest.raises(errors.HoldRefused):
        await shop.cart.holds.claim(buyer, listing, None, key)
    with pytest.raises(errors.IdempotencyMismatch):
        await shop.cart.holds.claim(buyer, await shop.listing(seller), None, key)


async def test_a_key_whose_hold_was_paid_answers_as_it_did(shop: Shop) -> None:
    seller, buyer = await shop.people(2)
    listing, key = await shop.listing(seller), shop.key()
    hold = await shop.cart.holds.claim(buyer, listing, None, key)
    await shop.pay(buyer, hold.hold_id)
    assert await shop.cart.holds.claim(buyer, listing, None, key) == hold


async def test_a_ban_ends_what_is_held_from_that_show(shop: Shop) -> None:
    host, seller, buyer, other = await shop.people(4)
    show, elsewhere = await shop.show(host), await shop.show(host)
    here, there, paid = [await shop.listing(seller, quantity=2) for _ in range(3)]
    for listing in (here, there, paid):
        await shop.cart.lineups.add(show, listing, host)
    await shop.cart.lineups.add(elsewhere, there, host)
    gone = await shop.hold(buyer, here, show)
    await shop.hold(other, here, show)
    kept = await shop.hold(buyer, there, elsewhere)
    await shop.pay(buyer, (await shop.hold(buyer, paid, show)).hold_id)
    await shop.cart.holds.end_in_show(show, buyer)
    await shop.cart.holds.end_in_show(show, buyer)
    assert [hold.hold_id for hold in (await shop.cart.bag(buyer)).holds] == [kept.hold_id]
    assert (await shop.stock(here), await shop.stock(paid)) == ((2, 1, 0), (2, 0, 1))
    assert (await shop.kinds(show))[-1] == "released"
    with pytest.raises(errors.HoldGone):
        await shop.pay(buyer, gone.hold_id)


async def test_a_ban_that_meets_a_claim(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """It commits after the first look at the buyer and before the show is locked: nothing is held."""
    host, seller, buyer = await shop.people(3)
    show, listing = await shop.show(host), await shop.listing(seller)
    await shop.cart.lineups.add(show, listing, host)
    answers = iter([True, False])

    async def may_buy(*_: object) -> bool:
        return next(answers)

    monkeypatch.setattr(shop.cart.holds, "_may_buy", may_buy)
    with pytest.raises(errors.BuyerBanned):
        await shop.hold(buyer, listing, show)
    assert await shop.stock(listing) == (1, 0, 0)
    assert "held" not in await shop.kinds(show)


@pytest.mark.parametrize("strange", ["\x00", "x" * 33, "'; --", ""])
async def test_strange_ids_are_unknown_ones(shop: Shop, strange: str) -> None:
    seller, buyer = await shop.people(2)
    show, listing = await shop.show(seller), await shop.listing(seller)
    with pytest.raises(errors.ListingUnknown):
        await shop.hold(buyer, strange)
    with pytest.raises(errors.ShowUnknown):
        await shop.hold(buyer, listing, strange)
    with pytest.raises(errors.ListingUnknown):
        await shop.cart.lineups.add(show, strange, seller)
    with pytest.raises(errors.ShowUnknown):
        await shop.cart.lineups.view(strange, None)
    with pytest.raises(errors.NotInLineup):
        await shop.cart.lineups.remove(show, strange, seller)
    with pytest.raises(errors.HoldNotFound):
        await shop.cart.holds.buyer(strange)
    with pytest.raises(errors.HoldGone):
        await shop.pay(buyer, strange)
    with pytest.raises(errors.OrderNotFound):
        await shop.cart.orders.buyer(strange)
    with pytest.raises(errors.ParcelNotFound):
        await shop.cart.orders.parcel_seller(strange)
