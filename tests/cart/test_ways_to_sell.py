"""Flash prices, drops, waitlists, offers and giveaways on a real database."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from cart import errors, tables
from cart.drops import NewDrop
from cart.flash import NewFlash
from cart.giveaways import draw
from cart.giveaways.service import NewGiveaway
from cart.news import Told
from cart.offers.service import Answer, NewOffer
from cart.selling_tables import drops, flash_prices, giveaway_entries, giveaways, offers
from cart.terms import SellingTerms
from hosts.tables import listings
from tests.cart.conftest import Shop


class Stand:
    """A host on air with one piece, and three people who want it."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.told: list[Told] = []

    async def open(self, **fields: Any) -> Stand:
        self.host, self.ana, self.ben, self.cem = await self.shop.people(4)
        self.show = await self.shop.show(self.host)
        self.piece = await self.add(**fields)
        self.shop.cart.news.listeners.append(self._hear)
        return self

    async def add(self, **fields: Any) -> str:
        piece = await self.shop.listing(self.host, **fields)
        await self.shop.cart.lineups.add(self.show, piece, self.host)
        return piece

    async def _hear(self, told: Told) -> None:
        self.told.append(told)

    def heard(self) -> list[tuple[str, str]]:
        return [(told.account_id, told.kind) for told in self.told]

    async def refused(self, code: str, who: str, piece: str, show: str | None, price: int | None = None) -> None:
        with pytest.raises(errors.HoldRefused) as refused:
            await self.shop.cart.holds.claim(who, piece, show, self.shop.key(), price)
        assert refused.value.code == code


@pytest.fixture
async def stand(shop: Shop) -> Stand:
    return await Stand(shop).open()


# -- flash prices


async def test_a_flash_price_is_for_this_show_and_this_while(stand: Stand) -> None:
    shop = stand.shop
    await shop.change(sa.update(listings).values(quantity=5))
    view = await shop.cart.flash.begin(stand.show, stand.host, NewFlash(stand.piece, "percent", 25, 60))
    assert (view.price, view.was) == (3_600, 4_800)
    assert (await shop.hold(stand.ana, stand.piece, stand.show)).price == 3_600
    await stand.refused("flash_limit", stand.ana, stand.piece, stand.show)
    assert (await shop.hold(stand.ben, stand.piece)).price == 4_800  # outside the show
    await shop.change(sa.update(flash_prices).values(ends_at=1))
    await stand.refused("price_changed", stand.cem, stand.piece, stand.show, price=3_600)
    assert (await shop.hold(stand.cem, stand.piece, stand.show)).price == 4_800
    await shop.cart.flash.expire()
    kinds = await shop.kinds(stand.show)
    assert [kind for kind in kinds if kind.startswith("flash")] == ["flash_started", "flash_ended"]
    assert sorted(hold.price for hold in (await shop.cart.bag(stand.ana)).holds) == [3_600]  # frozen


async def test_flash_refusals(stand: Stand) -> None:
    flash = stand.shop.cart.flash
    for new, code in (
        (NewFlash(stand.piece, "amount", 4_800, 60), "not_lower"),
        (NewFlash(stand.piece, "percent", 96, 60), "invalid_sale"),
        (NewFlash(stand.piece, "percent", 10, 5), "invalid_sale"),
        (NewFlash(stand.piece, "percent", 10, 60, per_buyer=0), "invalid_sale"),
    ):
        with pytest.raises(errors.CartError) as refused:
            await flash.begin(stand.show, stand.host, new)
        assert refused.value.code == code
    await flash.begin(stand.show, stand.host, NewFlash(stand.piece, "amount", 800, 60))
    with pytest.raises(errors.SaleRefused):
        await flash.begin(stand.show, stand.host, NewFlash(stand.piece, "amount", 900, 60))
    await flash.stop(stand.show, stand.piece, stand.host)
    with pytest.raises(errors.SaleUnknown):
        await flash.stop(stand.show, stand.piece, stand.host)


# -- drops


