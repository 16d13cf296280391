"""Auctions on a real database: bids, the hammer, the winner's bag, what nobody can do."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from cart import errors, tables
from cart.auctions import log, rules
from cart.auctions.views import AuctionView, BidAnswer, NewAuction
from cart.news import Told
from cart.selling_tables import auctions, bids
from cart.terms import SellingTerms
from hosts.notices.tables import notices
from tests.cart.conftest import Shop


class House:
    """A show with one piece in an auction."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.told: list[Told] = []
        shop.cart.news.listeners.append(self._hear)

    async def _hear(self, told: Told) -> None:
        self.told.append(told)

    async def open(self, **fields: object) -> AuctionView:
        self.host, self.ana, self.ben, self.cem = await self.shop.people(4)
        self.show = await self.shop.show(self.host)
        self.piece = await self.shop.listing(self.host)
        await self.shop.cart.lineups.add(self.show, self.piece, self.host)
        return await self.begin(**fields)

    async def begin(self, **fields: object) -> AuctionView:
        new = NewAuction(**({"listing_id": self.piece, "start_price": 1_000, "seconds": 30, "step": 100} | fields))  # type: ignore[arg-type]
        self.auction = await self.shop.cart.auctions.begin(self.show, self.host, new)
        return self.auction

    async def bid(self, who: str, amount: int, **options: object) -> BidAnswer:
        key = str(options.pop("key", None) or self.shop.key())
        return await self.shop.cart.auctions.bid(self.auction.auction_id, who, amount, key, **options)  # type: ignore[arg-type]

    async def ends_in(self, ms: int) -> None:
        """As if the auction had been begun earlier."""
        from hosts.database_time import now_ms

        await self.shop.change(sa.update(auctions).values(ends_at=now_ms() + ms))

    async def hammer(self) -> None:
        await self.ends_in(-rules.GRACE_MS - 1)
        await self.shop.cart.auctions.close_due()


@pytest.fixture
def house(shop: Shop) -> House:
    return House(shop)


async def test_the_highest_bidder_pays_the_price(house: House) -> None:
    shop = house.shop
    await house.open()
    assert await shop.stock(house.piece) == (1, 1, 0)
    first = await house.bid(house.ana, 1_000)
    assert (first.leading, first.price, first.next) == (True, 1_000, 1_100)
    assert (await house.bid(house.ben, 1_500)).price == 1_500
    await house.hammer()
    bag = await shop.cart.bag(house.ben)
    assert [(hold.price, hold.listing.listing_id) for hold in bag.holds] == [(1_500, house.piece)]
    assert bag.holds[0].until - bag.now > 800_000
    assert await shop.stock(house.piece) == (1, 1, 0)
    order = await shop.pay(house.ben, bag.holds[0].hold_id)
    assert order.subtotal == 1_500
    assert await shop.stock(house.piece) == (1, 0, 1)
    kinds = [event.kind for event in await shop.events(house.show)]
    assert kinds == [
        "lineup_added", "auction_started", "held", "bid_placed", "bid_placed", "auction_closed", "held", "sold",
    ]  # fmt: skip
    written = [(row.account_id, row.kind) for row in await shop.rows(notices) if row.kind in ("outbid", "won")]
    assert sorted(written) == sorted([(house.ana, "outbid"), (house.ben, "won")])
    assert [(told.account_id, told.kind) for told in house.told] == [
        (house.ana, "outbid"),
        (house.ben, "won"),
        (house.ana, "lost"),
    ]
    query = sa.select(notices.c.account_id, notices.c.kind, notices.c.amount).order_by(notices.c.number)
    async with shop.database.reading() as connection:
        bell = [tuple(row) for row in await connection.execute(query)]
    assert bell[:2] == [(house.ana, "outbid", 1_500), (house.ben, "won", 1_500)]


async def test_what_a_maximum_does_and_tells(house: House) -> None:
    await house.open()
    await house.bid(house.ana, 1_000, maximum=5_000)
    answer = await house.bid(house.ben, 2_000)
    assert (answer.leading, answer.price, answer.next) == (False, 2_100, 2_200)
    events = await house.shop.events(house.show)
    assert all("maximum" not in event.data and 5_000 not in event.data.values() for event in events)
    assert [
        one.maximum for one in (await house.shop.cart.auctions.log(house.auction.auction_id, house.ana)).opened
    ] == [5_000]
    assert (await house.shop.cart.auctions.log(house.auction.auction_id, None)).opened == []


