"""What host and moderators do to people and messages: delete, sanction, lift. Each is one transaction that judges, acts, tells
the timeline and writes the audit; ``undoing.py`` takes it back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chat import act_store, rules, sanction_store, store
from chat.errors import (
    MessageNotFound,
    NotAllowed,
    PersonUnknown,
    SanctionNotFound,
    ShowUnknown,
)
from chat.people import People, person_data
from chat.redaction import redact
from chat.rules import Act
from chat.sanctions import Sanction, in_force, new_sanction, one_line, told
from chat.store import MessageRow, ShowRow
from livestream.database_time import read_now_ms
from livestream.timeline import Timeline, Transaction

AT_ONCE = 1_000  # messages per event of a ban: 20 KB; all in one could be more than a socket's write buffer takes
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
        A second click is answered as the first.

        Raises: ShowUnknown, PersonUnknown, NotAllowed, Sanctioned, InvalidSanction.
        """
        act = Act.SHADOW if kind == "shadow" else Act.CLOSET_BAN if scope == "closet" else Act.SANCTION
        async with self._timeline.transaction() as transaction:
            scene = await enter(transaction, show_id, by, all_shows=scope == "closet")
            await judge(scene, act, account_id)
            if not await person_data(self._people, scene.connection, [account_id]):
                raise PersonUnknown("There is no such account.")
            sanction = new_sanction(account_id, kind, seconds, reason, scene.now, scope, by)
            before = await self.present(scene, sanction)
            if before is not None and sanction.repeats(before):
                acts = await act_store.page(
                    scene.connection, show_id, None, 1, account_id=account_id, by=by, kinds=[before.kind]
                )
                first = next((act.act_id for act in acts if act.detail["sanction"] == _kept(before)), None)
                return Done(first, before, await self._reach(scene, before))
            shows = await self.impose(scene, sanction, before)
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

    # -- parts of acts

    async def present(self, scene: Scene, sanction: Sanction) -> Sanction | None:
        """What a sanction would replace."""
        if sanction.scope == "closet":
            found = await sanction_store.closet_ban_of(scene.connection, scene.show.host_id, sanction.account_id)
        else:
            found = await sanction_store.own_of(scene.connection, scene.show_id, sanction.account_id)
        return in_force(found, scene.now)

    async def impose(self, scene: Scene, sanction: Sanction, before: Sanction | None = None) -> tuple[str, ...]:
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


def _kept(sanction: Sanction | None) -> dict[str, Any] | None:
    """As the audit keeps it: enough to put it back."""
    return None if sanction is None else {name: getattr(sanction, name) for name in Sanction.__slots__}
