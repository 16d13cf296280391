"""Order in a show's chat: rules, review, reports, appeals, the shadow, undo and the audit, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from chat.errors import (
    AppealRefused,
    BlockedWord,
    ChatError,
    HouseRule,
    InvalidPoll,
    InvalidReport,
    InvalidRules,
    NotAllowed,
    NothingToSettle,
    PollClosed,
    Repeated,
    Sanctioned,
    TooFast,
)
from chat.moderation import Done
from chat.service import Chat
from chat.tables import acts, appeals
from livestream.database_time import read_now_ms
from livestream.fold import Room
from livestream.tables import moderators
from tests.chat.conftest import EverybodyButGhosts, Scene


class Circles:
    """ana follows, ben has bought, cleo sells what is featured, and whoever is called new was made just now."""

    async def by_handle(self, connection: AsyncConnection, handles: Collection[str], /) -> Mapping[str, str]:
        return {handle: handle for handle in handles if handle != "nobody"}

    async def accounts_since(self, connection: AsyncConnection, ids: Collection[str], /) -> Mapping[str, int]:
        now = await read_now_ms(connection)
        return {one: now - 1_000 if one.startswith("new") else 0 for one in ids}

    async def followers(self, connection: AsyncConnection, host_id: str, ids: Collection[str], /) -> Collection[str]:
        return {"ana"} & set(ids)

    async def buyers(self, connection: AsyncConnection, host_id: str, ids: Collection[str], /) -> Collection[str]:
        return {"ben"} & set(ids)

    async def featured_sellers(
        self, connection: AsyncConnection, show_ids: Collection[str], /
    ) -> Mapping[str, Collection[str]]:
        return {show_id: {"cleo"} for show_id in show_ids}


@pytest.fixture
async def chat(scene: Scene) -> Any:
    chat = Chat(scene.timeline, scene.database, EverybodyButGhosts(), circles=Circles(), clock=lambda: scene.clock[0])
    await chat.start()
    yield chat
    await chat.stop()


async def last(scene: Scene, kind: str) -> dict[str, Any]:
    return [event.data for event in await scene.events() if event.kind == kind][-1]


async def texts(chat: Chat, reader: str | None = None, words: str = "") -> list[str]:
    return [item["data"]["text"] for item in await chat.history("show", None, reader=reader, words=words)]


async def folded(scene: Scene) -> dict[str, Any]:
    room = Room()
    for event in await scene.events():
        room.apply(event)
    return room.snapshot()


# -- talking


async def test_what_a_line_carries_beside_its_text(scene: Scene, chat: Chat) -> None:
    first = await chat.say("show", "ana", "is it true to size?", "a", question=True)
    await chat.say("show", "cleo", "yes @Ana and @nobody", "b", reply_to=first.message_id)
    data = await last(scene, "said")
    assert data["role"] == "seller"
    assert data["mentions"] == [{"id": "ana", "handle": "ana"}]
    assert data["reply"] == {"message_id": first.message_id, "account_id": "ana"}
    await chat.say("show", "mod", "free shipping: https://shop.example/x", "c", announcement=True)
    data = await last(scene, "said")
    assert (data["announcement"], data["links"]) == (True, True)
    with pytest.raises(NotAllowed):
        await chat.say("show", "ana", "hear me", "d", announcement=True)
    assert [one["data"]["text"] for one in (await folded(scene))["questions"]] == ["is it true to size?"]
    await chat.steering.question_done("show", "host", first.message_id)
    assert (await folded(scene))["questions"] == []


async def test_a_pin_goes_with_its_message(scene: Scene, chat: Chat) -> None:
    said = await chat.say("show", "ana", "free shipping over 50", "k")
    with pytest.raises(NotAllowed):
        await chat.steering.pin("show", "ana", said.message_id)
    await chat.steering.pin("show", "mod", said.message_id)
    assert (await folded(scene))["pinned"]["data"]["text"] == "free shipping over 50"
    await chat.delete("show", "mod", said.message_id)
    assert (await folded(scene))["pinned"] is None
    assert not any("free shipping" in str(event.data) for event in await scene.events())


async def test_polls(scene: Scene, chat: Chat) -> None:
    with pytest.raises(InvalidPoll):
        await chat.steering.open_poll("show", "host", "Which?", ["coat"], None)
    with pytest.raises(NotAllowed):
        await chat.steering.open_poll("show", "ana", "Which?", ["coat", "hat"], None)
    poll = await chat.steering.open_poll("show", "mod", "Which?", ["coat", "hat"], None)
    await chat.sanction("show", "mod", "eve", "mute", None, "")
    answers = await asyncio.gather(
        *(chat.vote("show", who, poll, choice) for who, choice in (("ana", 0), ("ben", 1), ("eve", 1), ("cy", 9))),
        return_exceptions=True,
    )
    assert [type(answer) for answer in answers] == [type(None), type(None), Sanctioned, InvalidPoll]
    await chat.vote("show", "ana", poll, 1)  # the newest choice counts
    assert await answered(chat, "ana", "ben", "mod", "cy") == [(1, [0, 2]), (1, [0, 2]), (None, [0, 2]), None]
    assert await chat.steering.close_poll("show", "mod", poll) == [0, 2]
    with pytest.raises(PollClosed):
        await chat.vote("show", "ana", poll, 0)
    assert (await folded(scene))["poll"]["counts"] == [0, 2]
    assert await answered(chat, "ana", "cy") == [(1, [0, 2]), None]
    await chat.steering.open_poll("show", "mod", "And next?", ["coat", "hat"], None)
    assert await answered(chat, "ana", "mod") == [None, (None, [0, 0])]


async def answered(chat: Chat, *people: str) -> list[tuple[int | None, list[int]] | None]:
    """What each finds of the last poll on coming in again."""
    votes = [arrival.vote for arrival in await asyncio.gather(*(chat.arrivals.of("show", one) for one in people))]
    return [None if vote is None else (vote.choice, vote.counts) for vote in votes]


# -- rules: who may say what, by table

Say = Callable[[Chat, str], Awaitable[Any]]
RULES: dict[str, tuple[dict[str, Any], str, dict[str, bool]]] = {
    # what is set, what is said, who may
    "everybody": ({}, "hello", {"host": True, "mod": True, "cleo": True, "ana": True, "ben": True, "newt": True}),
    "followers": ({"who": "followers"}, "hi", {"host": True, "cleo": True, "ana": True, "ben": True, "eve": False}),
    "buyers": ({"who": "buyers"}, "hi", {"mod": True, "cleo": True, "ana": False, "ben": True}),
    "emoji": ({"emoji_only": True}, "hi", {"host": True, "mod": True, "cleo": False, "ana": False}),
    "emoji said": ({"emoji_only": True}, "🔥👗", {"ana": True, "cleo": True}),
    "shield": ({"shield_minutes": 10}, "hi", {"newt": False, "ana": True, "mod": True}),
    "no links": ({"links": "nobody"}, "see example.com", {"ana": False, "cleo": True, "mod": True}),
    "links": ({"links": "everybody"}, "see example.com", {"ana": True}),
    "word": ({"blocked_words": ["scam"], "blocked": "refuse"}, "ѕсаm!", {"ana": False, "cleo": False, "mod": True}),
}


@pytest.mark.parametrize("name", RULES)
async def test_rules(scene: Scene, chat: Chat, name: str) -> None:
    change, text, allowed = RULES[name]
    await chat.steering.set_rules("show", "host", change)
    for who, may in allowed.items():
        if may:
            assert not (await chat.say("show", who, text, "k")).held
        else:
            with pytest.raises((HouseRule, BlockedWord)):
                await chat.say("show", who, text, "k")


async def test_slow_mode(scene: Scene, chat: Chat) -> None:
    await chat.steering.set_rules("show", "mod", {"slow_seconds": 60})
    await chat.say("show", "ana", "one", "a")
    with pytest.raises(TooFast, match="Slow"):
        await chat.say("show", "ana", "two", "b")
    assert await chat.say("show", "ana", "one", "a")  # a resend is no second message
    for who in ("host", "mod", "cleo"):
        await chat.say("show", who, "one", "a")
        await chat.say("show", who, "two", "b")


async def test_rules_are_checked_and_the_lasting_part_goes_on_to_the_next_show(scene: Scene, chat: Chat) -> None:
    for wrong in (
        {"slow_seconds": -1},
        {"who": "friends"},
        {"nothing": 1},
        {"blocked_words": ["x" * 61]},
        {"links": 3},
    ):
        with pytest.raises(InvalidRules):
            await chat.steering.set_rules("show", "host", wrong)
    with pytest.raises(NotAllowed):
        await chat.steering.set_rules("show", "ana", {"slow_seconds": 5})
    await chat.steering.set_rules(
        "show", "host", {"slow_seconds": 5, "blocked_words": [" scam ", "scam"], "blocked": "refuse"}
    )
    assert "blocked_words" not in (await last(scene, "rules_changed"))["rules"]
    assert (await folded(scene))["rules"]["slow_seconds"] == 5
    await scene.add_show("next", "host")
    with pytest.raises(BlockedWord):
        await chat.say("next", "ana", "scam", "k")
    rules = await chat.rules("next")
    assert (rules.slow_seconds, rules.blocked_words) == (0, ("scam",))


# -- repeats and raids


async def test_repeats(scene: Scene, chat: Chat) -> None:
    await chat.say("show", "ana", "come to my little shop", "a")
    with pytest.raises(Repeated):
        await chat.say("show", "ana", "COME  to my little shop!!", "b")
    scene.clock[0] += 31
    await chat.say("show", "ana", "come to my little shop", "c")
    for number in range(3):
        await chat.say("show", f"bot{number}", "come to my little shop", "k")
    assert (await chat.say("show", "bot9", "come to my little shop", "k")).held
    for number in range(9):
        assert not (await chat.say("show", f"fan{number}", "sold!", "k")).held  # a happy room is no chorus


async def test_a_raid_raises_the_shield_and_a_moderator_takes_it_down(scene: Scene, chat: Chat) -> None:
    for number in range(12):
        await chat.say("show", f"new{number}", f"hello {number}", "k")
    with pytest.raises(HouseRule, match="New accounts"):
        await chat.say("show", "newest", "hello", "k")
    act = (await chat.audit("show", None, 10))[0]
    assert (act["act"], act["by"], act["reason"]) == ("rules", None, "Many new accounts talk at once.")
    await chat.undoing.undo("show", "mod", act["act_id"])
    await chat.say("show", "newest", "hello", "k")


# -- review and reports


async def test_held_messages(scene: Scene, chat: Chat) -> None:
    said = await chat.say("show", "ana", "look: example.com", "k")
    assert said.held
    assert await chat.say("show", "ana", "look: example.com", "k") == said
    assert await texts(chat) == await texts(chat, "ana") == []
    queue = await chat.review("show")
    assert [(one["message"]["data"]["text"], one["why"]) for one in queue["held"]] == [("look: example.com", "link")]
    with pytest.raises(NotAllowed):
        await chat.reviewing.settle("show", "ana", said.message_id, True)
    await chat.reviewing.settle("show", "mod", said.message_id, True)
    assert await texts(chat) == ["look: example.com"]
    with pytest.raises(NothingToSettle):
        await chat.reviewing.settle("show", "mod2", said.message_id, False)


async def test_rejected_and_back_in_the_queue(scene: Scene, chat: Chat) -> None:
    said = await chat.say("show", "ana", "example.com", "k")
    done = await chat.reviewing.settle("show", "mod", said.message_id, False)
    assert (await chat.review("show"))["held"] == []
    await chat.undoing.undo("show", "host", str(done.act_id))
    assert len((await chat.review("show"))["held"]) == 1
    assert await texts(chat) == []


async def test_reports(scene: Scene, chat: Chat) -> None:
    rude = await chat.say("show", "ana", "rude", "k")
    with pytest.raises(InvalidReport):
        await chat.reviewing.report("show", "ana", rude.message_id, "")
    for who in ("ben", "cy", "ben"):
        await chat.reviewing.report("show", who, rude.message_id, "unkind")
    assert [one["reports"] for one in (await chat.review("show"))["reported"]] == [2]
    await chat.reviewing.settle("show", "mod", rude.message_id, True)
    assert (await chat.review("show"))["reported"] == []
    await chat.reviewing.report("show", "dee", rude.message_id, "")
    done = await chat.reviewing.settle("show", "mod", rude.message_id, False)
    assert await texts(chat) == []
    await chat.undoing.undo("show", "mod", str(done.act_id))
    assert await texts(chat) == ["rude"]


async def test_appeals(scene: Scene, chat: Chat) -> None:
    with pytest.raises(AppealRefused):
        await chat.reviewing.appeal("show", "ana", "I did nothing")
    await chat.sanction("show", "mod", "ana", "ban", None, "ads")
    appeal = await chat.reviewing.appeal("show", "ana", "It was my sister.")
    with pytest.raises(AppealRefused):
        await chat.reviewing.appeal("show", "ana", "Really.")
    with pytest.raises(NotAllowed, match="Somebody else"):
        await chat.reviewing.settle_appeal("show", "mod", appeal, True, "")
    await chat.reviewing.settle_appeal("show", "mod2", appeal, False, "Two warnings before.")
    standing = await chat.standing("show", "ana")
    assert standing["appeal"] == {"text": "It was my sister.", "verdict": "kept", "answer": "Two warnings before."}
    with pytest.raises(NothingToSettle):
        await chat.reviewing.settle_appeal("show", "host", appeal, True, "")
    await chat.sanction("show", "mod", "ben", "mute", None, "")
    other = await chat.reviewing.appeal("show", "ben", "Sorry.")
    await chat.reviewing.settle_appeal("show", "host", other, True, "")
    assert await chat.sanction_of("show", "ben") is None
    async with scene.database.reading() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(appeals)) == 2


# -- the shadow


async def test_the_shadow(scene: Scene, chat: Chat) -> None:
    with pytest.raises(NotAllowed):
        await chat.sanction("show", "host", "mod", "shadow", None, "")
    await chat.sanction("show", "mod", "ana", "shadow", None, "spam")
    assert await chat.sanction_of("show", "ana") is None  # nobody tells her
    assert await chat.standing("show", "ana") == {"sanction": None, "appeal": None}
    said = await chat.say("show", "ana", "buy my coat", "k")
    assert not said.held
    assert await texts(chat) == await texts(chat, "ben") == []
    assert await texts(chat, "ana") == await texts(chat, "mod") == ["buy my coat"]
    assert (await folded(scene))["messages"] == []
    assert [one["data"]["text"] for one in await chat.words_in_shadow("show", "ana")] == ["buy my coat"]
    await chat.lift("show", "mod", "ana")
    await chat.say("show", "ana", "hello", "k2")
    assert await texts(chat, "ben") == ["hello"]


# -- closet-wide


async def test_a_ban_from_all_shows_of_a_host(scene: Scene, chat: Chat) -> None:
    await scene.add_show("tomorrow", "host", "scheduled", "mod")
    await scene.add_show("elsewhere", "somebody", "live")
    with pytest.raises(NotAllowed):
        await chat.sanction("show", "mod", "ana", "ban", None, "", "closet")
    await chat.sanction("show", "host", "ana", "ban", None, "fraud", "closet")
    for show_id in ("show", "tomorrow"):
        with pytest.raises(Sanctioned):
            await chat.say(show_id, "ana", "hello", "k")
        assert "sanctioned" in await scene.kinds(show_id)
        async with scene.database.reading() as connection:
            assert not await chat.may_buy(connection, show_id, "ana")
    await scene.add_show("later", "host", "live")
    with pytest.raises(Sanctioned):
        await chat.say("later", "ana", "hello", "k")
    await chat.say("elsewhere", "ana", "hello", "k")
    with pytest.raises(NotAllowed):
        await chat.lift("tomorrow", "mod", "ana")
    await chat.lift("tomorrow", "host", "ana")
    await chat.say("show", "ana", "hello", "k")


# -- undo and audit: every act

Do = Callable[[Chat, str], Awaitable[Any]]
UNDONE: dict[str, Do] = {
    "delete": lambda chat, message_id: chat.delete("show", "mod", message_id, "rude"),
    "delete_all": lambda chat, _: chat.moderation.delete_all("show", "mod", "ana", "rude"),
    "mute": lambda chat, _: chat.sanction("show", "mod", "ana", "mute", None, "rude"),
    "timeout": lambda chat, _: chat.sanction("show", "mod", "ana", "timeout", 60, "rude"),
    "ban": lambda chat, _: chat.sanction("show", "mod", "ana", "ban", None, "rude"),
    "shadow": lambda chat, _: chat.sanction("show", "mod", "ana", "shadow", None, "rude"),
}


@pytest.mark.parametrize("act", UNDONE)
async def test_undo(scene: Scene, chat: Chat, act: str) -> None:
    said = await chat.say("show", "ana", "words", "k")
    before = await folded(scene)
    done = await UNDONE[act](chat, said.message_id)
    with pytest.raises(NotAllowed):
        await chat.undoing.undo("show", "ben", done.act_id)
    await chat.undoing.undo("show", "mod2", done.act_id)
    assert await texts(chat) == ["words"]
    assert (await folded(scene))["messages"] == before["messages"]
    arrival = await chat.arrivals.of("show", "ana")
    assert (arrival.sanction, arrival.in_shadow) == (None, False)
    with pytest.raises(NothingToSettle):
        await chat.undoing.undo("show", "mod", done.act_id)
    audit = {one["act"]: one for one in await chat.audit("show", None, 10)}
    assert audit[act]["by"]["id"] == "mod"
    assert audit[act]["reason"] == "rude"
    assert audit[act]["undone_by"]["id"] == "mod2"
    assert audit["undo"]["account"]["id"] == "ana"


async def undo(chat: Chat, by: str, done: Done) -> None:
    await chat.undoing.undo("show", by, done.act_id or "")


async def test_an_approval_is_taken_back_and_waits_again(scene: Scene, chat: Chat) -> None:
    said = await chat.say("show", "ana", "look: example.com", "k")
    approved = await chat.reviewing.settle("show", "mod", said.message_id, True)
    assert await texts(chat) == ["look: example.com"]
    await undo(chat, "mod2", approved)
    assert await texts(chat) == []
    assert (await folded(scene))["messages"] == []
    assert "example.com" not in str([event.data for event in await scene.events() if event.kind == "said"])
    assert [one["why"] for one in (await chat.review("show"))["held"]] == ["link"]
    with pytest.raises(NothingToSettle):
        await undo(chat, "mod", approved)
    again = await chat.reviewing.settle("show", "mod", said.message_id, True)
    assert await texts(chat) == ["look: example.com"]
    assert [one["data"]["text"] for one in (await folded(scene))["messages"]] == ["look: example.com"]
    await chat.delete("show", "mod", said.message_id)
    with pytest.raises(NothingToSettle):
        await undo(chat, "mod", again)


async def test_reports_that_were_set_aside_are_open_again(scene: Scene, chat: Chat) -> None:
    said = await chat.say("show", "ana", "words", "k")
    await chat.reviewing.report("show", "ben", said.message_id, "rude")
    done = await chat.reviewing.settle("show", "mod", said.message_id, True)
    assert (await chat.review("show"))["reported"] == []
    await undo(chat, "mod", done)
    assert [one["reasons"] for one in (await chat.review("show"))["reported"]] == [["rude"]]
    assert await texts(chat) == ["words"]


async def test_undoing_pins_and_questions(scene: Scene, chat: Chat) -> None:
    first, second = [(await chat.say("show", "ana", text, text)).message_id for text in ("one", "two")]

    async def pinned() -> str | None:
        snapshot = await folded(scene)
        return None if snapshot["pinned"] is None else str(snapshot["pinned"]["data"]["text"])

    one, two = await chat.steering.pin("show", "mod", first), await chat.steering.pin("show", "mod", second)
    with pytest.raises(NothingToSettle):  # not what is above the chat now
        await undo(chat, "mod", one)
    await undo(chat, "mod", two)
    assert await pinned() == "one"
    down = await chat.steering.unpin("show", "mod")
    await undo(chat, "host", down)
    assert await pinned() == "one"
    await undo(chat, "mod", one)
    assert await pinned() is None

    asked = await chat.say("show", "ben", "is it wool?", "q", question=True)
    done = await chat.steering.question_done("show", "host", asked.message_id)
    assert (await folded(scene))["questions"] == []
    await undo(chat, "mod", done)
    snapshot = await folded(scene)
    assert [one["data"]["text"] for one in snapshot["questions"]] == ["is it wool?"]
    assert len(snapshot["messages"]) == 3
    await chat.steering.question_done("show", "host", asked.message_id)
    assert (await folded(scene))["questions"] == []


async def test_the_audit_in_pages_and_filtered(scene: Scene, chat: Chat) -> None:
    said = await chat.say("show", "ana", "words", "k")
    await chat.sanction("show", "mod", "ana", "timeout", 60, "rude")
    await chat.lift("show", "host", "ana")
    gone = await chat.delete("show", "mod", said.message_id, "ads")
    await undo(chat, "host", gone)
    async with scene.database.writing() as connection:  # all in one millisecond: no page may lose one of them
        await connection.execute(sa.update(acts).values(time=1))
    found: list[dict[str, Any]] = []
    while page := await chat.audit("show", (found[-1]["time"], found[-1]["act_id"]) if found else None, 1):
        found += page
    assert sorted(one["act"] for one in found) == ["delete", "lift", "timeout", "undo"]
    by_act = {one["act"]: one for one in found}
    assert (by_act["delete"]["text"], by_act["delete"]["undoable"], by_act["delete"]["messages"]) == ("words", False, 1)
    assert by_act["timeout"]["undoable"]
    assert by_act["timeout"]["until"] is not None
    assert by_act["undo"]["undid"] == "delete"
    assert {one["act"] for one in await chat.audit("show", None, 9, by="mod")} == {"timeout", "delete"}
    assert {one["act"] for one in await chat.audit("show", None, 9, kinds=["lift", "undo"])} == {"lift", "undo"}


# -- everything that host and moderators do, by everybody

ACTS: dict[str, Callable[[Chat, str, dict[str, str]], Awaitable[Any]]] = {
    "delete": lambda chat, by, ids: chat.delete("show", by, ids["said"]),
    "delete_all": lambda chat, by, ids: chat.moderation.delete_all("show", by, "ana"),
    "mute": lambda chat, by, ids: chat.sanction("show", by, "ana", "mute", None, ""),
    "timeout": lambda chat, by, ids: chat.sanction("show", by, "ana", "timeout", 60, ""),
    "ban": lambda chat, by, ids: chat.sanction("show", by, "ana", "ban", None, ""),
    "shadow": lambda chat, by, ids: chat.sanction("show", by, "ana", "shadow", None, ""),
    "closet_ban": lambda chat, by, ids: chat.sanction("show", by, "ana", "ban", None, "", "closet"),
    "lift": lambda chat, by, ids: chat.lift("show", by, "cem"),
    "approve": lambda chat, by, ids: chat.reviewing.settle("show", by, ids["held"], True),
    "reject": lambda chat, by, ids: chat.reviewing.settle("show", by, ids["held"], False),
    "settle_appeal": lambda chat, by, ids: chat.reviewing.settle_appeal("show", by, ids["appeal"], True, ""),
    "rules": lambda chat, by, ids: chat.steering.set_rules("show", by, {"slow_seconds": 5}),
    "pin": lambda chat, by, ids: chat.steering.pin("show", by, ids["said"]),
    "unpin": lambda chat, by, ids: chat.steering.unpin("show", by),
    "question_done": lambda chat, by, ids: chat.steering.question_done("show", by, ids["question"]),
    "open_poll": lambda chat, by, ids: chat.steering.open_poll("show", by, "Which?", ["red", "blue"], None),
    "close_poll": lambda chat, by, ids: chat.steering.close_poll("show", by, ids["poll"]),
    "announce": lambda chat, by, ids: chat.say("show", by, "listen", f"a-{by}", announcement=True),
    "undo": lambda chat, by, ids: chat.undoing.undo("show", by, ids["act"]),
}
ROLES = {"host": True, "mod": True, "cleo": False, "ben": False, "lost": False, "muted": False, "elsewhere": False}


@pytest.mark.parametrize("any_database_url", ["sqlite"], indirect=True)  # rules, not SQL: once is enough
@pytest.mark.parametrize("act", ACTS)
async def test_who_may_keep_order(scene: Scene, chat: Chat, act: str) -> None:
    """Host and moderator may (only the host bans from all shows); a seller of what is shown, a viewer, somebody whose role has
    ended, a muted moderator and the moderator of another show may not, and change nothing."""
    await scene.add_show("other", "host", "live", "elsewhere")
    async with scene.database.writing() as connection:
        rows = [("lost", await read_now_ms(connection)), ("muted", None)]
        for account_id, until in rows:
            await connection.execute(
                sa.insert(moderators).values(show_id="show", account_id=account_id, named_at=0, until=until)
            )
    await chat.sanction("show", "host", "muted", "mute", None, "")
    ids = await something_to_decide(scene, chat)
    before = len(await scene.events())
    for who in (who for who, allowed in ROLES.items() if not allowed or (act == "closet_ban" and who == "mod")):
        with pytest.raises((NotAllowed, Sanctioned)):
            await ACTS[act](chat, who, ids)
        assert len(await scene.events()) == before, who
    await ACTS[act](chat, "host", ids)
    if act != "closet_ban":
        if act in ("ban", "mute", "timeout", "shadow"):
            await chat.lift("show", "host", "ana")
        if act == "rules":
            await chat.steering.set_rules("show", "host", {"slow_seconds": 0})
        scene.clock[0] += 60
        await ACTS[act](chat, "mod", await something_to_decide(scene, chat))


async def something_to_decide(scene: Scene, chat: Chat) -> dict[str, str]:
    now = str(len(await scene.events()))
    await chat.sanction("show", "mod2", "cem", "mute", None, now)
    return {
        "said": (await chat.say("show", "ana", f"words {now}", f"s-{now}")).message_id,
        "held": (await chat.say("show", "ana", f"a{now}.example.com", f"h-{now}")).message_id,
        "question": (await chat.say("show", "ana", f"what about {now}?", f"q-{now}", question=True)).message_id,
        "appeal": await chat.reviewing.appeal("show", "cem", "please"),
        "poll": await chat.steering.open_poll("show", "mod2", "Which?", ["one", "two"], None),
        "act": (await chat.sanction("show", "mod2", "dan", "mute", None, now)).act_id or "",
    }


async def test_undoing_puts_back_what_was_before(scene: Scene, chat: Chat) -> None:
    await chat.sanction("show", "host", "ana", "mute", None, "first")
    second = await chat.sanction("show", "mod", "ana", "timeout", 60, "second")
    await chat.undoing.undo("show", "mod", str(second.act_id))
    sanction = await chat.sanction_of("show", "ana")
    assert sanction is not None
    assert (sanction.kind, sanction.reason, sanction.by) == ("mute", "first", "host")
    lift = await chat.lift("show", "host", "ana")
    await chat.undoing.undo("show", "host", str(lift.act_id))
    third = await chat.sanction("show", "mod", "ana", "ban", None, "third")
    await chat.lift("show", "host", "ana")
    with pytest.raises(NothingToSettle, match="since"):
        await chat.undoing.undo("show", "mod", str(third.act_id))


async def test_a_moderator_cannot_undo_what_only_the_host_may_do(scene: Scene, chat: Chat) -> None:
    done = await chat.sanction("show", "host", "mod", "mute", None, "")
    with pytest.raises(NotAllowed):
        await chat.undoing.undo("show", "mod2", str(done.act_id))
    with pytest.raises(ChatError):  # and not of oneself
        await chat.undoing.undo("show", "mod", str(done.act_id))


async def test_deleted_words_leave_the_record_and_come_back(scene: Scene, chat: Chat) -> None:
    said = await chat.say("show", "ana", "secret address", "k")
    done = await chat.delete("show", "mod", said.message_id)
    assert not any("secret" in str(event.data) for event in await scene.events())
    assert await texts(chat, words="secret") == []
    await chat.undoing.undo("show", "mod", str(done.act_id))
    assert await texts(chat, words="SECRET") == ["secret address"]
    await chat.delete("show", "mod", said.message_id)  # the event that brought it back repeats it
    assert not any("secret" in str(event.data) for event in await scene.events())


async def test_what_moderators_see_of_somebody(scene: Scene, chat: Chat) -> None:
    await chat.say("show", "ben", "hello", "k")
    await chat.sanction("show", "mod", "ben", "timeout", 60, "caps")
    card = await chat.person("show", "ben")
    assert (card["orders"], card["follows"], card["messages"], card["deleted"]) == (True, False, 1, 0)
    assert card["sanction"]["kind"] == "timeout"
    async with scene.database.reading() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(acts)) == 1
