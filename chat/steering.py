"""What the host and moderators set for everybody: rules, the pinned message, questions ticked off, polls."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from chat import act_store, house_rules_store, poll_store, sanction_store, store
from chat.errors import ChatError, InvalidPoll, MessageNotFound, PollClosed
from chat.house_rules import HouseRules, changed
from chat.moderation import Done, Scene, enter, judge
from chat.people import People, person_data
from chat.poll_store import Poll
from chat.rules import Act
from chat.sanctions import SECOND_CLICK, in_force, told
from chat.setting_rules import set_rules
from chat.text import message_text
from livestream import timeline_store
from livestream.database import Database
from livestream.timeline import Timeline

OPTIONS = range(2, 7)  # what fits on a phone
MAX_POLL = 3600  # seconds
Voted = Callable[[str, str, list[int]], Awaitable[None]]  # show id, poll id, votes by option


class Steering:
    def __init__(self, timeline: Timeline, database: Database, people: People) -> None:
        self._timeline = timeline
        self._database = database
        self._people = people
        self._voted: list[Voted] = []

    def on_voted(self, callback: Voted) -> None:
        """``callback(show_id, poll_id, counts)`` is awaited after votes; what it tells may be lost."""
        self._voted.append(callback)

    async def set_rules(self, show_id: str, by: str, change: dict[str, Any], reason: str = "") -> HouseRules:
        """Change some of the rules; all of them as they are now. Raises: ShowUnknown, InvalidRules, NotAllowed, Sanctioned."""
        async with self._timeline.transaction() as transaction:
            scene = await enter(transaction, show_id, by)
            await judge(scene, Act.STEER, by)
            before = (await house_rules_store.of_shows(scene.connection, {show_id: scene.show}, scene.now))[show_id][1]
            after = changed(before, change)
            if after != before:
                await set_rules(transaction, show_id, scene.show.host_id, before, after, by, scene.now, reason)
            return after

    async def pin(self, show_id: str, by: str, message_id: str) -> Done:
        """Keep a message above the chat, in the place of the one before. Raises: ShowUnknown, MessageNotFound, NotAllowed."""
        async with self._timeline.transaction() as transaction:
            scene = await enter(transaction, show_id, by)
            await judge(scene, Act.STEER, by)
            message = await self._visible(scene, message_id)
            if (first := await _clicked_before(scene, "pin", message_id)) is not None:
                return first
            persons = await person_data(self._people, scene.connection, [message.account_id])
            data = {"messages": [message.said(persons.get(message.account_id))]}
            event = await transaction.append(show_id, "pinned", data, by=by)
            return Done(
                await act_store.add(
                    scene.connection, show_id, scene.now, "pin", by,
                    account_id=message.account_id, message_id=message_id, copied_at=event.offset,
                )
            )  # fmt: skip

    async def unpin(self, show_id: str, by: str) -> Done:
        """Raises: ShowUnknown, NotAllowed, Sanctioned."""
        async with self._timeline.transaction() as transaction:
            scene = await enter(transaction, show_id, by)
            await judge(scene, Act.STEER, by)
            if (first := await _clicked_before(scene, "unpin", None)) is not None:
                return first
            await transaction.append(show_id, "unpinned", {}, by=by)
            return Done(await act_store.add(scene.connection, show_id, scene.now, "unpin", by))

    async def question_done(self, show_id: str, by: str, message_id: str) -> Done:
        """The host has answered. Raises: ShowUnknown, MessageNotFound, NotAllowed, Sanctioned."""
        async with self._timeline.transaction() as transaction:
            scene = await enter(transaction, show_id, by)
            await judge(scene, Act.STEER, by)
            message = await self._visible(scene, message_id)
            if message.question != "open":
                raise MessageNotFound("This question has been ticked off already.")
            await store.set_question(scene.connection, message_id, "done")
            await transaction.append(show_id, "question_done", {"message_id": message_id}, by=by)
            return Done(
                await act_store.add(
                    scene.connection, show_id, scene.now, "question_done", by,
                    account_id=message.account_id, message_id=message_id,
                )
            )  # fmt: skip

    async def _visible(self, scene: Scene, message_id: str) -> store.MessageRow:
        message = await store.message(scene.connection, scene.show_id, message_id)
        if message is None or message.deleted or message.state != "visible":
            raise MessageNotFound("There is no such message in this show.")
        return message

    # -- polls

    async def open_poll(self, show_id: str, by: str, question: str, options: Sequence[str], seconds: int | None) -> str:
        """Ask everybody; closes the one before. The poll's id. Raises: ShowUnknown, InvalidPoll, InvalidMessage, NotAllowed."""
        if len(options) not in OPTIONS:
            raise InvalidPoll(f"A poll has {OPTIONS.start} to {OPTIONS.stop - 1} answers to choose from.")
        if seconds is not None and not 10 <= seconds <= MAX_POLL:
            raise InvalidPoll(f"A poll is open for 10 to {MAX_POLL} seconds.")
        texts = [message_text(option) for option in options]
        asked = message_text(question)
        if len(set(texts)) < len(texts) or any(len(text) > 60 for text in texts) or len(asked) > 200:
            raise InvalidPoll("A question has at most 200 characters, an answer 60, and no two answers are the same.")
        async with self._timeline.transaction() as transaction:
            scene = await enter(transaction, show_id, by)
            await judge(scene, Act.STEER, by)
            before = await poll_store.open_in(scene.connection, show_id)
            if before is not None:
                await _close(scene, before, by)
            until = None if seconds is None else scene.now + seconds * 1000
            poll = Poll(secrets.token_urlsafe(12), show_id, asked, texts, by, scene.now, until, None)
            await poll_store.add(scene.connection, poll)
            data = {"poll_id": poll.poll_id, "question": asked, "options": texts, "until": until}
            await transaction.append(show_id, "poll_opened", data, by=by)
            await act_store.add(scene.connection, show_id, scene.now, "poll", by, detail={"question": asked})
            return poll.poll_id

    async def close_poll(self, show_id: str, by: str, poll_id: str) -> list[int]:
        """Votes by option. Raises: ShowUnknown, PollClosed, NotAllowed, Sanctioned."""
        async with self._timeline.transaction() as transaction:
            scene = await enter(transaction, show_id, by)
            await judge(scene, Act.STEER, by)
            poll = await poll_store.get(scene.connection, poll_id)
            if poll is None or poll.show_id != show_id or poll.closed_at is not None:
                raise PollClosed("This poll is closed.")
            return await _close(scene, poll, by)

    async def close_overdue(self) -> None:
        """Close polls whose time has passed; every server may try."""
        async with self._database.reading() as connection:
            if not await poll_store.overdue(connection):
                return
        async with self._timeline.transaction() as transaction:
            for late in sorted(await poll_store.overdue(transaction.connection), key=lambda poll: poll.show_id):
                scene = await enter(transaction, late.show_id, late.by)
                poll = await poll_store.get(scene.connection, late.poll_id)
                if poll is not None and poll.closed_at is None:
                    await _close(scene, poll, None)

    async def take_votes(self, show_id: str, poll_id: str, votes: Mapping[str, int]) -> dict[str, ChatError]:
        """Choices by account, in one transaction; a person's newest counts. Who was refused, and why.

        Raises: ShowUnknown, PollClosed.
        """
        refused: dict[str, ChatError] = {}
        async with self._timeline.transaction() as transaction:
            connection = transaction.connection
            scene = await enter(transaction, show_id, "")  # the show's lock: no vote is counted after the end
            poll = await poll_store.get(connection, poll_id)
            if poll is None or poll.show_id != show_id or poll.closed_at is not None:
                raise PollClosed("This poll is closed.")
            if poll.until is not None and scene.now >= poll.until:
                raise PollClosed("This poll is closed.")
            sanctions = await sanction_store.of_many(connection, [(show_id, account_id) for account_id in votes])
            for account_id, choice in votes.items():
                sanction = told(in_force(sanctions.get((show_id, account_id)), scene.now))
                if sanction is not None:
                    refused[account_id] = sanction.refusal()
                elif not 0 <= choice < len(poll.options):
                    refused[account_id] = InvalidPoll("There is no such answer.")
            taken = {account_id: choice for account_id, choice in votes.items() if account_id not in refused}
            if taken:
                await poll_store.put_votes(connection, poll_id, taken)
            counts = await poll_store.counts(connection, poll)
        for callback in self._voted:
            await callback(show_id, poll_id, counts)
        return refused


