"""What each message of a client does and how it is answered: ``{re, ok}`` or ``{re, error}``."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import sqlalchemy.exc

from cart.errors import CartError
from chat.arrivals import Vote as OwnVote
from chat.errors import ChatError
from livestream.errors import LivestreamError, ShowNotFound
from livestream.fold import MESSAGES
from livestream.moments import Moment, acting, seen
from livestream.recording.captions import Cue
from web.live import frames, lines
from web.live.closing import CloseCode, Closing
from web.live.connection import Connection
from web.live.lines import line
from web.live.messages import (
    AnyMessage,
    Caption,
    ClosePoll,
    Delete,
    DeleteAll,
    Heart,
    ImposeSanction,
    Join,
    Lift,
    OpenPoll,
    Pin,
    Ping,
    PlaceBid,
    QuestionDone,
    Report,
    Say,
    SetRules,
    Settle,
    SettleAppeal,
    Undo,
    Unpin,
    Vote,
)
from web.live.permissions import Refused, authorize
from web.live.tail import KEPT

if TYPE_CHECKING:
    from web.live.audience import Audience
    from web.live.hub import Hub

logger = logging.getLogger(__name__)

T = TypeVar("T")
JOINS = 16  # joins that read the database at once: a storm of reconnects leaves room for purchases
SNAPSHOT_AGE = 200  # events: a snapshot this old plus the events since is cheaper than a new one
CHUNK = 64 * 1024  # bytes of missed events per frame, and how much may be unsent before the next
CATCH_UP = 20.0  # seconds in which a joining reader must have read what it missed


class Commands:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._joining = asyncio.Semaphore(JOINS)

    async def handle(self, connection: Connection, message: AnyMessage) -> dict[str, Any] | None:
        """The answer to one message; None: it has been answered. Raises: Closing."""
        try:
            authorize(message, connection.role, joined=connection.joined)
            moment = self._seen(connection, message)
            with acting(connection.show_id, moment):
                answer = await self._act(connection, message)
            return None if answer is None else {"re": message.id, "ok": answer}
        except (Refused, CartError, ChatError, LivestreamError) as error:
            return _error(message, error.code, error.message, getattr(error, "details", None))
        except (sqlalchemy.exc.SQLAlchemyError, OSError) as error:
            logger.error("the database does not answer: %s", error)
            return _error(message, "unavailable", "The shop is catching its breath. Please try again.", None)
        except Closing:
            raise
        except Exception:
            logger.exception("message %s failed", type(message).__name__)
            return _error(message, "internal", "Something broke on our side. Please try again.", None)

    def _seen(self, connection: Connection, message: AnyMessage) -> Moment | None:
        """What the sender had on the screen, if the message says so; it also tells how far behind this viewer is."""
        at: float | None = getattr(message, "at", None)
        if at is None:
            return None
        present = self._hub.services.engine.show_ms(connection.show_id)
        connection.lag.saw(at, present, asyncio.get_running_loop().time())
        return seen(at)

    async def _act(self, connection: Connection, message: AnyMessage) -> dict[str, Any] | None:
        chat, show_id, account_id = self._hub.services.chat, connection.show_id, connection.account_id or ""
        match message:
            case Join():
                try:
                    return await self._join(connection, message)
                except (sqlalchemy.exc.SQLAlchemyError, OSError) as error:
                    # A socket that has half joined is of no use: the client comes back a little later.
                    logger.error("the database does not answer: %s", error)
                    raise Closing(CloseCode.RESTARTING, "the show cannot be read now") from None
            case Ping():
                connection.via = message.via
                return {"now": _now(), "show_ms": self._hub.services.engine.show_ms(show_id)}
            case Say():
                said = await chat.say(
                    show_id, account_id, message.text, message.key,
                    reply_to=message.reply_to, question=message.question, announcement=message.announcement,
                )  # fmt: skip
                answer: dict[str, Any] = {"message_id": said.message_id, "offset": said.offset}
                return {**answer, "held": True} if said.held else answer
            case Heart():
                await self._hub.hearts(show_id, message.count, message.kind)
            case Report():
                await chat.reviewing.report(show_id, account_id, message.message_id, message.reason)
            case Caption():
                cue = Cue(round(message.starts_ms), round(message.ends_ms), message.text)
                await self._whole(self._hub.services.captions.add(show_id, account_id, message.language, [cue]))
            case PlaceBid():
                return await self._bid(connection, message)
            case Vote():
                await chat.vote(show_id, account_id, message.poll_id, message.choice)
            case _:
                return await self._whole(self._keep_order(show_id, account_id, message))
        return {}

    async def _keep_order(self, show_id: str, by: str, message: AnyMessage) -> dict[str, Any]:
        """Acts of host and moderators, and deleting one's own; each is told by the id with which it can be undone."""
        chat = self._hub.services.chat
        match message:
            case Delete():
                done = await chat.delete(show_id, by, message.message_id, message.reason)
            case DeleteAll():
                done = await chat.moderation.delete_all(show_id, by, message.account_id, message.reason)
            case ImposeSanction():
                done = await chat.sanction(
                    show_id, by, message.account_id, message.kind, message.seconds, message.reason, message.scope
                )
            case Lift():
                done = await chat.lift(show_id, by, message.account_id)
            case Undo():
                done = await chat.undoing.undo(show_id, by, message.act_id)
            case Settle():
                done = await chat.reviewing.settle(show_id, by, message.message_id, message.approve, message.reason)
            case SettleAppeal():
                done = await chat.reviewing.settle_appeal(show_id, by, message.appeal_id, message.lift, message.answer)
            case Pin():
                done = await chat.steering.pin(show_id, by, message.message_id)
            case Unpin():
                done = await chat.steering.unpin(show_id, by)
            case QuestionDone():
                done = await chat.steering.question_done(show_id, by, message.message_id)
            case SetRules():
                rules = await chat.steering.set_rules(show_id, by, message.rules, message.reason)
                return {"rules": msgspec.to_builtins(rules)}
            case OpenPoll():
                opened = await chat.steering.open_poll(show_id, by, message.question, message.options, message.seconds)
                return {"poll_id": opened}
            case ClosePoll():
                return {"counts": await chat.steering.close_poll(show_id, by, message.poll_id)}
            case _:
                raise TypeError(f"no act for {type(message).__name__}")
        answer: dict[str, Any] = {} if done.sanction is None else done.sanction.view()
        return {**answer, "act_id": done.act_id} if done.act_id is not None else answer

    async def _bid(self, connection: Connection, message: PlaceBid) -> dict[str, Any]:
        """A bid that has arrived is finished even when its socket closes meanwhile."""
        bid = self._hub.services.cart.auctions.bid(
            message.auction_id,
            connection.account_id or "",
            message.amount,
            message.key,
            maximum=message.maximum,
            seen=message.seen,
            received=connection.heard,
            lag_ms=connection.round_trip.one_way_ms(),
            show_id=connection.show_id,
        )
        return dict(msgspec.to_builtins(await self._whole(bid)))

    async def _whole(self, act: Awaitable[T]) -> T:
        """An act of moderation is finished and published even when the moderator's socket closes meanwhile."""

        async def run() -> T:
            return await act

        return await asyncio.shield(self._hub.act(run()))

    # -- joining

    async def _join(self, connection: Connection, join: Join) -> dict[str, Any] | None:
        if connection.joined:
            raise Refused("already_joined", "This socket has joined already.")
        try:
            audience = await self._hub.audience(connection.show_id)
        except ShowNotFound:
            raise Closing(CloseCode.NO_SUCH_SHOW, "there is no such show") from None
        vote = await self._learn_person(connection)
        async with self._joining:
            start = await self._resume_from(audience, join)
            snapshot = None
            if start is None:
                start, snapshot = await self._snapshot(audience, join.behind)
                if connection.in_shadow:
                    snapshot = await self._with_own_words(connection, snapshot)
        ok: dict[str, Any] = {
            "epoch": audience.epoch,
            "you": connection.you,
            "now": _now(),
            "show_ms": self._hub.services.engine.show_ms(connection.show_id),
            "head": audience.tail.head,
        }
        if vote is not None:
            ok["vote"] = msgspec.to_builtins(vote)
        if snapshot is not None:
            ok["snapshot"] = snapshot
        connection.send({"re": join.id, "ok": ok})
        connection.joined = True
        connection.position = start
        await self._catch_up(connection, audience)
        return None

    async def _learn_person(self, connection: Connection) -> OwnVote | None:
        """Read who this is in the show; again when an event changed it while it was read. What they answered in its poll."""
        account_id, chat = connection.account_id, self._hub.services.chat
        if account_id is None:
            return None
        while True:
            changes, connection.learned = connection.changes, False
            found = await chat.arrivals.of(connection.show_id, account_id)
            if changes == connection.changes:
                break
        sanction, connection.in_shadow = found.sanction, found.in_shadow
        if sanction is not None and sanction.kind == "ban":
            raise Closing(CloseCode.BANNED, sanction.reason or "you are banned from this show")
        connection.you = {
            "account": found.person,
            "role": found.role,
            "sanction": None if sanction is None else sanction.view(),
        }
        connection.learned = True
        return found.vote

    async def _resume_from(self, audience: Audience, join: Join) -> int | None:
        """The offset to go on from; None: a snapshot is needed."""
        if join.offset is None or join.epoch != audience.epoch:
            return None
        if join.offset > audience.tail.head:  # seen on another server, whose message has not reached this one yet
            await audience.catch_up()
        if join.offset > audience.tail.head or audience.tail.head - join.offset > KEPT:
            return None
        return join.offset

    async def _snapshot(self, audience: Audience, behind: int) -> tuple[int, msgspec.Raw]:
        """(offset, packed snapshot), shared by everybody who joins at about the same time."""
        rooms, show_id = self._hub.services.rooms, audience.show_id
        async with audience.snapshot_lock:
            if behind:
                past = await rooms.past(show_id)
                if audience.past is None or audience.past[0] != past["offset"]:
                    audience.past = (past["offset"], msgspec.Raw(msgspec.msgpack.encode(past)))
                return audience.past
            kept, tail = audience.snapshot, audience.tail
            if kept is None or kept[0] < tail.floor or tail.head - kept[0] > SNAPSHOT_AGE:
                fresh = await rooms.snapshot(show_id)
                kept = audience.snapshot = (fresh["offset"], msgspec.Raw(msgspec.msgpack.encode(fresh)))
            return kept

    async def _with_own_words(self, connection: Connection, snapshot: msgspec.Raw) -> msgspec.Raw:
        """Who is in the shadow finds their own words where they said them."""
        content = msgspec.msgpack.decode(snapshot)
        own = await self._hub.services.chat.words_in_shadow(connection.show_id, connection.account_id or "")
        said = [*content["messages"], *(one for one in own if one["offset"] <= content["offset"])]
        content["messages"] = sorted(said, key=lambda one: int(one["offset"]))[-MESSAGES:]
        return msgspec.Raw(msgspec.msgpack.encode(content))

    async def _catch_up(self, connection: Connection, audience: Audience) -> None:
        """Send what was missed in pieces that the reader can take, then let it be one of the audience."""
        while True:
            if not await connection.drained(CHUNK, CATCH_UP):
                raise Closing(CloseCode.SLOW_READER, "you are reading too slowly")
            packed = audience.tail.after(connection.position, CHUNK)
            if packed is None:
                events = await self._hub.services.timeline.read(connection.show_id, connection.position, KEPT)
                packed = [line(event) for event in events]
            if not packed:
                break
            connection.position += len(packed)
            connection.write(frames.events(lines.packed(packed, connection.account_id, moderates=connection.moderates)))
        if audience.closed:  # nobody was in it for so long that it was given up meanwhile
            raise Closing(CloseCode.SLOW_READER, "please join again")
        # No await from the look at the tail to here: nothing can have fallen between.
        audience.members.add(connection)
        connection.write(audience.room_frame())
        connection.ping(asyncio.get_running_loop().time())  # whoever bids soon has a measured way by then


def _now() -> int:
    return time.time_ns() // 1_000_000


def _error(message: AnyMessage, code: str, text: str, details: dict[str, Any] | None) -> dict[str, Any]:
    error: dict[str, Any] = {"code": code, "message": text}
    if details:
        error["details"] = details
    return {"re": message.id, "error": error}
