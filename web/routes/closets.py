"""Closets and who follows them."""

from __future__ import annotations

from msgspec.structs import replace

from hosts.closets import Closet, ClosetPage, Following
from hosts.listing_pages import LIMIT, LIMIT_MOST, ListingPage
from web.access import Access
from web.routing import Call, Route

LIVE_MOST = 100  # shows on air that a list of closets knows of


async def list_closets(call: Call[None]) -> ClosetPage:
    """Closets in which something hangs, the newest first."""
    page = await call.services.hosts.closets.page(call.viewer_id, call.query.get("after"), _limit(call))
    shows, _ = await call.services.shows.page("live", limit=LIVE_MOST)
    on_air = {show.host_id: show.show_id for show in shows}
    return ClosetPage([replace(closet, live_show=on_air.get(closet.person.id)) for closet in page.items], page.next)


async def show_closet(call: Call[None]) -> Closet:
    """One closet: its person, followers, how much hangs there, and the show in which they are on air."""
    closet = await call.services.hosts.closets.view(call.path["handle"], call.viewer_id)
    shows, _ = await call.services.shows.page("live", host_id=closet.person.id, limit=1)
    return replace(closet, live_show=shows[0].show_id if shows else None)


async def closet_listings(call: Call[None]) -> ListingPage:
    """What hangs in a closet, sold pieces too, the newest first."""
    return await call.services.hosts.closets.listings(
        call.path["handle"], call.viewer_id, call.query.get("after"), _limit(call)
    )


async def follow(call: Call[None]) -> Following:
    """Follow; again is fine."""
    return await call.services.hosts.closets.follow(call.path["handle"], call.account_id, True)


async def unfollow(call: Call[None]) -> Following:
    """Follow no more."""
    return await call.services.hosts.closets.follow(call.path["handle"], call.account_id, False)


def _limit(call: Call[None]) -> int:
    return call.query_int("limit", LIMIT, 1, LIMIT_MOST) or LIMIT


ONE = "/api/closets/{handle}"
ROUTES = (
    Route("GET", "/api/closets", list_closets, Access.ANYONE, returns=ClosetPage),
    Route("GET", ONE, show_closet, Access.ANYONE, returns=Closet),
    Route("GET", ONE + "/listings", closet_listings, Access.ANYONE, returns=ListingPage),
    Route("PUT", ONE + "/follow", follow, Access.SIGNED_IN, returns=Following),
    Route("DELETE", ONE + "/follow", unfollow, Access.SIGNED_IN, returns=Following),
)
