"""People and closets on both databases, without the web above them."""

from __future__ import annotations

import io
import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PIL import Image

from hosts.accounts import Account, NewAccount, SignedIn
from hosts.listing_rules import NewListing
from hosts.listings import Listing
from hosts.service import Hosts
from web.database import SqlDatabase

PASSWORD = "correct horse battery"
COAT = NewListing(
    title="Camel wool coat",
    story="Worn one winter. Falls below the knee.",
    brand="Arket",
    size="M",
    category="outerwear",
    condition="like_new",
    price=8900,
    currency="USD",
)


def listing(**changes: Any) -> NewListing:
    return msgspec.structs.replace(COAT, **changes)


def picture(
    kind: str = "JPEG", size: tuple[int, int] = (40, 30), colour: str | tuple[int, ...] = "#b88a5a", mode: str = "RGB"
) -> bytes:
    file = io.BytesIO()
    Image.new(mode, size, colour).save(file, kind)
    return file.getvalue()


@dataclass
class Town:
    """A server's people. ``folder`` is where their pictures lie."""

    database: SqlDatabase
    hosts: Hosts
    folder: Path
    _numbers: Any = field(default_factory=itertools.count)

    async def sign_up(self, name: str = "Ana", **changes: Any) -> SignedIn:
        handle = f"somebody_{next(self._numbers)}"
        values = {"email": f"{handle}@example.org", "password": PASSWORD, "handle": handle, "name": name, **changes}
        return await self.hosts.accounts.sign_up(NewAccount(**values), "192.0.2.1")

    async def person(self, name: str = "Ana") -> Account:
        return (await self.sign_up(name)).account

    async def hang(self, seller: Account, **changes: Any) -> Listing:
        return await self.hosts.listings.add(seller.id, listing(**changes))

    def files(self) -> list[str]:
        return sorted(path.name for path in self.folder.rglob("*") if path.is_file())


@pytest.fixture
async def town(database: SqlDatabase, tmp_path: Path) -> AsyncIterator[Town]:
    hosts = Hosts(database, tmp_path / "photos", limits=False)
    await hosts.start()
    yield Town(database, hosts, tmp_path / "photos")
    await hosts.stop()


@pytest.fixture
async def small_town(sqlite_database: SqlDatabase, tmp_path: Path) -> AsyncIterator[Town]:
    """On SQLite only, with limits: for what does not depend on the database."""
    hosts = Hosts(sqlite_database, tmp_path / "photos")
    await hosts.start()
    yield Town(sqlite_database, hosts, tmp_path / "photos")
    await hosts.stop()
