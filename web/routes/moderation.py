"""What moderators look at: what waits for them, who somebody is here, what was done. Acting goes by the live channel, and an
appeal by HTTP, because whoever is banned has no channel."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from chat.house_rules import HouseRules
from web.access import Access
from web.routes.chat import SaidView
from web.routing import Call, Route

AUDIT = 100  # acts per page
MAX_TIME = 2**53 - 1


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
    reason: str
    undone_at: int | None
    undone_by: Any


class Audit(msgspec.Struct):
    items: list[ActView]
    next: int | None  # the ``before`` of the page of older ones


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
    """Every act of order in this show, newest first: who, when, what, to whom, why, and whether it was undone."""
    before = call.query_int("before", None, 1, MAX_TIME)
    items = await call.services.chat.audit(call.path["show_id"], before, AUDIT, call.query.get("account_id"))
    return Audit([ActView(**item) for item in items], items[-1]["time"] if len(items) == AUDIT else None)


async def person(call: Call[None]) -> PersonCard:
    """Somebody as moderators of this show see them."""
    chat, show_id, account_id = call.services.chat, call.path["show_id"], call.path["account_id"]
    card = await chat.person(show_id, account_id)
    said = await chat.history(show_id, None, 50, reader=call.account_id, account_id=account_id)
    acts = await chat.audit(show_id, None, 20, account_id)
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
