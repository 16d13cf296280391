"""People and closets as the layers above see them: one object that holds every part."""

from __future__ import annotations

from pathlib import Path

from hosts.accounts import Accounts
from hosts.closets import Closets
from hosts.database import Database
from hosts.listings import CardChangedIn, Listings, PhotoKept
from hosts.passwords import Passwords
from hosts.people import People
from hosts.picture_files import PhotoFolder
from hosts.pictures import Pictures
from hosts.search import Search
from hosts.sessions import Sessions
from hosts.tries import Tries


class Hosts:
    """``stop`` ends the threads that hash passwords and decode pictures; it may be called twice, also without ``start``.

    ``card_changed_in``: hooks that are called inside each transaction that changes how a listing's card looks.
    ``photo_kept_in``: hooks that are asked whether a photo that leaves its listing is shown elsewhere.
    """

    def __init__(self, database: Database, photos_folder: Path, *, limits: bool = True) -> None:
        self.card_changed_in: list[CardChangedIn] = []
        self.photo_kept_in: list[PhotoKept] = []
        self.people = People()
        self.sessions = Sessions(database)
        self.pictures = Pictures(PhotoFolder(photos_folder))
        self._passwords = Passwords()
        self._tries = Tries(limits=limits)
        self.accounts = Accounts(database, self.sessions, self._passwords, self._tries, self.pictures)
        self.listings = Listings(database, self.pictures, self.card_changed_in, self.photo_kept_in)
        self.closets = Closets(database)
        self.search = Search(database)

    async def start(self) -> None:
        """Threads start with the first work."""

    async def stop(self) -> None:
        await self._passwords.stop()
        await self.pictures.stop()

    def statistics(self) -> dict[str, int]:
        return {
            "tries_refused": self._tries.refused,
            "passwords_refused": self._passwords.pool.refused,
            "pictures_refused": self.pictures.pool.refused,
        }
