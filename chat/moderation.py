"""What host and moderators do to people and messages: delete, sanction, lift, and undo. Each is one transaction that judges,
acts, tells the timeline and writes the audit.

Undoing is an act like any other, judged by the same rules; it puts back what the act replaced, and is refused when somebody
has changed the same thing since.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from chat import act_store, house_rules_store, rules, sanction_store, store
from chat.act_store import ActRow
from chat.errors import (
    MessageNotFound,
    NotAllowed,
    NothingToSettle,
    PersonUnknown,
    SanctionNotFound,
    ShowUnknown,
)
from chat.house_rules import HouseRules
from chat.people import People, person_data
from chat.redaction import redact, unredact
from chat.rules import Act
from chat.sanctions import Sanction, in_force, new_sanction, one_line, told
from chat.setting_rules import set_rules
from chat.store import MessageRow, ShowRow
from livestream.database_time import read_now_ms
from livestream.timeline import Timeline, Transaction

AT_ONCE = 1_000  # messages per event of a ban: 20 KB; all in one could be more than a socket's write buffer takes
RESTORED = 50  # messages per event that brings them back: whole messages, 40 KB at the most
SHOWS = 100  # of one host that a ban from all of them tells at once; the others learn it when somebody asks


@dataclass(frozen=True, slots=True)
class Done:
    """An act as the audit knows it."""

    act_id: str | None  # None: nothing had to be done
    sanction: Sanction | None = None
    shows: tuple[str, ...] = ()  # in which a ban holds


@dataclass(slots=True)
class Scene:
    """One act's transaction: the show is locked, and it is known who acts."""

    transaction: Transaction
    show_id: str
    show: ShowRow
    by: str
    now: int

    @property
    def connection(self) -> Any:
        return self.transaction.connection


