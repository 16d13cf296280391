"""Listings, their photos and likes."""

from __future__ import annotations

from hosts.listing_rules import ListingChanges, NewListing
from hosts.listings import Likes, Listing, Photo
from web.access import Access
from web.routes.photos import read_picture
from web.routing import Call, Route


async def create_listing(call: Call[NewListing]) -> Listing:
    """Hang something in the closet of the one who is signed in."""
    return await call.services.hosts.listings.add(call.account_id, call.body)


async def show_listing(call: Call[None]) -> Listing:
    """One listing with its story and photos."""
    return await call.services.hosts.listings.view(call.path["listing_id"], call.viewer_id)


async def change_listing(call: Call[ListingChanges]) -> Listing:
    """Change what is named."""
    return await call.services.hosts.listings.update(call.path["listing_id"], call.body)


async def withdraw_listing(call: Call[None]) -> None:
    """Take it off sale."""
    await call.services.hosts.listings.withdraw(call.path["listing_id"])


async def add_photo(call: Call[None]) -> Photo:
    """Send the bytes of a JPEG, PNG or WebP picture."""
    return await call.services.hosts.listings.add_photo(call.path["listing_id"], await read_picture(call))


async def remove_photo(call: Call[None]) -> None:
    """Remove one photo."""
    await call.services.hosts.listings.remove_photo(call.path["listing_id"], call.path["photo_id"])


async def like(call: Call[None]) -> Likes:
    """Like it; again is fine."""
    return await call.services.hosts.listings.like(call.path["listing_id"], call.account_id, True)


async def unlike(call: Call[None]) -> Likes:
    """Take the like back."""
    return await call.services.hosts.listings.like(call.path["listing_id"], call.account_id, False)


ONE = "/api/listings/{listing_id}"
ROUTES = (
    Route("POST", "/api/listings", create_listing, Access.SIGNED_IN, body=NewListing, returns=Listing, status=201),
    Route("GET", ONE, show_listing, Access.ANYONE, returns=Listing),
    Route("PATCH", ONE, change_listing, Access.LISTING_OWNER, body=ListingChanges, returns=Listing),
    Route("DELETE", ONE, withdraw_listing, Access.LISTING_OWNER),
    Route("POST", ONE + "/photos", add_photo, Access.LISTING_OWNER, returns=Photo, status=201),
    Route("DELETE", ONE + "/photos/{photo_id}", remove_photo, Access.LISTING_OWNER),
    Route("PUT", ONE + "/like", like, Access.SIGNED_IN, returns=Likes),
    Route("DELETE", ONE + "/like", unlike, Access.SIGNED_IN, returns=Likes),
)
