"""Who somebody is in a show as they come in. Those who ask while the database is being asked share the next question: five
thousand who return in five seconds cost a few hundred statements instead of twenty thousand.

Nothing is remembered: a question begins after everybody who gets its answer has asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from chat import poll_store, sanction_store, store
from chat.people import People, person_data
from chat.rules import Role
from chat.sanctions import Sanction, in_force, told
from livestream.database import Database
from livestream.database_time import read_now_ms

AT_ONCE = 250  # people per question: their pairs of show and account stay well below a statement's parameters

Place = tuple[str, str]  # show id, account id


@dataclass(frozen=True, slots=True)
class Vote:
    """What somebody has answered in a show's last poll, and the votes by option; ``choice`` is None for a moderator without
    a vote."""

    poll_id: str
    choice: int | None
    counts: list[int]


@dataclass(frozen=True, slots=True)
class Arrival:
    """``sanction``: the one that its person knows of, in force now. ``person``: {id, handle, name, avatar}, None for nobody.
    ``vote``: None for whoever may not see yet how the others voted."""

    role: Role
    sanction: Sanction | None
    in_shadow: bool
    person: Any
    vote: Vote | None


class Arrivals:
    """Waiting is bounded by the sockets that the server has open."""

    def __init__(self, database: Database, people: People) -> None:
        self._database = database
        self._people = people
        self._asked: list[tuple[Place, asyncio.Future[Arrival]]] = []
        self._worker: asyncio.Task[None] | None = None

    async def of(self, show_id: str, account_id: str) -> Arrival:
        """Raises what the database raises."""
        answer: asyncio.Future[Arrival] = asyncio.get_running_loop().create_future()
        self._asked.append(((show_id, account_id), answer))
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._ask(), name="arrivals")
        return await answer

    async def _ask(self) -> None:
        while self._asked:
            asked, self._asked = self._asked[:AT_ONCE], self._asked[AT_ONCE:]
            try:
                found = await self._read({place for place, _ in asked})
            except Exception as error:
                for _, answer in asked:
                    if not answer.done():
                        answer.set_exception(error)
                continue
            for place, answer in asked:
                if not answer.done():  # whoever asked may have gone
                    answer.set_result(found[place])

    async def _read(self, places: set[Place]) -> dict[Place, Arrival]:
        async with self._database.reading() as connection:
            shows = await store.show_rows(connection, {show_id for show_id, _ in places})
            sanctions = await sanction_store.of_many(connection, places)
            now = await read_now_ms(connection) if sanctions else 0
            persons = await person_data(self._people, connection, {account_id for _, account_id in places})
            roles = {(show_id, who): shows[show_id].role(who) if show_id in shows else None for show_id, who in places}
            votes = await _votes(connection, roles)
        found: dict[Place, Arrival] = {}
        for place, role in roles.items():
            sanction = in_force(sanctions[place], now) if place in sanctions else None
            shadow = sanction is not None and sanction.kind == "shadow"
            found[place] = Arrival(role, told(sanction), shadow, persons.get(place[1]), votes.get(place))
        return found


async def _votes(connection: AsyncConnection, roles: Mapping[Place, Role]) -> dict[Place, Vote]:
    polls = await poll_store.newest(connection, {show_id for show_id, _ in roles})
    if not polls:
        return {}
    ids = [poll.poll_id for poll in polls.values()]
    choices = await poll_store.choices(connection, ids, {account_id for _, account_id in roles})
    found: dict[Place, Vote] = {}
    for show_id, poll in polls.items():
        here = {place: choices.get((poll.poll_id, place[1])) for place in roles if place[0] == show_id}
        seen = {place: choice for place, choice in here.items() if choice is not None or roles[place] is not None}
        if seen:
            counts = await poll_store.counts(connection, poll)
            found |= {place: Vote(poll.poll_id, choice, counts) for place, choice in seen.items()}
    return found
