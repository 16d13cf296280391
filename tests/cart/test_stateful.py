"""Everything that may happen in a shop, in any order, with servers that die in the middle of a payment: a state machine.

After every step: never two buyers of one piece, no count below zero, held is what holds, auctions and giveaways hold, sold is
what orders say, the books balance, every payment has an order, a refund, or took nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
from collections import Counter
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from cart import errors, ledger_store, tables
from cart.auctions.views import NewAuction
from cart.drops import NewDrop
from cart.flash import NewFlash
from cart.giveaways.service import NewGiveaway
from cart.offers.service import Answer, NewOffer
from cart.selling_tables import auctions, flash_prices, giveaways, offers
from cart.test_provider import TestProvider
from hosts.tables import listings
from livestream.tables import shows
from tests.cart.conftest import BAD_CARD, GOOD_CARD, Shop
from web.database import SqlDatabase, sqlite_url

T = TypeVar("T")
BUYERS = 3
QUANTITIES = (1, 1, 2)

who = st.integers(0, BUYERS - 1)
what = st.integers(0, len(QUANTITIES) - 1)


class Killed(BaseException):
    """The server dies here: nothing after this line happens."""


class MortalBank(TestProvider):
    """Kills the server before or after it has heard of a payment."""

    dies: str | None = None

    async def authorise(self, *arguments: Any, **options: Any) -> None:
        if self.dies == "before":
            raise Killed
        await super().authorise(*arguments, **options)
        if self.dies == "after":
            raise Killed


class ShopMachine(RuleBasedStateMachine):
    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "shop.sqlite"
        shutil.copy(self.template, self.path)
        self.bank: MortalBank
        self.refused: Counter[str] = Counter()
        self.numbers = 0

    def run(self, act: Coroutine[Any, Any, T]) -> T | None:
        """One act, whatever comes of it: refusals are fine, the invariants below are what matters."""
        try:
            return self.runner.run(act)
        except errors.CartError as error:
            self.refused[error.code] += 1
            return None

    def open_server(self) -> None:
        self.shop = Shop(SqlDatabase(sqlite_url(self.path)), numbers=self.numbers)
        self.shop.clock.update(getattr(self, "clock", {}))
        self.bank = MortalBank(self.shop.database)
        self.shop.use_provider(self.bank)

    @initialize()
    def begin(self) -> None:
        self.open_server()
        self.runner.run(self._begin())

    async def _begin(self) -> None:
        shop = self.shop
        self.host, seller, *self.buyers = await shop.people(2 + BUYERS)
        self.show = await shop.show(self.host)
        self.clock = dict(shop.clock)
        self.pieces = []
        for place, quantity in enumerate(QUANTITIES):
            owner = seller if place == 0 else self.host
            self.pieces.append(await shop.listing(owner, quantity=quantity, price=4_333))
            await shop.cart.lineups.add(self.show, self.pieces[-1], self.host)

    def teardown(self) -> None:
        if hasattr(self, "shop"):
            self.runner.run(self._close())
        self.runner.close()
        self.folder.cleanup()

    async def _close(self) -> None:
        await self.shop.cart.stop()
        await self.shop.database.stop()

    # -- what people do

    @rule(who=who, what=what, watching=st.booleans())
    def claim(self, who: int, what: int, watching: bool) -> None:
        self.run(self.shop.hold(self.buyers[who], self.pieces[what], self.show if watching else None))

    @rule(who=who)
    def give_back(self, who: int) -> None:
        async def act() -> None:
            for hold in (await self.shop.cart.bag(self.buyers[who])).holds[:1]:
                await self.shop.cart.holds.release(hold.hold_id)

        self.run(act())

    @rule(who=who, good=st.booleans())
    def pay(self, who: int, good: bool) -> None:
        self.run(self._pay(self.buyers[who], good))

    async def _pay(self, buyer: str, good: bool) -> None:
        held = [hold.hold_id for hold in (await self.shop.cart.bag(buyer)).holds]
        if held:
            await self.shop.pay(buyer, *held, card=GOOD_CARD if good else BAD_CARD)

    @rule(who=who, moment=st.sampled_from(["before", "after"]))
    def die_while_paying(self, who: int, moment: str) -> None:
        self.bank.dies = moment
        with contextlib.suppress(Killed):
            self.run(self._pay(self.buyers[who], True))
        self.restart()

    @rule()
    def restart(self) -> None:
        self.numbers = self.shop.numbers_so_far()
        self.runner.run(self._close())
        self.open_server()
        self.runner.run(self._settle())

    async def _settle(self) -> None:
        """What a server does when it starts, without waiting for its keepers' turns."""
        cart = self.shop.cart
        await cart._settlement.start()
        await cart._settlement.sweep()

    @rule(who=who, what=what)
    def wait_in_line(self, who: int, what: int) -> None:
        self.run(self.shop.cart.waitlist.join(self.buyers[who], self.pieces[what], self.show))

    @rule(what=what, price=st.integers(1, 5), sudden=st.booleans())
    def auction(self, what: int, price: int, sudden: bool) -> None:
        new = NewAuction(self.pieces[what], price * 1_000, 30, 100, sudden)
        self.run(self.shop.cart.auctions.begin(self.show, self.host, new))

    @rule(who=who, amount=st.integers(10, 80), more=st.integers(0, 20))
    def bid(self, who: int, amount: int, more: int) -> None:
        async def act() -> None:
            for row in await self.shop.rows(auctions, auctions.c.state == "open"):
                await self.shop.cart.auctions.bid(
                    row.auction_id, self.buyers[who], amount * 100, self.shop.key(), maximum=(amount + more) * 100
                )

        self.run(act())

    @rule(what=what, percent=st.integers(1, 95))
    def flash(self, what: int, percent: int) -> None:
        new = NewFlash(self.pieces[what], "percent", percent, 60, 1)
        self.run(self.shop.cart.flash.begin(self.show, self.host, new))

    @rule(what=what)
    def drop(self, what: int) -> None:
        self.run(self.shop.cart.drops.announce(self.show, self.host, NewDrop("Drop", [self.pieces[what]])))

    @rule(what=what, entered=who)
    def giveaway(self, what: int, entered: int) -> None:
        async def act() -> None:
            opened = await self.shop.cart.giveaways.open(self.show, self.host, NewGiveaway(self.pieces[what], 30))
            await self.shop.cart.giveaways.enter(opened.giveaway_id, self.buyers[entered], "salt12345")

        self.run(act())

    @rule(who=who, what=what, amount=st.integers(1_100, 4_332), agree=st.booleans())
    def offer(self, who: int, what: int, amount: int, agree: bool) -> None:
        async def act() -> None:
            made = await self.shop.cart.offers.make(self.buyers[who], NewOffer(self.pieces[what], amount))
            if agree:
                await self.shop.cart.offers.answer(made.seller.id, made.offer_id, Answer("accept"))

        self.run(act())

    @rule(restock=st.booleans())
    def cancel_a_parcel(self, restock: bool) -> None:
        async def act() -> None:
            for row in (await self.shop.rows(tables.parcels, tables.parcels.c.state == "to_ship"))[:1]:
                await self.shop.cart.refunds.cancel(row.parcel_id, row.seller_id, "torn", restock=restock)

        self.run(act())

    @rule(amount=st.integers(1, 2_000))
    def refund(self, amount: int) -> None:
        async def act() -> None:
            for row in (await self.shop.rows(tables.parcels))[:1]:
                await self.shop.cart.refunds.give(row.parcel_id, row.seller_id, self.shop.key(), amount, "a stain")

        self.run(act())

    # -- time

    @rule(tables_over=st.sets(st.sampled_from(["holds", "auctions", "flash", "giveaways", "offers"]), min_size=1))
    def time_passes(self, tables_over: set[str]) -> None:
        """For some things their time is over; the keepers look."""
        over: dict[str, sa.Executable] = {
            "holds": sa.update(tables.holds).where(tables.holds.c.state == "active").values(until=1),
            "auctions": sa.update(auctions).values(ends_at=auctions.c.ends_at - 32_000),
            "flash": sa.update(flash_prices).values(ends_at=1),
            "giveaways": sa.update(giveaways).values(ends_at=giveaways.c.ends_at - 30_000),
            "offers": sa.update(offers).values(until=1),
        }
        self.runner.run(self.shop.change(*(over[name] for name in sorted(tables_over))))
        self.runner.run(self._keepers())

    async def _keepers(self) -> None:
        cart = self.shop.cart
        for work in (
            cart.holds.expire,
            cart.auctions.close_due,
            cart.flash.expire,
            cart.giveaways.draw_due,
            cart.offers.expire,
            cart.holds.serve_waiting,
            cart.drops.sweep,
            cart.refunds.sweep,
            cart._settlement.sweep,
        ):
            await work()

    @precondition(lambda self: hasattr(self, "show"))
    @rule()
    def the_show_ends_and_another_begins(self) -> None:
        async def act() -> None:
            await self.shop.change(sa.update(shows).where(shows.c.show_id == self.show).values(state="ended"))
            self.show = await self.shop.show(self.host)
            self.clock = dict(self.shop.clock)
            for piece in self.pieces:
                await self.shop.cart.lineups.add(self.show, piece, self.host)

        self.run(act())

    # -- what must hold

    @invariant()
    def the_shop_is_right(self) -> None:
        if hasattr(self, "pieces"):
            self.runner.run(self._check())

    async def _check(self) -> None:
        shop = self.shop
        holding: Counter[str] = Counter(
            row.listing_id for row in await shop.rows(tables.holds, tables.holds.c.state == "active")
        )
        for table in (auctions, giveaways):
            holding.update(row.listing_id for row in await shop.rows(table, table.c.state == "open"))
        sold_holds = Counter(row.listing_id for row in await shop.rows(tables.holds, tables.holds.c.state == "sold"))
        items = Counter(row.listing_id for row in await shop.rows(tables.order_items))
        assert sold_holds == items  # a sold hold is one item of one order
        for row in await shop.rows(listings):
            assert row.held >= 0
            assert row.sold >= 0
            assert row.held + row.sold <= row.quantity
            assert row.held == holding[row.listing_id]
            assert row.sold <= items[row.listing_id]  # what came back is on sale again
        async with shop.database.reading() as connection:
            assert await ledger_store.problems(connection) == []
        paid = {row.payment_id for row in await shop.rows(tables.orders)}
        for row in await shop.rows(tables.payments):
            bank = await shop.provider.standing(row.payment_id)
            if row.payment_id in paid:
                assert (row.state, bank) == ("captured", "captured")
            else:
                assert bank in ("unknown", "voided", "declined"), (row.state, bank)
        await self._check_events()

    async def _check_events(self) -> None:
        """The last word of the show about each piece's stock is how it stands."""
        events = await self.shop.events(self.show)
        assert [event.offset for event in events] == list(range(1, len(events) + 1))
        for piece in self.pieces:
            told = [event for event in events if event.data.get("listing_id") == piece and "left" in event.data]
            quantity, held, sold = await self.shop.stock(piece)
            if told:
                assert told[-1].data["left"] == quantity - held - sold


@pytest.mark.timeout(240)
def test_any_history(sqlite_template: Path) -> None:
    class Machine(ShopMachine):
        template = sqlite_template

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=8,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            database=None,
            phases=(Phase.explicit, Phase.generate),  # shrinking would take minutes: the history itself is short
            suppress_health_check=list(HealthCheck),
        ),
    )
