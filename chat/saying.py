"""Taking down what people say: many messages in one transaction, each judged by itself.

Inside the writing transaction the shows are locked first; then a resend is recognised by its key, and state and sanctions
are judged. So a mute that committed before this transaction refuses the message, and one that commits later comes later in
the timeline too. A refusal is that message's own answer; the others are written.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chat import sanction_store, store
from chat.errors import Busy, ChatError, InvalidMessage, PersonUnknown, ShowClosed, ShowUnknown
from chat.judging import Judge, Verdict
from chat.people import People, person_data
from chat.rules import Role
from chat.sanctions import Sanction, in_force, told
from chat.setting_rules import raise_shield
from chat.store import MessageRow, MessageState, SayKey, ShowRow
from livestream.database_time import read_now_ms
from livestream.events import Event
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
    reply_to: str | None = None  # a message's id
    question: bool = False  # to the host: it stands in the queue until it is ticked off
    announcement: bool = False  # of the host and moderators

    @property
    def say_key(self) -> SayKey:
        return (self.show_id, self.account_id, self.key)


@dataclass(frozen=True, slots=True)
class Said:
    message_id: str
    offset: int
    held: bool = False  # it waits for a moderator


async def take_down(
    transaction: Transaction, sayings: Sequence[Saying], people: People, judge: Judge
) -> list[Said | ChatError]:
    """Write these messages; one answer each, in their order."""
    connection = transaction.connection
    shows = await store.lock_shows(connection, {saying.show_id for saying in sayings})
    known = await store.find_by_keys(connection, [saying.say_key for saying in sayings])
    sanctions = await sanction_store.of_many(connection, [(saying.show_id, saying.account_id) for saying in sayings])
    now = await read_now_ms(connection)
    shows = await judge.shows(connection, shows)
    persons = await person_data(people, connection, {saying.account_id for saying in sayings})

    refused: dict[int, ChatError] = {}
    written: dict[SayKey, Said] = {
        key: Said(row.message_id, row.offset, row.state == "held") for key, row in known.items()
    }
    texts = {key: row.text for key, row in known.items()}
    new: list[tuple[int, Saying, bool]] = []  # index, message, whether its author is in the shadow
    for index, saying in enumerate(sayings):
        if saying.say_key in texts:
            if texts[saying.say_key] != saying.text:
                refused[index] = InvalidMessage("This key belongs to another message: give each message its own.")
            continue
        sanction = in_force(sanctions.get((saying.show_id, saying.account_id)), now)
        error = _refusal(shows.get(saying.show_id), saying.account_id in persons, told(sanction))
        if error is not None:
            refused[index] = error
            continue
        texts[saying.say_key] = saying.text
        new.append((index, saying, sanction is not None))
    judged = await judge.verdicts(
        connection, shows, [saying for _, saying, _ in new], [shadow for _, _, shadow in new], now
    )
    by_show: dict[str, list[tuple[Saying, Verdict]]] = {}
    for (index, saying, _), verdict in zip(new, judged, strict=True):
        if verdict.error is not None:
            refused[index] = verdict.error
        else:
            by_show.setdefault(saying.show_id, []).append((saying, verdict))

    rows: list[MessageRow] = []
    for show_id in sorted(by_show):
        show = shows[show_id]
        ids = [secrets.token_urlsafe(12) for _ in by_show[show_id]]
        entries = [
            _entry(saying, verdict, message_id, persons[saying.account_id], show.role(saying.account_id))
            for (saying, verdict), message_id in zip(by_show[show_id], ids, strict=True)
        ]
        events = await transaction.append_all(show_id, entries, [saying.moment for saying, _ in by_show[show_id]])
        for (saying, verdict), message_id, event in zip(by_show[show_id], ids, events, strict=True):
            written[saying.say_key] = Said(message_id, event.offset, verdict.state == "held")
            rows.append(_row(saying, verdict, message_id, event, show.role(saying.account_id)))
        if any(verdict.raid for _, verdict in by_show[show_id]):
            await raise_shield(transaction, show_id, show.host_id, now)
    if rows:
        await store.insert(connection, rows)
    return [
        refused.get(index) or written.get(saying.say_key) or Busy("Please send it again.")  # its twin was refused
        for index, saying in enumerate(sayings)
    ]


EVENT_KINDS: dict[MessageState, str] = {"visible": "said", "shadow": "said_in_shadow", "held": "held_back"}


def _entry(
    saying: Saying, verdict: Verdict, message_id: str, author: Any, role: Role
) -> tuple[str, str, dict[str, Any]]:
    data = {"message_id": message_id, "text": saying.text, "author": author, "role": role, **verdict.extra}
    if verdict.state == "held":
        data["why"] = verdict.held_for
    return EVENT_KINDS[verdict.state], saying.account_id, data


def _row(saying: Saying, verdict: Verdict, message_id: str, event: Event, role: Role) -> MessageRow:
    return MessageRow(
        message_id=message_id,
        show_id=saying.show_id,
        offset=event.offset,
        at=event.at,
        time=event.time,
        account_id=saying.account_id,
        role=role,
        key=saying.key,
        text=saying.text,
        deleted=False,
        state=verdict.state,
        held_for=verdict.held_for,
        extra=verdict.extra,
        question="open" if saying.question else None,
    )


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
