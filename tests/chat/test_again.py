"""A second click on every act of order, on the same server and on one that has started since: nothing happens twice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from chat import sanctions, steering
from chat.errors import AppealRefused, ChatError, MessageNotFound, NothingToSettle, PollClosed, SanctionNotFound
from chat.moderation import Done
from chat.service import Chat
from tests.chat.conftest import EverybodyButGhosts, Scene

Do = Callable[[Chat], Awaitable[Any]]
Prepared = Callable[[Chat], Awaitable[Do]]


def sanction(by: str, kind: str, seconds: int | None = None, scope: str = "show") -> Prepared:
    async def prepared(chat: Chat) -> Do:
        await chat.say("show", "ana", "buy my followers", "k")
        return lambda chat: chat.sanction("show", by, "ana", kind, seconds, "ads", scope)

    return prepared


async def lift(chat: Chat) -> Do:
    await chat.sanction("show", "mod", "ana", "ban", None, "ads")
    return lambda chat: chat.lift("show", "mod", "ana")


async def undo(chat: Chat) -> Do:
    done = await chat.sanction("show", "mod", "ana", "ban", None, "ads")
    return lambda chat: chat.undoing.undo("show", "mod", str(done.act_id))


def settle(approve: bool) -> Prepared:
    async def prepared(chat: Chat) -> Do:
        held = await chat.say("show", "ana", "look: example.com", "k")
        return lambda chat: chat.reviewing.settle("show", "mod", held.message_id, approve)

    return prepared


async def appeal(chat: Chat) -> Do:
    await chat.sanction("show", "mod", "ana", "timeout", 600, "ads")
    return lambda chat: chat.reviewing.appeal("show", "ana", "It was my sister.")


def settle_appeal(lifts: bool) -> Prepared:
    async def prepared(chat: Chat) -> Do:
        appeal_id = await (await appeal(chat))(chat)
        return lambda chat: chat.reviewing.settle_appeal("show", "mod2", appeal_id, lifts, "")

    return prepared


async def delete(chat: Chat) -> Do:
    said = await chat.say("show", "ana", "rude", "k")
    return lambda chat: chat.delete("show", "mod", said.message_id)


async def pin(chat: Chat) -> Do:
    said = await chat.say("show", "ana", "a kind word", "k")
    return lambda chat: chat.steering.pin("show", "mod", said.message_id)


async def unpin(chat: Chat) -> Do:
    await (await pin(chat))(chat)
    return lambda chat: chat.steering.unpin("show", "mod")


async def question_done(chat: Chat) -> Do:
    asked = await chat.say("show", "ana", "Is it wool?", "k", question=True)
    return lambda chat: chat.steering.question_done("show", "mod", asked.message_id)


async def close_poll(chat: Chat) -> Do:
    poll = await chat.steering.open_poll("show", "mod", "Which?", ["coat", "hat"], None)
    return lambda chat: chat.steering.close_poll("show", "mod", poll)


# What is done, and how the second click is answered: with an error, or None: as the first.
ACTS: dict[str, tuple[Prepared, type[ChatError] | None]] = {
    "ban": (sanction("mod", "ban"), None),
    "ban for a day": (sanction("mod", "ban", 86_400), None),
    "ban everywhere": (sanction("host", "ban", scope="closet"), None),
    "timeout": (sanction("mod", "timeout", 60), None),
    "mute": (sanction("mod", "mute"), None),
    "shadow": (sanction("mod", "shadow"), None),
    "lift": (lift, SanctionNotFound),
    "undo": (undo, NothingToSettle),
    "approve a link": (settle(True), NothingToSettle),
    "reject a link": (settle(False), NothingToSettle),
    "appeal": (appeal, AppealRefused),
    "grant an appeal": (settle_appeal(True), NothingToSettle),
    "refuse an appeal": (settle_appeal(False), NothingToSettle),
    "delete": (delete, None),
    "pin": (pin, None),
    "unpin": (unpin, None),
    "question done": (question_done, MessageNotFound),
    "close a poll": (close_poll, PollClosed),
}


@pytest.fixture
def slow_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second click may be as late as a busy machine makes it."""
    for module in (sanctions, steering):
        monkeypatch.setattr(module, "SECOND_CLICK", 600_000)


@pytest.mark.usefixtures("slow_hand")
@pytest.mark.parametrize("restarted", [False, True], ids=["", "restarted"])
@pytest.mark.parametrize("act", ACTS)
async def test_a_second_click(scene: Scene, act: str, restarted: bool) -> None:
    prepare, refusal = ACTS[act]
    chat = scene.chat
    do = await prepare(chat)
    first = await do(chat)
    events, audit = await scene.events(), await chat.audit("show", None, 50)
    if restarted:
        await chat.stop()
        chat = Chat(scene.timeline, scene.database, EverybodyButGhosts(), clock=lambda: scene.clock[0])
        await chat.start()
    try:
        if refusal is None:
            second = await do(chat)
            assert second.act_id in (None, first.act_id)
            assert second.sanction == first.sanction
        else:
            with pytest.raises(refusal):
                await do(chat)
        assert await scene.events() == events
        assert await chat.audit("show", None, 50) == audit
        if isinstance(first, Done) and first.sanction is not None:  # one undo is enough
            await chat.undoing.undo("show", "host", str(second.act_id))
            assert await chat.sanctions("show") == []
            assert len(await chat.history("show", None, reader="ben")) == 1
    finally:
        if restarted:
            await chat.stop()


async def test_a_longer_time_out_is_no_second_click(scene: Scene) -> None:
    first = await scene.chat.sanction("show", "mod", "ana", "timeout", 60, "")
    second = await scene.chat.sanction("show", "mod", "ana", "timeout", 600, "")
    assert first.sanction is not None
    assert second.sanction is not None
    assert first.sanction.until is not None
    assert second.sanction.until is not None
    assert second.sanction.until >= first.sanction.until + 540_000
    assert second.act_id != first.act_id


@pytest.mark.usefixtures("slow_hand")
async def test_pinning_what_was_deleted_and_came_back_is_no_second_click(scene: Scene) -> None:
    message_id = (await scene.chat.say("show", "ana", "words", "k")).message_id
    first = await scene.chat.steering.pin("show", "mod", message_id)
    deleted = await scene.chat.delete("show", "mod", message_id)
    await scene.chat.undoing.undo("show", "mod", str(deleted.act_id))
    second = await scene.chat.steering.pin("show", "mod", message_id)
    assert second.act_id != first.act_id
    assert (await scene.events())[-1].kind == "pinned"