class Moderation:
    def __init__(self, timeline: Timeline, people: People) -> None:
        self._timeline = timeline
        self._people = people

    async def delete(self, show_id: str, by: str, message_id: str, reason: str = "") -> Done:
        """Take a message out of chat, history, the record and snapshots. Deleting twice is fine.

        Raises: ShowUnknown, MessageNotFound, NotAllowed, Sanctioned (a muted moderator deletes only what is their own).
        """
        async with self._timeline.transaction() as transaction:
            scene = await enter(transaction, show_id, by)
            message = await store.message(scene.connection, show_id, message_id)
            if message is None:
                raise MessageNotFound("There is no such message in this show.")
            await judge(scene, Act.DELETE, message.account_id)
            if message.deleted:
                return Done(None)
            await delete_messages(scene, [message])
            return Done(await self._note(scene, "delete", message.account_id, reason, [message], message_id=message_id))

    async def delete_all(self, show_id: str, by: str, account_id: str, reason: str = "") -> Done:
        """Take everything that somebody said in this show out of it. Raises: as ``delete``."""
        async with self._timeline.transaction() as transaction:
            scene = await enter(transaction, show_id, by)
            await judge(scene, Act.DELETE, account_id)
            gone = await self._delete_all(scene, account_id)
            return Done(await self._note(scene, "delete_all", account_id, reason, gone)) if gone else Done(None)

    async def sanction(
        self,
        show_id: str,
        by: str,
        account_id: str,
        kind: str,
        seconds: int | None,
        reason: str,
        scope: str = "show",
    ) -> Done:
        """Mute, time out, ban or put into the shadow; replaces the sanction they have. A ban also deletes what they said.

        Raises: ShowUnknown, PersonUnknown, NotAllowed, Sanctioned, InvalidSanction.
        """
        act = Act.SHADOW if kind == "shadow" else Act.CLOSET_BAN if scope == "closet" else Act.SANCTION
        async with self._timeline.transaction() as transaction:
            scene = await enter(transaction, show_id, by, all_shows=scope == "closet")
            await judge(scene, act, account_id)
            if not await person_data(self._people, scene.connection, [account_id]):
                raise PersonUnknown("There is no such account.")
            sanction = new_sanction(account_id, kind, seconds, reason, scene.now, scope, by)
            before = await self._present(scene, sanction)
            shows = await self._impose(scene, sanction, before)
            gone = await self._delete_all(scene, account_id) if sanction.kind == "ban" else []
            act_id = await self._note(
                scene, sanction.kind, account_id, sanction.reason, gone, sanction=_kept(sanction), before=_kept(before)
            )
            return Done(act_id, sanction, shows)

    async def lift(self, show_id: str, by: str, account_id: str) -> Done:
        """End somebody's sanction. Raises: ShowUnknown, NotAllowed, Sanctioned, SanctionNotFound."""
        async with self._timeline.transaction() as transaction:
            present = await sanction_store.of(transaction.connection, show_id, account_id)
            everywhere = present is not None and present.scope == "closet"
            scene = await enter(transaction, show_id, by, all_shows=everywhere)
            await judge(scene, Act.LIFT, account_id)
            sanction = in_force(await sanction_store.of(scene.connection, show_id, account_id), scene.now)
            if sanction is None:
                raise SanctionNotFound("This person is under no sanction here.")
            if sanction.scope == "closet":
                await judge(scene, Act.CLOSET_BAN, account_id)
            await self.end_sanction(scene, sanction)
            return Done(await self._note(scene, "lift", account_id, "", [], before=_kept(sanction)))

    async def undo(self, show_id: str, by: str, act_id: str) -> Done:
        """Put back what an act changed. Raises: ShowUnknown, NothingToSettle, NotAllowed, Sanctioned."""
        async with self._timeline.transaction() as transaction:
            row = await act_store.get(transaction.connection, show_id, act_id)
            scene = await enter(transaction, show_id, by, all_shows=row is not None and _reaches_all_shows(row))
            row = await act_store.get(transaction.connection, show_id, act_id)  # as it is now that the show is locked
            await judge(scene, Act.REVIEW, by)
            if row is None or row.undone_at is not None or row.act not in _UNDOING:
                raise NothingToSettle("There is nothing to undo, or it has been undone already.")
            copied_at = await _UNDOING[row.act](self, scene, row)
            await act_store.mark_undone(scene.connection, act_id, by, scene.now)
            undoing = await act_store.add(
                scene.connection, show_id, scene.now, "undo", by, account_id=row.account_id, message_id=row.message_id,
                detail={"act_id": act_id, "act": row.act}, copied_at=copied_at,
            )  # fmt: skip
            return Done(undoing)

    # -- parts of acts

    async def _present(self, scene: Scene, sanction: Sanction) -> Sanction | None:
        """What a sanction would replace."""
        if sanction.scope == "closet":
            found = await sanction_store.closet_ban_of(scene.connection, scene.show.host_id, sanction.account_id)
        else:
            found = await sanction_store.own_of(scene.connection, scene.show_id, sanction.account_id)
        return in_force(found, scene.now)

    async def _impose(self, scene: Scene, sanction: Sanction, before: Sanction | None = None) -> tuple[str, ...]:
        """Write it and tell everywhere it holds: the shows, in the order of their ids."""
        await sanction_store.put(scene.connection, scene.show_id, scene.show.host_id, sanction)
        kind = "shadowed" if sanction.kind == "shadow" else "sanctioned"
        shows = await self._reach(scene, sanction)
        if sanction.kind == "shadow" and told(before) is not None:
            await scene.transaction.append(
                scene.show_id, "sanction_lifted", {"account_id": sanction.account_id}, by=scene.by
            )
        for show_id in shows:
            data = {"account_id": sanction.account_id, **sanction.view()}
            await scene.transaction.append(show_id, kind, data, by=scene.by)
        return shows

    async def end_sanction(self, scene: Scene, sanction: Sanction) -> None:
        await sanction_store.drop(scene.connection, scene.show_id, scene.show.host_id, sanction)
        kind = "shadow_lifted" if sanction.kind == "shadow" else "sanction_lifted"
        for show_id in await self._reach(scene, sanction):
            await scene.transaction.append(show_id, kind, {"account_id": sanction.account_id}, by=scene.by)

    async def _reach(self, scene: Scene, sanction: Sanction) -> tuple[str, ...]:
        if sanction.scope == "show":
            return (scene.show_id,)
        others = await sanction_store.shows_of(scene.connection, scene.show.host_id, SHOWS)
        return tuple(sorted({*others, scene.show_id}))

    async def _delete_all(self, scene: Scene, account_id: str) -> list[MessageRow]:
        gone: list[MessageRow] = []
        while rows := await store.visible_of(scene.connection, scene.show_id, account_id, AT_ONCE):
            await delete_messages(scene, rows)
            gone += rows
        return gone

    async def _note(
        self,
        scene: Scene,
        act: str,
        account_id: str,
        reason: str,
        gone: Sequence[MessageRow],
        *,
        message_id: str | None = None,
        **detail: Any,
    ) -> str:
        if gone:
            detail["message_ids"] = [row.message_id for row in gone]
        return await act_store.add(
            scene.connection, scene.show_id, scene.now, act, scene.by,
            account_id=account_id, message_id=message_id, reason=one_line(reason), detail=detail,
        )  # fmt: skip

    # -- undoing, by act; each gives the offset of an event that repeats messages, if there is one

    async def _undo_delete(self, scene: Scene, row: ActRow) -> int | None:
        if row.account_id is not None:
            await judge(scene, Act.DELETE, row.account_id)
        return await self._restore(scene, row.detail.get("message_ids", []))

    async def _undo_sanction(self, scene: Scene, row: ActRow) -> int | None:
        imposed = Sanction(**row.detail["sanction"])
        act = Act.CLOSET_BAN if imposed.scope == "closet" else Act.LIFT
        await judge(scene, act, imposed.account_id)
        if await self._present(scene, imposed) != imposed:
            raise NothingToSettle("This sanction has been changed since.")
        await self.end_sanction(scene, imposed)
        if row.detail["before"] is not None:
            before = Sanction(**row.detail["before"])
            if before.holds(scene.now):
                await self._impose(scene, before)
        return await self._restore(scene, row.detail.get("message_ids", []))

    async def _undo_lift(self, scene: Scene, row: ActRow) -> int | None:
        lifted = Sanction(**row.detail["before"])
        act = Act.CLOSET_BAN if lifted.scope == "closet" else Act.SANCTION
        await judge(scene, act, lifted.account_id)
        if await self._present(scene, lifted) is not None:
            raise NothingToSettle("There is another sanction by now.")
        await self._impose(scene, lifted)
        return None

    async def _undo_rules(self, scene: Scene, row: ActRow) -> int | None:
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

    async def _undo_reject(self, scene: Scene, row: ActRow) -> int | None:
        """Back into the queue."""
        message = await store.message(scene.connection, scene.show_id, row.message_id or "")
        if message is None or message.state != "rejected":
            raise NothingToSettle("This message is not rejected any more.")
        await store.move(scene.connection, message.message_id, "held")
        persons = await person_data(self._people, scene.connection, [message.account_id])
        data = {**message.data(persons.get(message.account_id)), "why": message.held_for}
        await scene.transaction.append(scene.show_id, "held_back", data, by=message.account_id)
        return None

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


