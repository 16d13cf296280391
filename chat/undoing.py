"""Taking back what host and moderators did. Undoing is an act like any other, judged by the same rules; it puts back what the
act replaced, and is refused when somebody has changed the same thing since.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import msgspec

from chat import act_store, house_rules_store, review_store, store
from chat.act_store import ActRow
from chat.errors import NothingToSettle
from chat.house_rules import HouseRules
from chat.moderation import Done, Moderation, Scene, enter, judge
from chat.people import People, person_data
from chat.redaction import redact, unredact
from chat.rules import Act
from chat.sanctions import Sanction
from chat.setting_rules import set_rules
from livestream.timeline import Timeline

RESTORED = 50  # messages per event that brings them back: whole messages, 40 KB at the most

Undo = Callable[[Scene, ActRow], Awaitable[int | None]]


class Undoing:
    def __init__(self, timeline: Timeline, people: People, moderation: Moderation) -> None:
        self._timeline = timeline
        self._people = people
        self._moderation = moderation
        # By act; each gives the offset of an event that repeats messages, if there is one.
        self._ways: dict[str, Undo] = {
            "delete": self._delete,
            "delete_all": self._delete,
            "mute": self._sanction,
            "timeout": self._sanction,
            "ban": self._sanction,
            "shadow": self._sanction,
            "lift": self._lift,
            "rules": self._rules,
            "reject": self._reject,
            "approve": self._approve,
            "pin": self._pin,
            "unpin": self._pin,
            "question_done": self._question_done,
        }

    def can_be_undone(self, act: str) -> bool:
        return act in self._ways

    async def undo(self, show_id: str, by: str, act_id: str) -> Done:
        """Put back what an act changed. Raises: ShowUnknown, NothingToSettle, NotAllowed, Sanctioned."""
        async with self._timeline.transaction() as transaction:
            row = await act_store.get(transaction.connection, show_id, act_id)
            scene = await enter(transaction, show_id, by, all_shows=row is not None and _reaches_all_shows(row))
            row = await act_store.get(transaction.connection, show_id, act_id)  # as it is now that the show is locked
            await judge(scene, Act.REVIEW, by)
            if row is None or row.undone_at is not None or row.act not in self._ways:
                raise NothingToSettle("There is nothing to undo, or it has been undone already.")
            copied_at = await self._ways[row.act](scene, row)
            await act_store.mark_undone(scene.connection, act_id, by, scene.now)
            undoing = await act_store.add(
                scene.connection, show_id, scene.now, "undo", by, account_id=row.account_id, message_id=row.message_id,
                detail={"act_id": act_id, "act": row.act}, copied_at=copied_at,
            )  # fmt: skip
            return Done(undoing)

    async def _delete(self, scene: Scene, row: ActRow) -> int | None:
        if row.account_id is not None:
            await judge(scene, Act.DELETE, row.account_id)
        return await self._restore(scene, row.detail.get("message_ids", []))

    async def _sanction(self, scene: Scene, row: ActRow) -> int | None:
        imposed = Sanction(**row.detail["sanction"])
        act = Act.CLOSET_BAN if imposed.scope == "closet" else Act.LIFT
        await judge(scene, act, imposed.account_id)
        if await self._moderation.present(scene, imposed) != imposed:
            raise NothingToSettle("This sanction has been changed since.")
        await self._moderation.end_sanction(scene, imposed)
        if row.detail["before"] is not None:
            before = Sanction(**row.detail["before"])
            if before.holds(scene.now):
                await self._moderation.impose(scene, before)
        return await self._restore(scene, row.detail.get("message_ids", []))

    async def _lift(self, scene: Scene, row: ActRow) -> int | None:
        lifted = Sanction(**row.detail["before"])
        act = Act.CLOSET_BAN if lifted.scope == "closet" else Act.SANCTION
        await judge(scene, act, lifted.account_id)
        if await self._moderation.present(scene, lifted) is not None:
            raise NothingToSettle("There is another sanction by now.")
        await self._moderation.impose(scene, lifted)
        return None

    async def _rules(self, scene: Scene, row: ActRow) -> int | None:
        before = msgspec.convert(row.detail["before"], HouseRules)
        present = (await house_rules_store.of_shows(scene.connection, {scene.show_id: scene.show}, scene.now))[
            scene.show_id
        ][1]
        if present != msgspec.convert(row.detail["after"], HouseRules):
            raise NothingToSettle("The rules have been changed since.")
        await set_rules(
            scene.transaction, scene.show_id, scene.show.host_id, present, before, scene.by, scene.now, "undo"
        )
        return None

    # -- reviews

    async def _reject(self, scene: Scene, row: ActRow) -> int | None:
        """Back into the queue."""
        message = await store.message(scene.connection, scene.show_id, row.message_id or "")
        if message is None or message.state != "rejected":
            raise NothingToSettle("This message is not rejected any more.")
        await self._hold_again(scene, message)
        return None

    async def _approve(self, scene: Scene, row: ActRow) -> int | None:
        """A message that had waited is taken out of the chat and waits again; reports that were set aside are open again."""
        message = await store.message(scene.connection, scene.show_id, row.message_id or "")
        if message is None or message.deleted or message.state != "visible":
            raise NothingToSettle("This message has been deleted or held back since.")
        if await review_store.reopen_reports(scene.connection, message.message_id, row.time):
            reports = await review_store.count_reports(scene.connection, message.message_id)
            data = {"message_id": message.message_id, "reports": reports, "reason": ""}
            await scene.transaction.append(scene.show_id, "reported", data)
            return None
        if message.held_for is None:
            raise NothingToSettle("There is nothing to undo, or it has been undone already.")
        await judge(scene, Act.DELETE, message.account_id)
        await redact(scene.connection, scene.show_id, [message])
        gone = {"message_ids": [message.message_id]}
        await scene.transaction.append(scene.show_id, "deleted", gone, by=scene.by)
        await self._hold_again(scene, message)
        return None

    async def _hold_again(self, scene: Scene, message: store.MessageRow) -> None:
        await store.move(scene.connection, message.message_id, "held")
        persons = await person_data(self._people, scene.connection, [message.account_id])
        data = {**message.data(persons.get(message.account_id)), "why": message.held_for}
        await scene.transaction.append(scene.show_id, "held_back", data, by=message.account_id)

    # -- steering

    async def _pin(self, scene: Scene, row: ActRow) -> int | None:
        """What was above the chat before: another message, if it is still there, or nothing."""
        newest = await act_store.newest(scene.connection, scene.show_id, ("pin", "unpin"), 2)
        if not newest or newest[0].act_id != row.act_id:
            raise NothingToSettle("Another message has been pinned or taken down since.")
        before = newest[1] if len(newest) > 1 else None
        if before is not None and before.act == "pin":
            message = await store.message(scene.connection, scene.show_id, before.message_id or "")
            if message is not None and not message.deleted and message.state == "visible":
                persons = await person_data(self._people, scene.connection, [message.account_id])
                data = {"messages": [message.said(persons.get(message.account_id))]}
                return (await scene.transaction.append(scene.show_id, "pinned", data, by=scene.by)).offset
        if row.act == "unpin":
            raise NothingToSettle("The message that was pinned is gone.")
        await scene.transaction.append(scene.show_id, "unpinned", {}, by=scene.by)
        return None

    async def _question_done(self, scene: Scene, row: ActRow) -> int | None:
        """Back into the host's queue."""
        message = await store.message(scene.connection, scene.show_id, row.message_id or "")
        if message is None or message.deleted or message.state != "visible" or message.question != "done":
            raise NothingToSettle("This question is gone.")
        await store.set_question(scene.connection, message.message_id, "open")
        persons = await person_data(self._people, scene.connection, [message.account_id])
        data = {"messages": [message.said(persons.get(message.account_id))]}
        return (await scene.transaction.append(scene.show_id, "restored", data, by=scene.by)).offset

    async def _restore(self, scene: Scene, message_ids: Sequence[str]) -> int | None:
        """Bring deleted messages back into chat and record. At most the last 50 of them are shown again at once; the others
        are back in the history."""
        rows = list((await store.messages_by_id(scene.connection, scene.show_id, message_ids)).values())
        rows = sorted((row for row in rows if row.deleted), key=lambda row: row.offset)
        if not rows:
            return None
        await store.mark_restored(scene.connection, [row.message_id for row in rows])
        persons = await person_data(self._people, scene.connection, {row.account_id for row in rows})
        await unredact(scene.connection, scene.show_id, rows, persons)
        visible = [row for row in rows if row.state == "visible"][-RESTORED:]
        if not visible:
            return None
        data = {"messages": [row.said(persons.get(row.account_id)) for row in visible]}
        return (await scene.transaction.append(scene.show_id, "restored", data, by=scene.by)).offset


def _reaches_all_shows(row: ActRow) -> bool:
    return any((row.detail.get(name) or {}).get("scope") == "closet" for name in ("sanction", "before"))