async def test_a_drop_opens_for_everybody_at_once(stand: Stand) -> None:
    shop = stand.shop
    large = await stand.add(size="L", quantity=3)
    pieces = [stand.piece, large]
    drop = await shop.cart.drops.announce(stand.show, stand.host, NewDrop("Wool week", pieces, seconds=60))
    await stand.refused("not_open", stand.ana, large, stand.show)
    await stand.refused("not_open", stand.ana, large, None)  # nor by its closet
    await shop.change(sa.update(drops).values(opens_at=1))
    await shop.hold(stand.ana, large, stand.show)
    await stand.refused("drop_limit", stand.ana, stand.piece, stand.show)
    await shop.hold(stand.ben, large, stand.show)
    with pytest.raises(errors.SaleRefused):
        await shop.cart.drops.announce(stand.show, stand.host, NewDrop("Again", [large]))
    await shop.cart.drops.close(stand.show, drop.drop_id, stand.host)
    await shop.hold(stand.ana, stand.piece, stand.show)


async def test_a_drop_of_a_show_that_is_over_holds_nothing_back(stand: Stand) -> None:
    shop = stand.shop
    await shop.cart.drops.announce(stand.show, stand.host, NewDrop("Wool week", [stand.piece], seconds=600))
    from livestream.tables import shows

    await shop.change(sa.update(shows).values(state="ended"))
    await shop.cart.drops.sweep()
    await shop.hold(stand.ana, stand.piece)


# -- limits and waitlists


async def test_a_limit_for_each_buyer(stand: Stand) -> None:
    shop = stand.shop
    await shop.change(sa.update(listings).values(quantity=3))
    await shop.cart.terms.change(stand.piece, SellingTerms(per_buyer=1))
    hold = await shop.hold(stand.ana, stand.piece)
    await stand.refused("per_buyer", stand.ana, stand.piece, None)
    await shop.cart.holds.release(hold.hold_id)
    await shop.pay(stand.ana, (await shop.hold(stand.ana, stand.piece)).hold_id)
    await stand.refused("per_buyer", stand.ana, stand.piece, None)


async def test_what_comes_free_goes_to_the_next_in_line(stand: Stand) -> None:
    shop = stand.shop
    hold = await shop.hold(stand.ana, stand.piece, stand.show)
    assert (await shop.cart.waitlist.join(stand.ben, stand.piece, stand.show)).place == 1
    assert (await shop.cart.waitlist.join(stand.cem, stand.piece, stand.show)).place == 2
    assert (await shop.cart.waitlist.join(stand.ben, stand.piece, stand.show)).place == 1
    await shop.cart.holds.release(hold.hold_id)
    assert [one.listing.listing_id for one in (await shop.cart.bag(stand.ben)).holds] == [stand.piece]
    assert stand.heard() == [(stand.ben, "came_free")]
    assert (await shop.kinds(stand.show))[-1] == "held"  # it never was free for anybody else
    assert [one.place for one in (await shop.cart.waitlist.view(stand.cem)).items] == [1]
    # The next one's hold runs out: neither a newcomer nor the clock can pass the one who waits.
    await shop.run_out(*(one.hold_id for one in (await shop.cart.bag(stand.ben)).holds))
    await stand.refused("held_by_other", stand.ana, stand.piece, stand.show)
    await shop.cart.holds.expire()
    assert len((await shop.cart.bag(stand.cem)).holds) == 1
    await shop.pay(stand.cem, (await shop.cart.bag(stand.cem)).holds[0].hold_id)
    await shop.cart.holds.serve_waiting()
    assert await shop.stock(stand.piece) == (1, 0, 1)


async def test_who_waits_for_what_is_sold_is_told(stand: Stand) -> None:
    shop = stand.shop
    hold = await shop.hold(stand.ana, stand.piece)
    await shop.cart.waitlist.join(stand.ben, stand.piece, None)
    await shop.pay(stand.ana, hold.hold_id)
    await shop.cart.holds.serve_waiting()
    assert stand.heard() == [(stand.ben, "wait_over")]
    assert (await shop.cart.waitlist.view(stand.ben)).items == []