async def test_the_log_can_be_checked_by_anybody(house: House) -> None:
    await house.open()
    for who, amount in ((house.ana, 1_000), (house.ben, 1_200), (house.ana, 1_500)):
        await house.bid(who, amount)
    witnessed = [event.data["hash"] for event in await house.shop.events(house.show) if event.kind == "bid_placed"]
    await house.hammer()
    found = await house.shop.cart.auctions.log(house.auction.auction_id, None)
    entries, hashes = [one.entry for one in found.entries], [one.hash for one in found.entries]
    assert hashes == witnessed
    assert log.broken_at(found.terms, entries, hashes, found.opened) is None
    assert (found.state, found.price) == ("sold", 1_500)
    maxima = {one.number: one.maximum for one in found.opened}
    again = [rules.Bid(e.number, e.bidder_id, e.amount, maxima[e.number], e.made_at) for e in entries]
    terms = rules.Terms(found.terms.start_price, found.terms.step, found.terms.sudden_death)
    assert rules.standing(terms, again).price == found.price
    await house.shop.change(sa.update(bids).where(bids.c.number == 2).values(amount=1_150))
    forged = await house.shop.cart.auctions.log(house.auction.auction_id, None)
    broken = log.broken_at(forged.terms, [one.entry for one in forged.entries], hashes, forged.opened)
    assert broken == 2


async def test_a_bid_sent_twice_is_one_bid(house: House) -> None:
    await house.open()
    first = await house.bid(house.ana, 1_000, key="tap")
    assert await house.bid(house.ana, 1_000, key="tap") == first
    both = await asyncio.gather(*(house.bid(house.ben, 1_300, key="double") for _ in range(4)))
    assert {answer.number for answer in both} == {2}
    with pytest.raises(errors.IdempotencyMismatch):
        await house.bid(house.ana, 9_000, key="tap")
    assert len(await house.shop.rows(bids)) == 2


async def test_refusals(house: House) -> None:
    await house.open()
    await house.bid(house.ana, 1_000)
    for who, amount, code in (
        (house.ben, 1_050, "too_low"),
        (house.host, 5_000, "own"),
        (house.ana, 1_000, "not_higher"),
    ):
        with pytest.raises(errors.BidRefused) as refused:
            await house.bid(who, amount)
        assert refused.value.code == code
    house.shop.banned.add((house.show, house.cem))
    with pytest.raises(errors.BuyerBanned):
        await house.bid(house.cem, 5_000)
    with pytest.raises(errors.HoldRefused) as reserved:
        await house.shop.hold(house.ben, house.piece, house.show)
    assert reserved.value.code == "reserved"
    await house.hammer()
    with pytest.raises(errors.BidRefused) as over:
        await house.bid(house.ben, 9_000)
    assert over.value.code == "over"


async def test_it_cannot_be_called_off_once_somebody_has_bid(house: House) -> None:
    shop = house.shop
    await house.open()
    await shop.cart.auctions.cancel(house.auction.auction_id, house.show, house.host)
    assert await shop.stock(house.piece) == (1, 0, 0)
    await house.begin()
    await house.bid(house.ana, 1_000)
    with pytest.raises(errors.SaleRefused) as refused:
        await shop.cart.auctions.cancel(house.auction.auction_id, house.show, house.host)
    assert refused.value.code == "has_bids"
    with pytest.raises(errors.LineupRefused):
        await shop.cart.lineups.remove(house.show, house.piece, house.host)


async def test_without_a_bid_the_piece_is_free_again(house: House) -> None:
    await house.open()
    await house.hammer()
    assert await house.shop.stock(house.piece) == (1, 0, 0)
    assert (await house.shop.cart.auctions.view(house.auction.auction_id)).state == "unsold"
    await house.shop.hold(house.ana, house.piece, house.show)


async def test_a_late_bid_moves_the_end(house: House) -> None:
    await house.open()
    await house.ends_in(2_000)
    answer = await house.bid(house.ana, 1_000)
    present = await house.shop.cart.auctions.view(house.auction.auction_id)
    assert answer.ends_at == present.ends_at
    row = (await house.shop.rows(bids))[0]
    assert present.ends_at == row.made_at + rules.EXTEND_MS


async def test_grace_is_for_measured_lag_only_and_capped(house: House) -> None:
    await house.open()
    await house.ends_in(-600)
    with pytest.raises(errors.BidRefused):
        await house.bid(house.ana, 1_000)  # nothing was measured
    with pytest.raises(errors.BidRefused):
        await house.bid(house.ana, 1_000, lag_ms=100)
    assert (await house.bid(house.ana, 1_000, lag_ms=1_200)).lag_ms == 1_200
    await house.ends_in(-rules.GRACE_MS)
    with pytest.raises(errors.BidRefused):
        await house.bid(house.ben, 2_000, lag_ms=60_000)


