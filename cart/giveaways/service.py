"""Giveaways in a show: a piece of the host's own, drawn among those who entered and are still there at the end."""

from __future__ import annotations

import secrets
from typing import cast

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from cart import hold_store, listing_store, show_store
from cart.announce import announce
from cart.errors import BuyerBanned, GiveawayRefused, InvalidSale, SaleRefused, SaleUnknown
from cart.freeing import Freeing, MayBuy
from cart.giveaways import draw, store
from cart.giveaways.rules import LONGEST, MOST_ENTRANTS, PRESENT_MS, RULES, SHORTEST, Rule, eligible, is_open
from cart.giveaways.store import GiveawayRow
from cart.hold_rules import GIVEAWAY_MS
from cart.news import News, Told
from hosts import card_store, notices, stock_store
from hosts.database import Database
from hosts.database_time import read_now_ms
from hosts.notices import Kind
from hosts.people import people_by_id
from hosts.person import Person
from livestream.timeline import Timeline, Transaction


class NewGiveaway(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``rule``: everyone, followers (of the host) or buyers (of anything here before)."""

    listing_id: str
    seconds: int
    rule: str = "everyone"


class Enter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``salt``: 8 to 64 letters and digits of one's own choice; it goes into the draw."""

    salt: str


class GiveawayView(msgspec.Struct, frozen=True):
    giveaway_id: str
    show_id: str
    listing_id: str
    title: str
    photo: str | None
    rule: str
    state: str
    commitment: str
    created_at: int
    ends_at: int


class Standing(msgspec.Struct, frozen=True):
    """How it looks for the one who asks. ``entered``: how many people have entered."""

    giveaway: GiveawayView
    entered: int
    mine: bool


class Entrant(msgspec.Struct, frozen=True):
    account_id: str
    salt: str


class Proof(msgspec.Struct, frozen=True):
    """All that is needed to draw again: docs/giveaways.md says how. ``seed`` is null until the draw."""

    giveaway: GiveawayView
    seed: str | None
    entrants: list[Entrant]
    winner: Person | None


class Giveaways:
    def __init__(self, timeline: Timeline, database: Database, may_buy: MayBuy, freeing: Freeing, news: News) -> None:
        self._timeline = timeline
        self._database = database
        self._may_buy = may_buy
        self._freeing = freeing
        self._news = news

    async def open(self, show_id: str, by: str, new: NewGiveaway) -> GiveawayView:
        """Reserves the piece. Raises: InvalidSale, SaleRefused, ShowUnknown, ShowOver, ListingUnknown."""
        if not SHORTEST <= new.seconds <= LONGEST:
            raise InvalidSale(f"A giveaway runs for {SHORTEST} to {LONGEST} seconds.", field="seconds")
        if new.rule not in RULES:
            raise InvalidSale("Who may enter: everyone, followers or buyers.", field="rule")
        async with self._timeline.transaction() as transaction:
            connection = transaction.connection
            await listing_store.lock_listings(connection, [new.listing_id])
            facts = await listing_store.listing(connection, new.listing_id)
            show = await show_store.open_show(connection, show_id)
            if show.state not in show_store.ON_AIR:
                raise SaleRefused("Go live first: a giveaway is for those who watch.", code="not_live")
            if facts.seller_id != show.host_id:
                raise SaleRefused("Give away a piece of your own closet.", code="not_discountable")
            if await store.open_in(connection, show_id):
                raise SaleRefused("One giveaway at a time: another one is running.", code="running")
            if not await stock_store.claim(connection, new.listing_id):
                raise SaleRefused("Nothing of this piece is left.", code="nothing_left")
            now = await read_now_ms(connection)
            seed = secrets.token_hex(32)
            row = GiveawayRow(
                giveaway_id=secrets.token_urlsafe(12),
                show_id=show_id,
                host_id=show.host_id,
                listing_id=new.listing_id,
                rule=new.rule,
                state="open",
                commitment=draw.commitment(seed),
                seed=seed,
                created_at=now,
                ends_at=now + new.seconds * 1_000,
                drawn_at=None,
                winner_id=None,
                entrants=0,
                hold_id=None,
            )
            await store.add(connection, row)
            view = await _view(connection, row)
            opened = ("giveaway_opened", by, {"giveaway": msgspec.to_builtins(view)})
            await announce(transaction, "held", [new.listing_id], {show_id: [opened]})
        return view

    async def enter(self, giveaway_id: str, account_id: str, salt: str) -> Standing:
        """Enter, or say that one is still there. Raises: SaleUnknown, GiveawayRefused, BuyerBanned, InvalidSale."""
        if not 8 <= len(salt) <= 64 or not (salt.isascii() and salt.isalnum()):
            raise InvalidSale("The salt is 8 to 64 letters and digits.", field="salt")
        async with self._timeline.transaction() as transaction:
            connection = transaction.connection
            row = await store.by_id(connection, giveaway_id)
            if row is None:
                raise SaleUnknown("There is no such giveaway.")
            if not is_open(row.state, row.ends_at, await read_now_ms(connection)):
                raise GiveawayRefused("This giveaway is over.", code="over")
            if account_id == row.host_id:
                raise GiveawayRefused("Hosts do not enter their own giveaways.", code="own")
            if not await self._may_buy(connection, row.show_id, account_id):
                raise BuyerBanned("You are banned from this show and cannot enter.")
            if not eligible(
                cast(Rule, row.rule),
                follows=await store.follows_host(connection, account_id, row.host_id),
                has_bought=await store.has_bought(connection, account_id),
            ):
                raise GiveawayRefused(RULE_SENTENCES[row.rule], code="not_eligible", rule=row.rule)
            entered = await store.entered(connection, giveaway_id)
            if entered >= MOST_ENTRANTS and not await store.has_entered(connection, giveaway_id, account_id):
                raise GiveawayRefused("Very many people have entered already.", code="over")
            await store.enter(connection, giveaway_id, account_id, salt)
            return Standing(await _view(connection, row), await store.entered(connection, giveaway_id), True)

    async def standing(self, giveaway_id: str, viewer_id: str | None) -> Standing:
        """Raises: SaleUnknown."""
        async with self._database.reading() as connection:
            row = await store.by_id(connection, giveaway_id)
            if row is None:
                raise SaleUnknown("There is no such giveaway.")
            mine = viewer_id is not None and await store.has_entered(connection, giveaway_id, viewer_id)
            return Standing(await _view(connection, row), await store.entered(connection, giveaway_id), mine)

    async def proof(self, giveaway_id: str) -> Proof:
        """Raises: SaleUnknown."""
        async with self._database.reading() as connection:
            row = await store.by_id(connection, giveaway_id)
            if row is None:
                raise SaleUnknown("There is no such giveaway.")
            view = await _view(connection, row)
            if row.state == "open":
                return Proof(view, None, [], None)
            entrants = await store.present(connection, giveaway_id)
            people = await people_by_id(connection, {row.winner_id or ""})
        return Proof(view, row.seed, [Entrant(*one) for one in entrants], people.get(row.winner_id or ""))

    async def draw_due(self) -> float:
        """Draw what is due. Returns the seconds until it should be called again."""
        async with self._database.reading() as connection:
            due = await store.due(connection)
            wait = await store.wait_ms(connection)
        for row in due:
            async with self._timeline.transaction() as transaction:
                await listing_store.lock_listings(transaction.connection, [row.listing_id])
                told = await self._draw(transaction, row.giveaway_id)
            await self._news.tell(told)
        if due:
            return 0.0
        return 1.0 if wait is None else min(max(wait / 1000, 0.01), 1.0)

    async def _draw(self, transaction: Transaction, giveaway_id: str) -> list[Told]:
        connection = transaction.connection
        row = await store.by_id(connection, giveaway_id)
        if row is None or row.state != "open":
            return []
        await store.mark_present(connection, giveaway_id, row.ends_at - PRESENT_MS)
        entrants = await store.present(connection, giveaway_id)
        winner_id = draw.winner(row.seed, entrants)
        people = await people_by_id(connection, {winner_id or ""})
        winner = msgspec.to_builtins(people.get(winner_id or ""))
        data = {"giveaway_id": giveaway_id, "listing_id": row.listing_id, "winner": winner, "seed": row.seed}
        event = ("giveaway_drawn", None, {**data, "entrants": len(entrants)})
        if winner_id is None:
            told = await self._freeing.free(transaction, row.listing_id, 1)
            await store.drawn(connection, giveaway_id, None, 0, None)
            await announce(transaction, "freed", [row.listing_id], {row.show_id: [event]})
            return told
        facts = await listing_store.listing(connection, row.listing_id)
        now = await read_now_ms(connection)
        hold = await hold_store.begin(
            connection,
            winner_id,
            row.listing_id,
            seller_id=facts.seller_id,
            price=0,
            currency=facts.currency,
            now=now,
            until=now + GIVEAWAY_MS,
            show_id=row.show_id,
            terms="giveaway",
            terms_id=giveaway_id,
        )
        await store.drawn(connection, giveaway_id, winner_id, len(entrants), hold.hold_id)
        await announce(transaction, "held", [row.listing_id], {row.show_id: [event]})
        await notices.add(
            connection,
            Kind.GIVEAWAY_WON,
            [winner_id],
            about=giveaway_id,
            path="/cart",
            title=facts.title,
            ends_at=hold.until,
        )
        about = {"giveaway_id": giveaway_id, "listing_id": row.listing_id, "title": facts.title, "show_id": row.show_id}
        return [Told(winner_id, "giveaway_won", {**about, "hold_id": hold.hold_id, "until": hold.until})]


RULE_SENTENCES = {
    "followers": "This giveaway is for those who follow the host. Follow, and enter.",
    "buyers": "This giveaway is for those who have bought something here before.",
}


async def _view(connection: AsyncConnection, row: GiveawayRow) -> GiveawayView:
    card = (await card_store.cards(connection, [row.listing_id], None))[row.listing_id]
    return GiveawayView(
        giveaway_id=row.giveaway_id,
        show_id=row.show_id,
        listing_id=row.listing_id,
        title=card.title,
        photo=card.photo,
        rule=row.rule,
        state=row.state,
        commitment=row.commitment,
        created_at=row.created_at,
        ends_at=row.ends_at,
    )
