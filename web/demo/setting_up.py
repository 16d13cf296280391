"""Fill an empty server through its own API; on a server that is filled already, find what is there."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from web.demo.catalogue import (
    CURRENCY,
    DESCRIPTION,
    HOST,
    LISTINGS,
    MODERATOR,
    PASSWORD,
    PEOPLE,
    SELLERS,
    TITLE,
    DemoListing,
    DemoPerson,
)
from web.demo.client import DemoClient
from web.demo.garments import photo

Say = Callable[[str], None]


@dataclass
class Stage:
    """Everything the performance needs."""

    url: str
    clients: dict[str, DemoClient]  # by handle
    show: dict[str, Any]
    photos: dict[str, Path]  # by listing id: what the host holds up
    catalogue: dict[str, DemoListing] = field(default_factory=dict)  # by listing id


async def set_up(url: str, folder: Path, say: Say, opened: AsyncExitStack) -> Stage:
    """People, closets, photographs and a show; ``opened`` closes the sessions. Raises: Refused."""
    clients = {}
    new = 0
    for person in PEOPLE:
        client = await opened.enter_async_context(DemoClient(url))
        new += await client.sign_in_or_up(person.email, PASSWORD, person.handle, person.name, person.bio)
        clients[person.handle] = client
    say(f"people: {len(PEOPLE)} ({new} new)")
    for seller in SELLERS:
        await clients[HOST.handle].call("PUT", f"/api/closets/{seller.handle}/follow")
    stage = Stage(url, clients, {}, {})
    folder.mkdir(parents=True, exist_ok=True)
    for number, entry in enumerate(LISTINGS):
        await _ensure_listing(stage, entry, number, folder)
        say(f"closets: {number + 1} of {len(LISTINGS)} listings")
    stage.show = await _show(clients[HOST.handle])
    await clients[HOST.handle].call("PUT", f"/api/shows/{stage.show['show_id']}/moderators/{MODERATOR.handle}")
    await _line_up(stage)
    say(f"show: {stage.show['title']}")
    return stage


async def _ensure_listing(stage: Stage, entry: DemoListing, number: int, folder: Path) -> None:
    """The listing of that title in its seller's closet that can still be bought; made when there is none."""
    picture = photo(entry.garment, entry.colour, number)
    path = folder / f"{number}.jpg"
    path.write_bytes(picture)
    client = stage.clients[entry.seller]
    found = await client.call("GET", f"/api/closets/{entry.seller}/listings?limit=100")
    same = [item for item in found["items"] if item["title"] == entry.title and item["left"] > 0]
    listing_id = same[0]["listing_id"] if same else await _list(client, entry, picture)
    stage.photos[listing_id] = path
    stage.catalogue[listing_id] = entry


async def _list(client: DemoClient, entry: DemoListing, picture: bytes) -> str:
    body = {
        "title": entry.title,
        "story": entry.story,
        "brand": entry.brand,
        "size": entry.size,
        "category": entry.category,
        "condition": entry.condition,
        "price": entry.price,
        "currency": CURRENCY,
        "quantity": entry.quantity,
        "featuring_allowed": True,
    }
    listing = await client.call("POST", "/api/listings", body)
    listing_id = str(listing["listing_id"])
    headers = {"Content-Type": "image/jpeg"}
    await client.call("POST", f"/api/listings/{listing_id}/photos", data=picture, headers=headers)
    return listing_id


async def _show(host: DemoClient) -> dict[str, Any]:
    """The host's show that can go on (an earlier start's, when it was less than two minutes ago), or a new one."""
    for state in ("live", "upcoming"):
        found = await host.call("GET", f"/api/shows?state={state}&host={HOST.handle}")
        if found["items"]:
            return dict(await host.call("GET", f"/api/shows/{found['items'][0]['show_id']}/studio"))
    body = {"title": TITLE, "description": DESCRIPTION, "starts_at": int(time.time() * 1000) + 60_000}
    return dict(await host.call("POST", "/api/shows", body))


async def _line_up(stage: Stage) -> None:
    path = f"/api/shows/{stage.show['show_id']}/lineup"
    host = stage.clients[HOST.handle]
    there = {item["listing_id"] for item in (await host.call("GET", path))["items"]}
    for listing_id in stage.photos:
        if listing_id not in there:
            await host.call("POST", path, {"listing_id": listing_id})


async def restock(stage: Stage, folder: Path) -> None:
    """List everything again that has been sold, and line it up: the demo never runs out. Raises: Refused."""
    stage.photos.clear()
    stage.catalogue.clear()
    for number, entry in enumerate(LISTINGS):
        await _ensure_listing(stage, entry, number, folder)
    await _line_up(stage)


def accounts_text(people: tuple[DemoPerson, ...] = PEOPLE) -> str:
    roles = {HOST.handle: "host", MODERATOR.handle: "moderator", **{seller.handle: "seller" for seller in SELLERS}}
    lines = [f"  {person.email:<34} {roles.get(person.handle, 'viewer')}" for person in people]
    return "\n".join([*lines, f"  password of them all: {PASSWORD}"])
