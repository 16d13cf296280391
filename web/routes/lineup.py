"""Lineups and features: what a show sells and what it shows right now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from cart.lineup_store import Appearance
from cart.views import LineupItem
from hosts.person import Person
from web.access import Access
from web.routing import Call, Route


class LineupView(msgspec.Struct, frozen=True):
    items: list[LineupItem]


class AddToLineup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    listing_id: str


class OrderLineup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    listing_ids: list[str]


async def _view(call: Call[object]) -> LineupView:
    return LineupView(await call.services.cart.lineups.view(call.path["show_id"], call.viewer_id))


async def lineup(call: Call[None]) -> LineupView:
    """A show's lineup in its order."""
    return await _view(call)


async def add(call: Call[AddToLineup]) -> LineupView:
    """Add a listing from any closet at the end; 409 where its seller does not let others feature it."""
    await call.services.cart.lineups.add(call.path["show_id"], call.body.listing_id, call.account_id)
    return await _view(call)


async def remove(call: Call[None]) -> LineupView:
    """Take a listing out of the lineup, and off the screen."""
    await call.services.cart.lineups.remove(call.path["show_id"], call.path["listing_id"], call.account_id)
    return await _view(call)


async def order(call: Call[OrderLineup]) -> LineupView:
    """Give the whole lineup in a new order; 409 when it is another set of listings by now."""
    await call.services.cart.lineups.order(call.path["show_id"], call.body.listing_ids, call.account_id)
    return await _view(call)


async def feature(call: Call[None]) -> LineupView:
    """Show a listing now, three at once at the most; adds it to the lineup."""
    await call.services.cart.lineups.feature(call.path["show_id"], call.path["listing_id"], call.account_id)
    return await _view(call)


async def unfeature(call: Call[None]) -> LineupView:
    """Take a listing off the screen."""
    await call.services.cart.lineups.unfeature(call.path["show_id"], call.path["listing_id"], call.account_id)
    return await _view(call)


class AppearanceView(msgspec.Struct, frozen=True):
    """``at``: the show clock (ms) at which the piece was put on the screen."""

    show_id: str
    title: str
    host: Person
    state: Literal["scheduled", "live", "interrupted", "ended", "cancelled"]
    started_at: int
    at: int


class Appearances(msgspec.Struct, frozen=True):
    items: list[AppearanceView]


class ClosetAppearances(msgspec.Struct, frozen=True):
    """By listing id."""

    items: dict[str, AppearanceView]


async def appearances(call: Call[None]) -> Appearances:
    """The last shows that had this listing on their screen, the newest first."""
    found = await call.services.cart.lineups.appearances(call.path["listing_id"])
    people = await _hosts(call, found)
    return Appearances([_appearance(one, people[one.host_id]) for one in found if one.host_id in people])


async def closet_appearances(call: Call[None]) -> ClosetAppearances:
    """For each piece of a closet that was on a screen: the newest show, and the moment."""
    async with call.services.database.reading() as connection:
        seller = await call.services.hosts.people.by_handle(connection, call.path["handle"])
    found = await call.services.cart.lineups.appearances_of_closet(seller.id)
    people = await _hosts(call, found.values())
    return ClosetAppearances(
        {listing: _appearance(one, people[one.host_id]) for listing, one in found.items() if one.host_id in people}
    )


async def _hosts(call: Call[None], found: Iterable[Appearance]) -> dict[str, Person]:
    async with call.services.database.reading() as connection:
        return await call.services.hosts.people.people_by_id(connection, {one.host_id for one in found})


def _appearance(one: Appearance, host: Person) -> AppearanceView:
    return AppearanceView(one.show_id, one.title, host, one.state, one.started_at, one.at)  # type: ignore[arg-type]


LINEUP = "/api/shows/{show_id}/lineup"
FEATURE = "/api/shows/{show_id}/features/{listing_id}"

ROUTES = (
    Route("GET", "/api/listings/{listing_id}/shows", appearances, Access.ANYONE, returns=Appearances),
    Route("GET", "/api/closets/{handle}/shown", closet_appearances, Access.ANYONE, returns=ClosetAppearances),
    Route("GET", LINEUP, lineup, Access.ANYONE, returns=LineupView),
    Route("POST", LINEUP, add, Access.SHOW_HOST, body=AddToLineup, returns=LineupView, status=201),
    Route("PUT", LINEUP, order, Access.SHOW_HOST, body=OrderLineup, returns=LineupView),
    Route("DELETE", LINEUP + "/{listing_id}", remove, Access.SHOW_HOST, returns=LineupView),
    Route("PUT", FEATURE, feature, Access.SHOW_HOST, returns=LineupView),
    Route("DELETE", FEATURE, unfeature, Access.SHOW_HOST, returns=LineupView),
)
