"""Shows as everybody else sees them: plan, edit, end, name moderators, keys; the parts behind it are built here."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from typing import Any

from livestream import show_store
from livestream.database import Database
from livestream.database_time import read_now_ms
from livestream.errors import InvalidModerator, InvalidShow, ShowStateError
from livestream.lifecycle import Lifecycle, same_key
from livestream.media import MediaEngine
from livestream.publications import Publications
from livestream.show_keeper import EVERY, ShowKeeper
from livestream.show_store import Listed
from livestream.shows import (
    DAY_MS,
    INTERRUPTION_MS,
    MODERATORS,
    OVER,
    PLANNED,
    STREAM_KEY_BYTES,
    Act,
    PersonData,
    Role,
    Show,
    State,
    check_description,
    check_starts_at,
    check_title,
    transition,
)
from livestream.timeline import Timeline
from livestream.viewers import Viewers

MAX_OFFICE = 30 * 24 * 3600  # seconds


class Shows:
    """``start`` after the engine, ``stop`` before it. ``media`` admits hosts and viewers and hears what the engine reports;
    ``viewers`` knows how many watch.
    """

    def __init__(
        self,
        database: Database,
        timeline: Timeline,
        engine: MediaEngine,
        *,
        server_id: str = "single",
        interruption_ms: int = INTERRUPTION_MS,
        keeper_every: float = EVERY,
    ) -> None:
        self._database = database
        self._timeline = timeline
        self._lifecycle = Lifecycle(timeline, server_id, interruption_ms)
        self.started_in = self._lifecycle.started_in
        self.media = Publications(database, engine, self._lifecycle, timeline.broker)
        self.viewers = Viewers(timeline.broker, server_id)
        self.keeper = ShowKeeper(database, self._lifecycle, self.media, self.viewers, keeper_every)

    async def start(self) -> None:
        await self.media.start()
        await self.viewers.start()
        await self.keeper.start()

    async def stop(self) -> None:
        await self.keeper.stop()
        await self.viewers.stop()
        await self.media.stop()

    # -- reading

    async def get(self, show_id: str) -> Show:
        """Raises: ShowNotFound."""
        async with self._database.reading() as connection:
            return await show_store.get(connection, show_id)

    async def page(
        self, listed: Listed, *, host_id: str | None = None, after: str | None = None, limit: int = 20
    ) -> tuple[list[Show], str | None]:
        """Shows on air (newest first), planned (soonest first) or ended (latest first), and the next page's cursor.

        Plans that are more than a day late are left out where nobody asks for one host's. Raises: InvalidShow.
        """
        async with self._database.reading() as connection:
            late = None
            if listed == "upcoming" and host_id is None:
                late = await read_now_ms(connection) - DAY_MS
            return await show_store.page(
                connection, listed, host_id=host_id, starts_after=late, after=after, limit=limit
            )

    async def role(self, show_id: str, account_id: str) -> Role:
        """Raises: ShowNotFound."""
        async with self._database.reading() as connection:
            show = await show_store.get(connection, show_id)
            if show.host_id == account_id:
                return "host"
            moderated = await show_store.moderated_by(connection, account_id, [show_id])
        return "moderator" if moderated else None

    async def moderated_by(self, account_id: str, show_ids: Collection[str]) -> set[str]:
        """Of these shows, those in which the account is a moderator."""
        async with self._database.reading() as connection:
            return await show_store.moderated_by(connection, account_id, show_ids)

    async def moderators(self, show_id: str) -> list[str]:
        """Their account ids, as they were named."""
        async with self._database.reading() as connection:
            return await show_store.moderator_ids(connection, show_id)

    async def check_stream_key(self, show_id: str, key: str) -> bool:
        """Raises: ShowNotFound."""
        return same_key(await self.get(show_id), key)

    # -- planning

    async def schedule(self, host: PersonData, title: str, description: str, starts_at: int) -> Show:
        """Raises: InvalidShow."""
        title, description = check_title(title), check_description(description)
        show_id = secrets.token_urlsafe(12)
        async with self._timeline.transaction() as transaction:
            connection = transaction.connection
            now = await read_now_ms(connection)
            check_starts_at(starts_at, now)
            if await show_store.planned(connection, host["id"]) >= PLANNED:
                raise InvalidShow(f"You have {PLANNED} shows planned already: cancel one first.")
            values = {"title": title, "description": description, "starts_at": starts_at}
            await show_store.insert(
                connection,
                {
                    **values,
                    "show_id": show_id,
                    "host_id": host["id"],
                    "state": State.SCHEDULED.value,
                    "created_at": now,
                    "stream_key": new_stream_key(),
                    "epoch": secrets.token_urlsafe(8),
                },
            )
            await transaction.append(show_id, "scheduled", {**values, "host": dict(host)}, by=host["id"])
            return await show_store.get(connection, show_id)

    async def edit(
        self,
        show_id: str,
        by: str,
        *,
        title: str | None = None,
        description: str | None = None,
        starts_at: int | None = None,
    ) -> Show:
        """Change what is given; the time only until the show begins. Raises: ShowNotFound, ShowStateError, InvalidShow."""
        wanted: dict[str, Any] = {}
        if title is not None:
            wanted["title"] = check_title(title)
        if description is not None:
            wanted["description"] = check_description(description)
        async with self._timeline.transaction() as transaction:
            connection = transaction.connection
            show = await show_store.get(connection, show_id, lock=True)
            _, kind = transition(show.state, Act.EDIT)
            if starts_at is not None and starts_at != show.starts_at:
                if show.state is not State.SCHEDULED:
                    raise ShowStateError("The show has begun: its time cannot be changed any more.")
                wanted["starts_at"] = check_starts_at(starts_at, await read_now_ms(connection))
            changed = {name: value for name, value in wanted.items() if value != getattr(show, name)}
            if changed and kind is not None:
                await show_store.update(connection, show_id, changed)
                await transaction.append(show_id, kind, changed, by=by)
            return await show_store.get(connection, show_id)

    async def set_poster(self, show_id: str, poster: str | None) -> str | None:
        """The name of the poster's file; returns the one before. Raises: ShowNotFound."""
        async with self._database.writing() as connection:
            before = await show_store.get(connection, show_id, lock=True)
            await show_store.update(connection, show_id, {"poster": poster})
            return before.poster

    async def cancel(self, show_id: str, by: str) -> Show:
        """Raises: ShowNotFound, ShowStateError."""
        await self._lifecycle.cancel(show_id, by)
        await self._let_go(show_id)
        return await self.get(show_id)

    async def end(self, show_id: str, by: str) -> Show:
        """Ends the media too, on whichever server it is. Raises: ShowNotFound, ShowStateError."""
        await self._lifecycle.end(show_id, by)
        await self._let_go(show_id)
        return await self.get(show_id)

    async def rotate_stream_key(self, show_id: str) -> Show:
        """A new key; whoever publishes with the old one is cut off. Raises: ShowNotFound."""
        async with self._database.writing() as connection:
            await show_store.get(connection, show_id, lock=True)
            await show_store.update(connection, show_id, {"stream_key": new_stream_key()})
            show = await show_store.get(connection, show_id)
        await self._let_go(show_id)
        return show

    async def _let_go(self, show_id: str) -> None:
        await self.media.check({show_id})
        await self.media.tell(show_id)

    # -- moderators

    async def name_moderator(
        self, show_id: str, by: str, person: PersonData, *, seconds: int | None = None
    ) -> list[str]:
        """Their account ids afterwards; naming twice is fine, the newest end counts. ``seconds``: the role ends by itself
        after so long; without it, with the show. Raises: ShowNotFound, ShowStateError, InvalidModerator."""
        if seconds is not None and not 60 <= seconds <= MAX_OFFICE:
            raise InvalidModerator("A moderator's role lasts a minute to thirty days, or as long as the show.")
        async with self._timeline.transaction() as transaction:
            connection = transaction.connection
            show = await show_store.get(connection, show_id, lock=True)
            if show.state in OVER:
                raise ShowStateError("The show is over: there is nothing left to moderate.")
            if person["id"] == show.host_id:
                raise InvalidModerator("The host moderates anyway.")
            until = None if seconds is None else await read_now_ms(connection) + seconds * 1000
            named = await show_store.moderator_ids(connection, show_id)
            if person["id"] in named:
                await show_store.set_office_end(connection, show_id, person["id"], until)
                return named
            if len(named) >= MODERATORS:
                raise InvalidModerator(f"A show has at most {MODERATORS} moderators: revoke one first.")
            await show_store.remove_moderator(connection, show_id, person["id"])  # one whose time passed just now
            await show_store.add_moderator(connection, show_id, person["id"], until)
            await transaction.append(show_id, "moderator_named", {"person": dict(person)}, by=by)
            return [*named, person["id"]]

    async def revoke_moderator(self, show_id: str, by: str, account_id: str) -> list[str]:
        """Their account ids afterwards; revoking twice is fine. Raises: ShowNotFound."""
        async with self._timeline.transaction() as transaction:
            connection = transaction.connection
            await show_store.get(connection, show_id, lock=True)
            if await show_store.remove_moderator(connection, show_id, account_id):
                await transaction.append(show_id, "moderator_revoked", {"account_id": account_id}, by=by)
            return await show_store.moderator_ids(connection, show_id)

    async def office_ends(self, show_id: str) -> dict[str, int]:
        """When moderators' roles end (Unix ms), by account; those that end with the show are left out."""
        async with self._database.reading() as connection:
            return await show_store.office_ends(connection, show_id)

    def statistics(self) -> dict[str, int]:
        return {**self._lifecycle.counters, **self.media.statistics()}


def new_stream_key() -> str:
    return secrets.token_urlsafe(STREAM_KEY_BYTES)
