"""Taking down what people say: many messages in one transaction, each judged by itself.

Inside the writing transaction the shows are locked first; then a resend is recognised by its key, and state and sanctions
are judged. So a mute that committed before this transaction refuses the message, and one that commits later comes later in
the timeline too. A refusal is that message's own answer; the others are written.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from chat import sanction_store, store
from chat.errors import ChatError, InvalidMessage, PersonUnknown, ShowClosed, ShowUnknown
from chat.people import People, person_data
from chat.sanctions import Sanction, in_force
from chat.store import MessageRow, SayKey, ShowRow
from livestream.database_time import read_now_ms
from livestream.moments import Moment
from livestream.timeline import Transaction

TALKING = frozenset({"scheduled", "live", "interrupted"})  # states of a show in which people talk


@dataclass(frozen=True, slots=True)
class Saying:
    show_id: str
    account_id: str
    key: str
    text: str
    moment: Moment | None = None  # what its author was seeing

    @property
    def say_key(self) -> SayKey:
        return (self.show_id, self.account_id, self.key)


@dataclass(frozen=True, slots=True)
class Said:
    message_id: str
    offset: int


async def take_down(transaction: Transaction, sayings: Sequence[Saying], people: People) -> list[Said | ChatError]:
    """Write these messages; one answer each, in their order."""
    connection = transaction.connection
    shows = await store.lock_shows(connection, {saying.show_id for saying in sayings})
    known = await store.find_by_keys(connection, [saying.say_key for saying in sayings])
    sanctions = await sanction_store.of_many(connection, [(saying.show_id, saying.account_id) for saying in sayings])
    now = await read_now_ms(connection) if sanctions else 0
    persons = await person_data(people, connection, {saying.account_id for saying in sayings})

    refused: dict[int, ChatError] = {}
    written: dict[SayKey, Said] = {key: Said(row.message_id, row.offset) for key, row in known.items()}
    texts = {key: row.text for key, row in known.items()}
    by_show: dict[str, list[Saying]] = {}
    for index, saying in enumerate(sayings):
        if saying.say_key in texts:
            if texts[saying.say_key] != saying.text:
                refused[index] = InvalidMessage("This key belongs to another message: give each message its own.")
            continue
        sanction = in_force(sanctions.get((saying.show_id, saying.account_id)), now)
        error = _refusal(shows.get(saying.show_id), saying.account_id in persons, sanction)
        if error is not None:
            refused[index] = error
            continue
        texts[saying.say_key] = saying.text
        by_show.setdefault(saying.show_id, []).append(saying)

    rows: list[MessageRow] = []
    for show_id in sorted(by_show):
        show, new = shows[show_id], by_show[show_id]
        ids = [secrets.token_urlsafe(12) for _ in new]
        events = await transaction.append_all(
            show_id,
            [
                (
                    "said",
                    saying.account_id,
                    {
                        "message_id": message_id,
                        "text": saying.text,
                        "author": persons[saying.account_id],
                        "role": show.role(saying.account_id),
                    },
                )
                for saying, message_id in zip(new, ids, strict=True)
            ],
            [saying.moment for saying in new],
        )
        for saying, message_id, event in zip(new, ids, events, strict=True):
            written[saying.say_key] = Said(message_id, event.offset)
            rows.append(
                MessageRow(
                    message_id=message_id,
                    show_id=show_id,
                    offset=event.offset,
                    at=event.at,
                    time=event.time,
                    account_id=saying.account_id,
                    role=show.role(saying.account_id),
                    key=saying.key,
                    text=saying.text,
                    deleted=False,
                )
            )
    if rows:
        await store.insert(connection, rows)
    return [refused.get(index) or written[saying.say_key] for index, saying in enumerate(sayings)]


def _refusal(show: ShowRow | None, known_person: bool, sanction: Sanction | None) -> ChatError | None:
    if show is None:
        return ShowUnknown("There is no such show.")
    if not known_person:
        return PersonUnknown("This account does not exist.")
    if sanction is not None:
        return sanction.refusal()
    if show.state not in TALKING:
        return ShowClosed("The show is over, so is its chat.")
    return None