async def _clicked_before(scene: Scene, act: str, message_id: str | None) -> Done | None:
    """The act on what is pinned of which this is a second click."""
    found = await act_store.newest(scene.connection, scene.show_id, ("pin", "unpin"), 1)
    if not found or scene.now - found[0].time > SECOND_CLICK:
        return None
    last = found[0]
    if (last.act, last.message_id, last.by) != (act, message_id, scene.by):
        return None
    # What was deleted since is pinned no more, also when it is back in the chat; the pin has lost its words.
    copies = await timeline_store.data_at(scene.connection, scene.show_id, [last.copied_at] if last.copied_at else [])
    gone = any(said["data"].get("deleted") for data in copies.values() for said in data["messages"])
    return None if gone else Done(last.act_id)


async def _close(scene: Scene, poll: Poll, by: str | None) -> list[int]:
    counts = await poll_store.counts(scene.connection, poll)
    await poll_store.close(scene.connection, poll.poll_id, scene.now)
    await scene.transaction.append(scene.show_id, "poll_closed", {"poll_id": poll.poll_id, "counts": counts}, by=by)
    return counts


async def rules_of(connection: AsyncConnection, show_id: str) -> HouseRules:
    """The rules as they are; for a show that has none yet, those it will begin with."""
    found = await house_rules_store.read(connection, [show_id])
    if show_id in found:
        return found[show_id][1]
    show = await store.show_row(connection, show_id)
    return HouseRules() if show is None else await house_rules_store.left_by(connection, show.host_id)
