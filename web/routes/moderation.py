"""What moderators look at: what waits for them, who somebody is here, what was done. Acting goes by the live channel, and an
appeal by HTTP, because whoever is banned has no channel."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from chat.house_rules import HouseRules
from web.access import Access
from web.errors import BadRequest
from web.routes.chat import SaidView
from web.routing import Call, Route

AUDIT = 100  # acts per page
MAX_TIME = 2**53 - 1
MAX_DIGITS = 16
MOST_KINDS = 20  # of acts in a question


class HeldView(msgspec.Struct):
    message: SaidView
    why: str | None  # link, word or chorus


class ReportedView(msgspec.Struct):
    message: SaidView
    reports: int
    reasons: list[str]


class AppealView(msgspec.Struct):
    appeal_id: str
    account: Any  # Person
    kind: str
    reason: str
    by: Any  # Person
    text: str
    created_at: int


class Review(msgspec.Struct):
    held: list[HeldView]
    reported: list[ReportedView]
    appeals: list[AppealView]


class ActView(msgspec.Struct):
    act_id: str
    time: int
    act: str
    by: Any  # Person; null: the server
    account: Any
    message_id: str | None
    text: str | None  # of that message, also when it is deleted
    messages: int  # deleted by this act
    until: int | None  # of the sanction
    scope: str | None
    undid: str | None  # the act that an undo took back
    reason: str
    undone_at: int | None
    undone_by: Any
    undoable: bool


class Audit(msgspec.Struct):
    items: list[ActView]
    next: str | None  # the ``before`` of the page of older ones


class PersonCard(msgspec.Struct):
    account: Any  # Person
    role: str | None
    sanction: dict[str, Any] | None
    messages: int
    deleted: int
    orders: bool  # whether they have bought from the host; nothing about what
    follows: bool
    since: int | None  # when the account was made
    said: list[SaidView]  # the newest, oldest first
    acts: list[ActView]


class Standing(msgspec.Struct):
    sanction: dict[str, Any] | None
    appeal: dict[str, Any] | None  # {text, verdict, answer}


class AppealText(msgspec.Struct, forbid_unknown_fields=True):
    text: Annotated[str, Meta(max_length=2_000)]


class Appealed(msgspec.Struct):
    appeal_id: str


async def review(call: Call[None]) -> Review:
    """Held and reported messages and appeals that nobody has settled, the oldest first."""
    return msgspec.convert(await call.services.chat.review(call.path["show_id"]), Review, from_attributes=True)


async def audit(call: Call[None]) -> Audit:
    """Every act of order in this show, newest first: who, when, what, to whom, why, and whether it was undone.

    ``account_id``: only what was done to this person; ``by``: only what this one did; ``act``: only these, comma-separated.
    """
    if not all(value.isprintable() for value in call.query.values()):
        raise BadRequest("Names and cursors are printable characters.")
    kinds = [kind for kind in call.query.get("act", "").split(",") if kind][:MOST_KINDS]
    items = await call.services.chat.audit(
        call.path["show_id"], _place(call.query.get("before")), AUDIT,
        account_id=call.query.get("account_id"), by=call.query.get("by"), kinds=kinds,
    )  # fmt: skip
    last = items[-1] if len(items) == AUDIT else None
    return Audit([ActView(**item) for item in items], None if last is None else f"{last['time']}.{last['act_id']}")


def _place(before: str | None) -> tuple[int, str] | None:
    """``time.act_id`` of an earlier answer."""
    if before is None:
        return None
    time, _, act_id = before.partition(".")
    if not time.isascii() or not time.isdigit() or int(time[:MAX_DIGITS]) > MAX_TIME:
        raise BadRequest("before is the next of an earlier answer.")
    return int(time[:MAX_DIGITS]), act_id[:64]


async def person(call: Call[None]) -> PersonCard:
    """Somebody as moderators of this show see them."""
    chat, show_id, account_id = call.services.chat, call.path["show_id"], call.path["account_id"]
    card = await chat.person(show_id, account_id)
    said = await chat.history(show_id, None, 50, reader=call.account_id, account_id=account_id)
    acts = await chat.audit(show_id, None, 20, account_id=account_id)
    return PersonCard(**card, said=[SaidView(**item) for item in said], acts=[ActView(**item) for item in acts])


async def rules(call: Call[None]) -> HouseRules:
    """All rules of this show's chat, the blocked words too."""
    return await call.services.chat.rules(call.path["show_id"])


async def standing(call: Call[None]) -> Standing:
    """Whether one is under a sanction here, and what became of an appeal against it."""
    return Standing(**await call.services.chat.standing(call.path["show_id"], call.account_id))


async def appeal(call: Call[AppealText]) -> Appealed:
    """Ask for another look at a sanction; once per sanction."""
    return Appealed(await call.services.chat.reviewing.appeal(call.path["show_id"], call.account_id, call.body.text))


ONE = "/api/shows/{show_id}"
MODERATOR = Access.SHOW_MODERATOR
ROUTES = (
    Route("GET", ONE + "/review", review, MODERATOR, returns=Review),
    Route("GET", ONE + "/audit", audit, MODERATOR, returns=Audit),
    Route("GET", ONE + "/people/{account_id}", person, MODERATOR, returns=PersonCard),
    Route("GET", ONE + "/rules", rules, MODERATOR, returns=HouseRules),
    Route("GET", ONE + "/standing", standing, Access.SIGNED_IN, returns=Standing),
    Route("POST", ONE + "/appeal", appeal, Access.SIGNED_IN, body=AppealText, returns=Appealed, status=201),
)
