"""What waits for a moderator: held messages, reported ones, appeals. Settling each is one transaction with its audit."""

from __future__ import annotations

import secrets
from typing import Any

from chat import act_store, review_store, sanction_store, store
from chat.errors import AppealRefused, InvalidReport, MessageNotFound, NotAllowed, NothingToSettle
from chat.moderation import Done, Moderation, Scene, delete_messages, enter, judge
from chat.people import People, person_data
from chat.rules import Act
from chat.sanctions import in_force, one_line, told
from chat.text import message_text
from livestream.timeline import Timeline

QUEUE = 200  # of each kind, the oldest first: more at once nobody works through
APPEAL_AFTER = 60_000  # ms: a sanction shorter than this is over before anybody could read an appeal


class Reviewing:
    def __init__(self, timeline: Timeline, people: People, moderation: Moderation) -> None:
        self._timeline = timeline
        self._people = people
        self._moderation = moderation

    async def report(self, show_id: str, by: str, message_id: str, reason: str) -> None:
        """A viewer finds a message wrong. Twice by the same person is once.

        Raises: ShowUnknown, MessageNotFound, InvalidReport, Sanctioned (whoever is banned or muted reports nobody).
        """
        async with self._timeline.transaction() as transaction:
            scene = await enter(transaction, show_id, by)
            message = await store.message(scene.connection, show_id, message_id)
            if message is None or message.deleted or message.state != "visible":
                raise MessageNotFound("This message is gone already.")
            if message.account_id == by:
                raise InvalidReport("This is your own message: delete it.")
            sanction = told(in_force(await sanction_store.of(scene.connection, show_id, by), scene.now))
            if sanction is not None:
                raise sanction.refusal()
            why = one_line(reason)
            if await review_store.add_report(scene.connection, show_id, message_id, by, why, scene.now):
                count = await review_store.count_reports(scene.connection, message_id)
                await transaction.append(
                    show_id, "reported", {"message_id": message_id, "reports": count, "reason": why}
                )  # by nobody: who reports is not told, not even to moderators' pages

    async def settle(self, show_id: str, by: str, message_id: str, approve: bool, reason: str = "") -> Done:
        """A held message is said now, or never; reports of a message are set aside, or the message is deleted.

        Raises: ShowUnknown, NothingToSettle, NotAllowed, Sanctioned.
        """
        async with self._timeline.transaction() as transaction:
            scene = await enter(transaction, show_id, by)
            await judge(scene, Act.REVIEW, by)
            message = await store.message(scene.connection, show_id, message_id)
            if message is None or message.account_id == by:
                raise NothingToSettle("There is nothing to review.")
            settled = await review_store.settle_reports(scene.connection, [message_id], scene.now)
            if message.state == "held" and not message.deleted:
                await self._settle_held(scene, message, approve)
            elif settled and not approve and not message.deleted:
                await delete_messages(scene, [message])
            elif not settled:
                raise NothingToSettle("Somebody else has settled this already.")
            act, detail = ("approve" if approve else "reject"), {}
            if message.state != "held" and not approve:
                act, detail = "delete", {"message_ids": [message_id]}
            await transaction.append(show_id, "review_settled", {"message_id": message_id, "approved": approve}, by=by)
            return Done(
                await act_store.add(
                    scene.connection, show_id, scene.now, act, by,
                    account_id=message.account_id, message_id=message_id, reason=one_line(reason), detail=detail,
                )
            )  # fmt: skip

    async def _settle_held(self, scene: Scene, message: store.MessageRow, approve: bool) -> None:
        if not approve:
            await store.move(scene.connection, message.message_id, "rejected")
            return
        sanction = in_force(await sanction_store.of(scene.connection, scene.show_id, message.account_id), scene.now)
        if sanction is not None:
            raise NothingToSettle("Its author is under a sanction by now: lift that first, or reject the message.")
        persons = await person_data(self._people, scene.connection, [message.account_id])
        event = await scene.transaction.append(
            scene.show_id, "said", message.data(persons.get(message.account_id)), by=message.account_id
        )
        await store.move(scene.connection, message.message_id, "visible", (event.offset, event.at, event.time))

    # -- appeals

    async def appeal(self, show_id: str, account_id: str, text: str) -> str:
        """Once per sanction, by whom it hit. The appeal's id. Raises: ShowUnknown, AppealRefused, InvalidMessage."""
        words = message_text(text)
        async with self._timeline.transaction() as transaction:
            scene = await enter(transaction, show_id, account_id)
            sanction = told(in_force(await sanction_store.of(scene.connection, show_id, account_id), scene.now))
            if sanction is None:
                raise AppealRefused("You are under no sanction here.")
            if sanction.until is not None and sanction.until - sanction.since < APPEAL_AFTER:
                raise AppealRefused("This ends before anybody could decide about it.")
            if await review_store.appeal_against(scene.connection, show_id, sanction) is not None:
                raise AppealRefused("You have appealed already; the answer comes here.")
            appeal_id = secrets.token_urlsafe(12)
            await review_store.add_appeal(scene.connection, appeal_id, show_id, sanction, words, scene.now)
            await transaction.append(show_id, "appealed", {"appeal_id": appeal_id, "account_id": account_id})
            return appeal_id

    async def settle_appeal(self, show_id: str, by: str, appeal_id: str, lift: bool, answer: str) -> Done:
        """Decide: not whoever imposed it, unless it is the host; and never about oneself.

        Raises: ShowUnknown, NothingToSettle, NotAllowed, Sanctioned.
        """
        async with self._timeline.transaction() as transaction:
            known = await review_store.appeal(transaction.connection, show_id, appeal_id)
            present = None
            if known is not None:
                present = await sanction_store.of(transaction.connection, show_id, known.account_id)
            everywhere = present is not None and present.scope == "closet"
            scene = await enter(transaction, show_id, by, all_shows=everywhere)
            await judge(scene, Act.REVIEW, by)
            found = await review_store.appeal(scene.connection, show_id, appeal_id)
            if found is None or found.settled_at is not None:
                raise NothingToSettle("Somebody else has settled this already.")
            if found.sanctioned_by == by and scene.show.host_id != by:
                raise NotAllowed("Somebody else decides about an appeal against your own sanction.")
            await judge(scene, Act.LIFT, found.account_id)
            verdict, before = ("lifted" if lift else "kept"), None
            if lift:
                sanction = in_force(await sanction_store.of(scene.connection, show_id, found.account_id), scene.now)
                if sanction is not None and sanction.since == found.sanctioned_at:
                    if sanction.scope == "closet":
                        await judge(scene, Act.CLOSET_BAN, found.account_id)
                    await self._moderation.end_sanction(scene, sanction)
                    before = {name: getattr(sanction, name) for name in sanction.__slots__}
            words = one_line(answer)
            await review_store.settle_appeal(scene.connection, appeal_id, verdict, words, by, scene.now)
            data = {"appeal_id": appeal_id, "account_id": found.account_id, "verdict": verdict}
            await transaction.append(show_id, "appeal_settled", data, by=by)
            act, detail = ("lift", {"before": before}) if before is not None else ("appeal_kept", {})
            return Done(
                await act_store.add(
                    scene.connection, show_id, scene.now, act, by,
                    account_id=found.account_id, reason=words, detail=detail,
                )
            )  # fmt: skip

    # -- looking

    async def queue(self, connection: Any, show_id: str) -> dict[str, Any]:
        """``{held, reported, appeals}``, each oldest first; persons beside ids."""
        held = await store.held(connection, show_id, QUEUE)
        reports = await review_store.open_reports(connection, show_id, QUEUE)
        appeals = await review_store.open_appeals(connection, show_id, QUEUE)
        messages = await store.messages_by_id(connection, show_id, {report.message_id for report in reports})
        ids = {row.account_id for row in (*held, *messages.values())}
        ids |= {one for appeal in appeals for one in (appeal.account_id, appeal.sanctioned_by)}
        persons = await person_data(self._people, connection, ids)
        reported: dict[str, dict[str, Any]] = {}
        for report in reports:
            row = messages.get(report.message_id)
            if row is None or row.deleted:
                continue
            entry = reported.setdefault(
                report.message_id, {"message": row.said(persons.get(row.account_id)), "reports": 0, "reasons": []}
            )
            entry["reports"] += 1
            if report.reason and len(entry["reasons"]) < 5:
                entry["reasons"].append(report.reason)
        return {
            "held": [{"message": row.said(persons.get(row.account_id)), "why": row.held_for} for row in held],
            "reported": list(reported.values()),
            "appeals": [
                {
                    "appeal_id": appeal.appeal_id,
                    "account": persons.get(appeal.account_id),
                    "kind": appeal.kind,
                    "reason": appeal.reason,
                    "by": persons.get(appeal.sanctioned_by),
                    "text": appeal.text,
                    "created_at": appeal.created_at,
                }
                for appeal in appeals
            ],
        }

    async def standing(self, connection: Any, show_id: str, account_id: str, now: int) -> dict[str, Any]:
        """``{sanction, appeal}`` as their person sees them; appeal: {text, verdict, answer} or None."""
        sanction = told(in_force(await sanction_store.of(connection, show_id, account_id), now))
        if sanction is None:
            return {"sanction": None, "appeal": None}
        found = await review_store.appeal_against(connection, show_id, sanction)
        appeal = None
        if found is not None:
            appeal = {"text": found.text, "verdict": found.verdict, "answer": found.answer}
        return {"sanction": sanction.view(), "appeal": appeal}