async def test_the_slower_line_does_not_lose_a_tie(house: House) -> None:
    await house.open()
    await house.bid(house.ana, 1_000)
    await house.bid(house.ben, 1_100)  # tapped after cem, who sits behind a slow line
    answer = await house.bid(house.cem, 1_100, lag_ms=1_000, seen=1)
    assert answer.leading is (await _made_before_ben(house))


async def _made_before_ben(house: House) -> bool:
    rows = {row.bidder_id: row.made_at for row in await house.shop.rows(bids)}
    return bool(rows[house.cem] < rows[house.ben])


async def test_who_has_seen_a_bid_cannot_have_bid_before_it(house: House) -> None:
    await house.open()
    await house.bid(house.ana, 1_000)
    with pytest.raises(errors.BidRefused) as refused:
        await house.bid(house.ben, 1_000, lag_ms=1_500, seen=1)
    assert (refused.value.code, refused.value.details) == ("too_low", {"least": 1_100})


async def test_sealed_bids_show_nothing_until_the_hammer(house: House) -> None:
    shop = house.shop
    await house.open(sudden_death=True)
    await house.bid(house.ana, 1_000)
    await house.ends_in(1_000)
    before = await shop.kinds(house.show)
    sealed = await house.bid(house.ben, 3_000)
    assert (sealed.leading, sealed.sealed, sealed.price, sealed.next) == (None, True, 1_000, 1_100)
    assert (await house.bid(house.cem, 1_100, maximum=2_000)).leading is None  # no refusal tells of ben's bid
    assert await shop.kinds(house.show) == before
    view = await shop.cart.auctions.view(house.auction.auction_id)
    assert (view.price, view.bids, len((await shop.cart.auctions.log(view.auction_id, None)).entries)) == (1_000, 1, 1)
    await house.hammer()
    closed = (await shop.events(house.show))[-2]
    assert (closed.kind, closed.data["price"], closed.data["winner"]["id"]) == ("auction_closed", 3_000, house.ben)
    assert (await shop.kinds(house.show))[-4:-2] == ["bid_placed", "bid_placed"]


async def test_after_an_outage_everybody_may_come_back_first(house: House) -> None:
    await house.open()
    await house.bid(house.ana, 1_000)
    await house.ends_in(-60_000)
    await house.shop.cart.auctions.close_due()
    assert (await house.shop.events(house.show))[-1].kind == "auction_extended"
    assert (await house.bid(house.ben, 1_100)).leading is True


async def test_bids_at_once_leave_one_leader_and_a_whole_log(house: House) -> None:
    await house.open()
    people = await house.shop.people(12)
    answers = await asyncio.gather(
        *(house.bid(who, 1_000 + 100 * place) for place, who in enumerate(people)), return_exceptions=True
    )
    taken = [one for one in answers if isinstance(one, BidAnswer)]
    assert all(isinstance(one, (BidAnswer, errors.BidRefused)) for one in answers)
    assert sorted(one.number for one in taken) == list(range(1, len(taken) + 1))
    view = await house.shop.cart.auctions.view(house.auction.auction_id)
    assert (view.price, view.leader.id if view.leader else None) == (2_100, people[-1])


async def test_other_peoples_pieces_only_as_low_as_their_sellers_say(shop: Shop) -> None:
    host, seller = await shop.people(2)
    show, piece = await shop.show(host), await shop.listing(seller, price=4_800)
    await shop.cart.lineups.add(show, piece, host)

    async def begin(price: int) -> AuctionView:
        return await shop.cart.auctions.begin(show, host, NewAuction(piece, price, 30))

    for terms, price, code in ((None, 4_000, "not_discountable"), (4_500, 4_000, "floor")):
        if terms is not None:
            await shop.cart.terms.change(piece, SellingTerms(lowest=terms))
        with pytest.raises(errors.SaleRefused) as refused:
            await begin(price)
        assert refused.value.code == code
    assert (await begin(4_500)).price == 4_500


async def test_the_winner_of_a_curated_piece_is_the_hosts_credit(shop: Shop) -> None:
    host, seller, ana = await shop.people(3)
    show, piece = await shop.show(host), await shop.listing(seller)
    await shop.cart.lineups.add(show, piece, host)
    found = await shop.cart.auctions.begin(show, host, NewAuction(piece, 4_800, 30))
    await shop.cart.auctions.bid(found.auction_id, ana, 5_000, "k")
    await shop.change(sa.update(auctions).values(ends_at=auctions.c.ends_at - 32_000))
    await shop.cart.auctions.close_due()
    hold = (await shop.rows(tables.holds))[0]
    assert (hold.curator_id, hold.show_id, hold.terms, hold.at) == (host, show, "auction", shop.clock[show])