async def test_more_pieces_go_to_the_line_first(stand: Stand) -> None:
    shop = stand.shop
    await shop.hold(stand.ana, stand.piece)
    await shop.cart.waitlist.join(stand.ben, stand.piece, None)
    await shop.change(sa.update(listings).values(quantity=2))
    await shop.cart.holds.serve_waiting()
    assert len((await shop.cart.bag(stand.ben)).holds) == 1


async def test_whom_a_line_does_not_take(stand: Stand) -> None:
    shop = stand.shop

    async def refused(buyer: str, code: str) -> None:
        with pytest.raises(errors.WaitRefused) as caught:
            await shop.cart.waitlist.join(buyer, stand.piece, None)
        assert caught.value.code == code

    await refused(stand.ana, "available")
    await refused(stand.host, "own_listing")
    await shop.hold(stand.ana, stand.piece)
    await refused(stand.ana, "held_by_you")
    await shop.cart.waitlist.join(stand.ben, stand.piece, stand.show)
    shop.banned.add((stand.show, stand.ben))  # is passed over when it comes free
    await shop.cart.waitlist.join(stand.cem, stand.piece, None)
    await shop.cart.holds.release((await shop.cart.bag(stand.ana)).holds[0].hold_id)
    assert stand.heard() == [(stand.cem, "came_free")]


# -- offers


async def test_going_back_and_forth(stand: Stand) -> None:
    shop = stand.shop
    made = await shop.cart.offers.make(stand.ana, NewOffer(stand.piece, 3_000, stand.show))
    assert (made.state, made.turn, made.mine, made.show_id) == ("open", "seller", "buyer", stand.show)
    countered = await shop.cart.offers.answer(stand.host, made.offer_id, Answer("counter", 4_000))
    assert (countered.amount, countered.turn) == (4_000, "buyer")
    with pytest.raises(errors.OfferRefused) as refused:
        await shop.cart.offers.answer(stand.ana, made.offer_id, Answer("counter", 4_000))
    assert (refused.value.code, refused.value.details) == ("amount", {"low": 1_200, "high": 3_999})
    await shop.cart.offers.answer(stand.ana, made.offer_id, Answer("counter", 3_500))
    accepted = await shop.cart.offers.answer(stand.host, made.offer_id, Answer("accept"))
    assert accepted.state == "accepted"
    hold = (await shop.cart.bag(stand.ana)).holds[0]
    assert (hold.price, hold.hold_id) == (3_500, accepted.hold_id)
    assert (await shop.pay(stand.ana, hold.hold_id)).subtotal == 3_500
    assert [kind for _, kind in stand.heard()] == ["offer_made", "offer_countered", "offer_countered", "offer_accepted"]
    assert [one.mine for one in (await shop.cart.offers.list(stand.host)).items] == ["seller"]


async def test_offers_that_are_refused(stand: Stand) -> None:
    shop = stand.shop

    async def refused(code: str, buyer: str, amount: int) -> None:
        with pytest.raises(errors.OfferRefused) as caught:
            await shop.cart.offers.make(buyer, NewOffer(stand.piece, amount))
        assert caught.value.code == code

    await refused("own", stand.host, 3_000)
    await refused("amount", stand.ana, 4_800)
    await refused("amount", stand.ana, 1_199)
    made = await shop.cart.offers.make(stand.ana, NewOffer(stand.piece, 3_000))
    await refused("open_already", stand.ana, 3_100)
    with pytest.raises(errors.OfferRefused) as turn:
        await shop.cart.offers.answer(stand.ana, made.offer_id, Answer("accept"))
    assert turn.value.code == "not_your_turn"
    await shop.hold(stand.ben, stand.piece)
    with pytest.raises(errors.OfferRefused) as gone:
        await shop.cart.offers.answer(stand.host, made.offer_id, Answer("accept"))
    assert gone.value.code == "nothing_left"
    await shop.change(sa.update(offers).values(until=1))
    await shop.cart.offers.expire()
    assert (await shop.cart.offers.list(stand.ana)).items[0].state == "expired"
    await shop.cart.terms.change(stand.piece, SellingTerms(offers=False))
    await refused("no_offers", stand.ana, 3_000)


