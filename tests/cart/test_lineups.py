"""Lineups and features: who may sell what, in which order, told as events."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from cart import errors
from hosts.tables import accounts, listings
from livestream.events import Event, decode_events, events_channel
from livestream.tables import shows
from tests.cart.conftest import Shop


async def test_a_lineup_keeps_its_order(shop: Shop) -> None:
    host, seller = await shop.people(2)
    show = await shop.show(host, "scheduled")
    pieces = [await shop.listing(seller, title=f"Piece {number}") for number in range(3)]
    for piece in (*pieces, pieces[0]):
        await shop.cart.lineups.add(show, piece, host)
    assert [item.listing_id for item in await shop.cart.lineups.view(show, None)] == pieces
    await shop.cart.lineups.order(show, pieces[::-1], host)
    await shop.cart.lineups.order(show, pieces[::-1], host)
    await shop.cart.lineups.remove(show, pieces[1], host)
    assert [item.listing_id for item in await shop.cart.lineups.view(show, host)] == [pieces[2], pieces[0]]
    assert await shop.kinds(show) == ["lineup_added"] * 3 + ["lineup_ordered", "lineup_removed"]
    first = (await shop.events(show))[0]
    assert first.by == host
    assert first.data["listing"]["title"] == "Piece 0"
    assert first.data["listing"]["seller"]["id"] == seller
    with pytest.raises(errors.LineupRefused) as mismatch:
        await shop.cart.lineups.order(show, pieces, host)
    assert mismatch.value.code == "lineup_mismatch"
    with pytest.raises(errors.NotInLineup):
        await shop.cart.lineups.remove(show, pieces[1], host)


async def test_featuring_adds_to_the_lineup_and_shows_three_at_once(shop: Shop) -> None:
    host, seller, buyer = await shop.people(3)
    show = await shop.show(host)
    pieces = [await shop.listing(seller) for _ in range(5)]
    for piece in (*pieces[:3], pieces[0]):
        await shop.cart.lineups.feature(show, piece, host)
    assert await shop.kinds(show) == ["lineup_added", "featured"] * 3
    with pytest.raises(errors.LineupRefused) as full:
        await shop.cart.lineups.feature(show, pieces[3], host)
    assert full.value.code == "features_full"
    await shop.pay(buyer, (await shop.hold(buyer, pieces[1], show)).hold_id)
    await shop.cart.lineups.feature(show, pieces[3], host)
    featured = [item.listing_id for item in await shop.cart.lineups.view(show, None) if item.featured]
    assert featured == [pieces[0], pieces[2], pieces[3]]
    assert (await shop.kinds(show))[-5:] == ["held", "sold", "lineup_added", "unfeatured", "featured"]
    await shop.cart.lineups.unfeature(show, pieces[3], host)
    await shop.cart.lineups.unfeature(show, pieces[3], host)
    await shop.cart.lineups.remove(show, pieces[0], host)
    assert (await shop.kinds(show))[-3:] == ["unfeatured", "unfeatured", "lineup_removed"]
    with pytest.raises(errors.LineupRefused) as sold:
        await shop.cart.lineups.feature(show, pieces[1], host)
    assert sold.value.code == "sold"


async def test_featuring_at_once_never_shows_more_than_three(shop: Shop) -> None:
    host, seller = await shop.people(2)
    show = await shop.show(host)
    pieces = [await shop.listing(seller) for _ in range(6)]
    features = [shop.cart.lineups.feature(show, piece, host) for piece in pieces]
    outcomes = await asyncio.gather(*features, return_exceptions=True)
    assert sum(outcome is None for outcome in outcomes) == 3
    assert all(isinstance(outcome, errors.LineupRefused) for outcome in outcomes if outcome is not None)


async def test_the_seller_decides_who_may_feature(shop: Shop) -> None:
    host, seller, closed = await shop.people(3)
    show, own_show = await shop.show(host), await shop.show(seller)
    piece = await shop.listing(seller, featuring_allowed=False)
    await shop.change(sa.update(accounts).where(accounts.c.account_id == closed).values(featuring_allowed=False))
    for refused in (piece, await shop.listing(closed)):
        for attempt in (shop.cart.lineups.add, shop.cart.lineups.feature):
            with pytest.raises(errors.LineupRefused) as error:
                await attempt(show, refused, host)
            assert error.value.code == "featuring_not_allowed"
    await shop.cart.lineups.feature(own_show, piece, seller)
    withdrawn = await shop.listing(seller, withdrawn_at=1)
    with pytest.raises(errors.LineupRefused) as off_sale:
        await shop.cart.lineups.add(show, withdrawn, host)
    assert off_sale.value.code == "withdrawn"


async def test_a_show_that_is_over_keeps_its_lineup(shop: Shop) -> None:
    host, seller = await shop.people(2)
    show, piece = await shop.show(host), await shop.listing(seller)
    await shop.cart.lineups.add(show, piece, host)
    await shop.change(sa.update(shows).values(state="ended"))
    for attempt in (
        shop.cart.lineups.add,
        shop.cart.lineups.remove,
        shop.cart.lineups.feature,
        shop.cart.lineups.unfeature,
    ):
        with pytest.raises(errors.ShowOver):
            await attempt(show, piece, host)
    with pytest.raises(errors.ShowOver):
        await shop.cart.lineups.order(show, [piece], host)
    assert len(await shop.cart.lineups.view(show, None)) == 1
    with pytest.raises(errors.ShowUnknown):
        await shop.cart.lineups.view("nowhere", None)
    with pytest.raises(errors.ListingUnknown):
        await shop.cart.lineups.add(show, "nothing", host)


async def _changed(shop: Shop, listing: str, *then: sa.Executable, **values: object) -> None:
    """What the people's package does when a seller changes a listing."""
    async with shop.database.writing() as connection:
        await connection.execute(sa.update(listings).where(listings.c.listing_id == listing).values(**values))
        told = [await hook(connection, listing) for hook in shop.closets.card_changed_in]
        for statement in then:
            await connection.execute(statement)
    for after_commit in told:
        if after_commit is not None:
            await after_commit()