_UNDOING = {
    "delete": Moderation._undo_delete,
    "delete_all": Moderation._undo_delete,
    "mute": Moderation._undo_sanction,
    "timeout": Moderation._undo_sanction,
    "ban": Moderation._undo_sanction,
    "shadow": Moderation._undo_sanction,
    "lift": Moderation._undo_lift,
    "rules": Moderation._undo_rules,
    "reject": Moderation._undo_reject,
}


async def enter(transaction: Transaction, show_id: str, by: str, *, all_shows: bool = False) -> Scene:
    """Lock the show (all shows of its host, in order, if the act reaches them). Raises: ShowUnknown."""
    connection = transaction.connection
    show_ids = [show_id]
    if all_shows:
        show = await store.show_row(connection, show_id)
        if show is not None:
            show_ids += await sanction_store.shows_of(connection, show.host_id, SHOWS)
    locked = (await store.lock_shows(connection, show_ids)).get(show_id)
    if locked is None:
        raise ShowUnknown("There is no such show.")
    return Scene(transaction, show_id, locked, by, await read_now_ms(connection))


async def judge(scene: Scene, act: Act, target: str) -> None:
    """Raises: NotAllowed, Sanctioned."""
    show, by = scene.show, scene.by
    actor, whom, own = rules.standing(show.role(by)), rules.standing(show.role(target)), by == target
    if not rules.may(act, actor, whom, own=own):
        raise NotAllowed(rules.refusal(act, actor, whom, own=own))
    if not own or act is not Act.DELETE:
        sanction = in_force(await sanction_store.of(scene.connection, scene.show_id, by), scene.now)
        if sanction is not None and sanction.kind != "shadow":
            raise sanction.refusal()


async def delete_messages(scene: Scene, rows: Sequence[MessageRow]) -> None:
    ids = [row.message_id for row in rows]
    await store.mark_deleted(scene.connection, ids, scene.by, scene.now)
    await redact(scene.connection, scene.show_id, rows)
    await scene.transaction.append(scene.show_id, "deleted", {"message_ids": ids}, by=scene.by)


def _reaches_all_shows(row: ActRow) -> bool:
    return any((row.detail.get(name) or {}).get("scope") == "closet" for name in ("sanction", "before"))


def _kept(sanction: Sanction | None) -> dict[str, Any] | None:
    """As the audit keeps it: enough to put it back."""
    return None if sanction is None else {name: getattr(sanction, name) for name in Sanction.__slots__}
