"""What host and moderators do: delete, sanction, lift. Each is one transaction that judges, acts and tells the timeline."""

from __future__ import annotations

from chat import rules, sanction_store, store
from chat.errors import MessageNotFound, NotAllowed, PersonUnknown, SanctionNotFound, ShowUnknown
from chat.people import People, person_data
from chat.rules import Act
from chat.sanctions import Sanction, in_force, new_sanction
from chat.store import ShowRow
from livestream.database_time import read_now_ms
from livestream.timeline import Timeline, Transaction

BAN_DELETES = 1_000  # messages per event of a ban: 20 KB; all in one could be more than a socket's write buffer takes


class Moderation:
    def __init__(self, timeline: Timeline, people: People) -> None:
        self._timeline = timeline
        self._people = people

    async def delete(self, show_id: str, by: str, message_id: str) -> None:
        """Take a message out of chat, history and snapshots. Deleting twice is fine.

        Raises: ShowUnknown, MessageNotFound, NotAllowed, Sanctioned (a muted moderator deletes only what is their own).
        """
        async with self._timeline.transaction() as transaction:
            show = await _lock(transaction, show_id)
            message = await store.message(transaction.connection, show_id, message_id)
            if message is None:
                raise MessageNotFound("There is no such message in this show.")
            now = await read_now_ms(transaction.connection)
            await _judge(transaction, show_id, show, Act.DELETE, by, message.account_id, now)
            if message.deleted:
                return
            await store.mark_deleted(transaction.connection, [message_id], by, now)
            await transaction.append(show_id, "deleted", {"message_ids": [message_id]}, by=by)

    async def sanction(
        self, show_id: str, by: str, account_id: str, kind: str, seconds: int | None, reason: str
    ) -> Sanction:
        """Mute, time out or ban somebody; replaces the sanction they have. A ban also deletes what they said.

        Raises: ShowUnknown, PersonUnknown, NotAllowed, Sanctioned, InvalidSanction.
        """
        async with self._timeline.transaction() as transaction:
            connection = transaction.connection
            show = await _lock(transaction, show_id)
            now = await read_now_ms(connection)
            await _judge(transaction, show_id, show, Act.SANCTION, by, account_id, now)
            if not await person_data(self._people, connection, [account_id]):
                raise PersonUnknown("There is no such account.")
            sanction = new_sanction(account_id, kind, seconds, reason, now)
            await sanction_store.put(connection, show_id, sanction, by, now)
            await transaction.append(show_id, "sanctioned", {"account_id": account_id, **sanction.view()}, by=by)
            if sanction.kind == "ban":
                while ids := await store.visible_ids_of(connection, show_id, account_id, BAN_DELETES):
                    await store.mark_deleted(connection, ids, by, now)
                    await transaction.append(show_id, "deleted", {"message_ids": ids}, by=by)
            return sanction

    async def lift(self, show_id: str, by: str, account_id: str) -> None:
        """End somebody's sanction. Raises: ShowUnknown, NotAllowed, Sanctioned, SanctionNotFound."""
        async with self._timeline.transaction() as transaction:
            show = await _lock(transaction, show_id)
            now = await read_now_ms(transaction.connection)
            await _judge(transaction, show_id, show, Act.LIFT, by, account_id, now)
            sanction = in_force(await sanction_store.of(transaction.connection, show_id, account_id), now)
            if sanction is None:
                raise SanctionNotFound("This person is under no sanction here.")
            await sanction_store.drop(transaction.connection, show_id, account_id)
            await transaction.append(show_id, "sanction_lifted", {"account_id": account_id}, by=by)


async def _lock(transaction: Transaction, show_id: str) -> ShowRow:
    show = (await store.lock_shows(transaction.connection, [show_id])).get(show_id)
    if show is None:
        raise ShowUnknown("There is no such show.")
    return show


async def _judge(
    transaction: Transaction, show_id: str, show: ShowRow, act: Act, by: str, target: str, now: int
) -> None:
    actor, whom, own = rules.standing(show.role(by)), rules.standing(show.role(target)), by == target
    if not rules.may(act, actor, whom, own=own):
        raise NotAllowed(rules.refusal(act, actor, whom, own=own))
    if not own:
        sanction = in_force(await sanction_store.of(transaction.connection, show_id, by), now)
        if sanction is not None:
            raise sanction.refusal()
