"""Whatever people do in whatever order: no count below zero, nothing sold twice, the books balance."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cart import errors, tables
from hosts.tables import listings
from tests.cart.conftest import BAD_CARD, GOOD_CARD, Shop
from web.database import SqlDatabase, sqlite_url

BUYERS, PIECES = 3, 3
QUANTITIES = (1, 1, 2)

buyer = st.integers(0, BUYERS - 1)
piece = st.integers(0, PIECES - 1)
step = st.one_of(
    st.tuples(st.just("claim"), buyer, piece),
    st.tuples(st.just("release"), buyer, st.just(0)),
    st.tuples(st.just("run out"), buyer, st.just(0)),
    st.tuples(st.just("expire"), st.just(0), st.just(0)),
    st.tuples(st.just("pay"), buyer, st.just(0)),
    st.tuples(st.just("decline"), buyer, st.just(0)),
)
Step = tuple[str, int, int]
Steps = list[Step]


class History:
    """One shop with a show that sells everything; ``take`` does one step, whatever comes of it."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.buyers: list[str] = []
        self.pieces: list[str] = []
        self.show = ""
        self.orders = 0

    async def open(self) -> None:
        host, seller, *self.buyers = await self.shop.people(2 + BUYERS)
        self.show = await self.shop.show(host)
        for quantity in QUANTITIES:
            self.pieces.append(await self.shop.listing(seller, quantity=quantity, price=333))
            await self.shop.cart.lineups.add(self.show, self.pieces[-1], host)

    async def take(self, step: Step) -> None:
        action, who, what = step
        person = self.buyers[who]
        try:
            if action == "claim":
                await self.shop.hold(person, self.pieces[what], self.show)
            elif action == "expire":
                await self.shop.cart.holds.expire()
            else:
                await self._with_bag(action, person)
        except (errors.HoldRefused, errors.HoldGone, errors.Declined):
            pass  # refusals are fine; the invariants below are what matters

    async def _with_bag(self, action: str, person: str) -> None:
        held = [hold.hold_id for hold in (await self.shop.cart.bag(person)).holds]
        if not held:
            return
        if action == "release":
            await self.shop.cart.holds.release(held[0])
        elif action == "run out":
            await self.shop.run_out(held[0])
        else:
            await self.shop.pay(person, *held, card=BAD_CARD if action == "decline" else GOOD_CARD)
            self.orders += 1

    async def check(self) -> None:
        shop = self.shop
        active = Counter(row.listing_id for row in await shop.rows(tables.holds, tables.holds.c.state == "active"))
        sold = Counter(row.listing_id for row in await shop.rows(tables.order_items))
        for row in await shop.rows(listings):
            assert row.held >= 0
            assert row.held + row.sold <= row.quantity
            assert (row.held, row.sold) == (active[row.listing_id], sold[row.listing_id])
        books: Counter[str] = Counter()
        for entry in await shop.rows(tables.ledger):
            books[entry.order_id] += entry.amount
        assert set(books.values()) <= {0}
        assert len(await shop.rows(tables.orders)) == len(books) == self.orders
        assert all(
            states in (("captured", "captured"), ("declined", "unknown"), ("voided", "voided"))
            for states in await shop.payment_states()
        )
        await self._check_events(sold)

    async def _check_events(self, sold: Counter[str]) -> None:
        """The last event of each piece says its stock as it is."""
        events = await self.shop.events(self.show)
        assert [event.offset for event in events] == list(range(1, len(events) + 1))
        for listing_id in self.pieces:
            told = [event for event in events if event.data.get("listing_id") == listing_id]
            quantity, held, count = await self.shop.stock(listing_id)
            assert sum(event.kind == "sold" for event in told) <= sold[listing_id]
            if told:
                assert told[-1].data["left"] == quantity - held - count


@settings(
    max_examples=30,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),  # shrinking would take minutes: the failing history itself is short
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
@given(steps=st.lists(step, max_size=25))
def test_any_sequence(sqlite_template: Path, tmp_path: Path, steps: Steps) -> None:
    async def run() -> None:
        path = tmp_path / "history.sqlite"
        for stale in tmp_path.glob("history.sqlite*"):
            stale.unlink()
        shutil.copy(sqlite_template, path)
        database = SqlDatabase(sqlite_url(path))
        try:
            history = History(Shop(database))
            await history.open()
            for taken in steps:
                await history.take(taken)
                await history.check()
        finally:
            await database.stop()

    asyncio.run(run())


MIXED: Steps = [
    ("claim", 0, 0), ("claim", 1, 0), ("claim", 2, 0), ("claim", 0, 2), ("claim", 1, 2), ("claim", 2, 2),
    ("pay", 0, 0), ("run out", 1, 0), ("expire", 0, 0), ("claim", 2, 1), ("decline", 1, 0), ("release", 2, 0),
]  # fmt: skip


@pytest.mark.parametrize("shift", range(4))
async def test_everything_at_once(shop: Shop, shift: int) -> None:
    history = History(shop)
    await history.open()
    for _ in range(2):
        await asyncio.gather(*(history.take(taken) for taken in MIXED[shift:] + MIXED[:shift]))
        await history.check()