# -- giveaways


async def test_a_draw_that_anybody_can_repeat(stand: Stand) -> None:
    shop = stand.shop
    opened = await shop.cart.giveaways.open(stand.show, stand.host, NewGiveaway(stand.piece, 30))
    before = await shop.cart.giveaways.proof(opened.giveaway_id)
    assert (before.seed, before.entrants) == (None, [])
    for who in (stand.ana, stand.ben, stand.cem):
        await shop.cart.giveaways.enter(opened.giveaway_id, who, f"salt{who}x")
    # Cem has left: nobody heard of that page for a minute.
    await shop.change(
        sa.update(giveaway_entries).where(giveaway_entries.c.account_id == stand.cem).values(seen_at=1),
        sa.update(giveaways).values(ends_at=giveaways.c.ends_at - 30_000),
    )
    await shop.cart.giveaways.draw_due()
    proof = await shop.cart.giveaways.proof(opened.giveaway_id)
    assert proof.seed is not None
    assert draw.commitment(proof.seed) == before.giveaway.commitment
    entrants = [(one.account_id, one.salt) for one in proof.entrants]
    assert [who for who, _ in entrants] == sorted([stand.ana, stand.ben])
    winner = draw.winner(proof.seed, entrants)
    assert proof.winner is not None
    assert proof.winner.id == winner
    hold = (await shop.cart.bag(proof.winner.id)).holds[0]
    assert hold.price == 0
    assert stand.heard() == [(winner, "giveaway_won")]
    await shop.pay(proof.winner.id, hold.hold_id)
    balance = sum(row.amount for row in await shop.rows(tables.ledger))
    assert balance == 0


async def test_nobody_there_and_the_piece_is_free(stand: Stand) -> None:
    shop = stand.shop
    opened = await shop.cart.giveaways.open(stand.show, stand.host, NewGiveaway(stand.piece, 30))
    await stand.refused("reserved", stand.ana, stand.piece, stand.show)
    await shop.change(sa.update(giveaways).values(ends_at=1))
    with pytest.raises(errors.GiveawayRefused):
        await shop.cart.giveaways.enter(opened.giveaway_id, stand.ana, "late12345")
    await shop.cart.giveaways.draw_due()
    assert await shop.stock(stand.piece) == (1, 0, 0)
    assert (await shop.events(stand.show))[-2].data["winner"] is None


async def test_who_may_enter(stand: Stand) -> None:
    shop = stand.shop
    opened = await shop.cart.giveaways.open(stand.show, stand.host, NewGiveaway(stand.piece, 30, "buyers"))
    for who, code in ((stand.host, "own"), (stand.ana, "not_eligible")):
        with pytest.raises(errors.GiveawayRefused) as refused:
            await shop.cart.giveaways.enter(opened.giveaway_id, who, "salt12345")
        assert refused.value.code == code
    other = await shop.listing(stand.ben)
    await shop.pay(stand.ana, (await shop.hold(stand.ana, other)).hold_id)
    assert (await shop.cart.giveaways.enter(opened.giveaway_id, stand.ana, "salt12345")).mine
    with pytest.raises(errors.InvalidSale):
        await shop.cart.giveaways.enter(opened.giveaway_id, stand.ana, "a:b\n")


def test_the_draw_is_even() -> None:
    people = [(f"p{number}", "salt") for number in range(5)]
    wins = [draw.winner(f"seed{number}", people) for number in range(2_000)]
    counts = [wins.count(who) for who, _ in people]
    assert min(counts) > 330  # of 400 expected: further off than 1 in a million draws would be
    assert draw.winner("seed", list(reversed(people))) == draw.winner("seed", people)
    assert draw.winner("seed", []) is None