async def test_a_changed_card_is_told_once_it_is_committed(shop: Shop) -> None:
    host, other_host, seller = await shop.people(3)
    piece = await shop.listing(seller)
    here, there = await shop.show(host), await shop.show(other_host)
    published: list[Event] = []
    for show in (here, there):
        await shop.cart.lineups.add(show, piece, host)
        await shop.timeline.broker.subscribe(events_channel(show), lambda data: published.extend(decode_events(data)))
    await _changed(shop, piece, price=99)
    assert [(event.kind, event.data["listing"]["price"]) for event in published] == [("card_changed", 99)] * 2
    for show in (here, there):
        assert (await shop.events(show))[-1].data["listing"]["price"] == 99
    await shop.cart.lineups.feature(here, piece, host)
    assert published[-1].kind == "featured"


async def test_a_change_that_fails_is_not_told(shop: Shop) -> None:
    host, seller = await shop.people(2)
    piece, show = await shop.listing(seller), await shop.show(host)
    await shop.cart.lineups.add(show, piece, host)
    published: list[bytes] = []
    await shop.timeline.broker.subscribe(events_channel(show), published.append)
    with pytest.raises(sa.exc.IntegrityError):
        await _changed(shop, piece, sa.update(listings).values(held=-1), price=5)
    await shop.cart.stop()
    assert published == []
    await shop.cart.lineups.feature(show, piece, host)
    assert [decode_events(data)[0].kind for data in published] == ["featured"]


@pytest.mark.parametrize("change", [{"featuring_allowed": False}, {"withdrawn_at": 7}])
async def test_what_may_not_be_sold_leaves_the_lineups_of_others(shop: Shop, change: dict[str, object]) -> None:
    host, seller = await shop.people(2)
    piece = await shop.listing(seller)
    show, own = await shop.show(host), await shop.show(seller)
    await shop.cart.lineups.feature(show, piece, host)
    await shop.cart.lineups.add(own, piece, seller)
    await _changed(shop, piece, **change)
    await shop.cart.stop()
    assert (await shop.kinds(show))[-3:] == ["card_changed", "unfeatured", "lineup_removed"]
    assert await shop.cart.lineups.view(show, None) == []
    stays = "withdrawn_at" not in change
    assert ([item.listing_id for item in await shop.cart.lineups.view(own, None)] == [piece]) == stays


async def test_a_closet_that_is_closed_to_others_leaves_their_lineups(shop: Shop) -> None:
    host, seller = await shop.people(2)
    pieces = [await shop.listing(seller) for _ in range(2)]
    show, own = await shop.show(host), await shop.show(seller)
    for piece in pieces:
        await shop.cart.lineups.add(show, piece, host)
        await shop.cart.lineups.add(own, piece, seller)
    await shop.change(sa.update(accounts).where(accounts.c.account_id == seller).values(featuring_allowed=False))
    await shop.cart.closet_changed(seller)
    assert await shop.cart.lineups.view(show, None) == []
    assert len(await shop.cart.lineups.view(own, None)) == 2
    assert (await shop.kinds(own))[-2:] == ["card_changed", "card_changed"]
    assert (await shop.kinds(show))[-2:] == ["card_changed", "lineup_removed"]


async def test_a_lineup_has_an_end(sqlite_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cart.lineups.LONGEST", 2)
    host, seller = await sqlite_shop.people(2)
    show = await sqlite_shop.show(host)
    pieces = [await sqlite_shop.listing(seller) for _ in range(3)]
    for piece in pieces[:2]:
        await sqlite_shop.cart.lineups.add(show, piece, host)
    with pytest.raises(errors.LineupRefused) as full:
        await sqlite_shop.cart.lineups.add(show, pieces[2], host)
    assert full.value.code == "lineup_full"
