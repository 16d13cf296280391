from __future__ import annotations

import asyncio

import pytest

from chat.errors import (
    ChatError,
    InvalidMessage,
    PersonUnknown,
    Sanctioned,
    ShowClosed,
    ShowUnknown,
    TooFast,
)
from chat.saying import Said
from tests.chat.conftest import Scene


async def test_said_is_an_event_and_history(scene: Scene) -> None:
    said = await scene.chat.say("show", "ana", " hello ", "k1")
    moderated = await scene.chat.say("show", "mod", "welcome", "k1")
    assert [said.offset, moderated.offset] == [1, 2]
    first, second = await scene.events()
    assert first.kind == "said"
    assert first.by == "ana"
    assert first.at == 1234
    assert first.data == {
        "message_id": said.message_id,
        "text": "hello",
        "author": {"id": "ana", "handle": "ana", "name": "Ana", "avatar": None},
        "role": None,
    }
    assert second.data["role"] == "moderator"
    history = await scene.chat.history("show", None)
    assert [item["data"] for item in history] == [first.data, second.data]
    assert [(item["offset"], item["at"], item["time"]) for item in history] == [
        (event.offset, event.at, event.time) for event in (first, second)
    ]


async def test_history_in_pages(scene: Scene) -> None:
    for number in range(7):
        await scene.chat.say("show", f"person{number}", f"text {number}", "k")
    page = await scene.chat.history("show", None, 3)
    assert [item["data"]["text"] for item in page] == ["text 4", "text 5", "text 6"]
    page = await scene.chat.history("show", page[0]["offset"], 3)
    assert [item["data"]["text"] for item in page] == ["text 1", "text 2", "text 3"]
    page = await scene.chat.history("show", page[0]["offset"], 3)
    assert [item["data"]["text"] for item in page] == ["text 0"]
    with pytest.raises(ShowUnknown):
        await scene.chat.history("nowhere", None)


async def test_resend_is_the_same_message(scene: Scene) -> None:
    said = await scene.chat.say("show", "ana", "once", "k")
    again = await asyncio.gather(*(scene.chat.say("show", "ana", "once ", "k") for _ in range(3)))
    assert again == [said] * 3
    with pytest.raises(InvalidMessage, match="key"):
        await scene.chat.say("show", "ana", "something else", "k")
    other = await scene.chat.say("show", "ben", "once", "k")
    assert other.message_id != said.message_id
    assert await scene.texts() == ["once", "once"]


async def test_resend_while_the_first_is_written(scene: Scene) -> None:
    answers = await asyncio.gather(*(scene.chat.say("show", "ana", "hi", "k") for _ in range(4)))
    assert len(set(answers)) == 1
    assert await scene.kinds() == ["said"]


async def test_many_at_once_share_transactions(scene: Scene) -> None:
    await scene.add_show("other")
    answers = await asyncio.gather(
        *(scene.chat.say(("show", "other")[n % 2], f"p{n}", f"text {n}", "k") for n in range(100))
    )
    for show_id in ("show", "other"):
        events = await scene.events(show_id)
        assert [event.offset for event in events] == list(range(1, 51))
    assert sorted(said.offset for said in answers) == sorted(list(range(1, 51)) * 2)
    statistics = scene.chat.statistics()
    assert statistics["messages_written"] == 100
    assert statistics["message_batches"] < 20


async def test_one_refusal_does_not_fail_the_others(scene: Scene) -> None:
    await scene.add_show("over", "host", "ended")
    await scene.chat.sanction("show", "mod", "muted", "mute", None, "spam")
    answers = await asyncio.gather(
        scene.chat.say("show", "ana", "one", "k"),
        scene.chat.say("show", "muted", "two", "k"),
        scene.chat.say("over", "ana", "three", "k"),
        scene.chat.say("nowhere", "ana", "four", "k"),
        scene.chat.say("show", "ghost", "five", "k"),
        scene.chat.say("show", "ben", "six", "k"),
        return_exceptions=True,
    )
    assert [type(answer) for answer in answers] == [Said, Sanctioned, ShowClosed, ShowUnknown, PersonUnknown, Said]
    assert await scene.texts() == ["one", "six"]
    assert await scene.kinds("over") == []
    refused = answers[1]
    assert isinstance(refused, ChatError)
    assert refused.details == {"kind": "mute", "until": None, "reason": "spam"}


async def test_states(scene: Scene) -> None:
    for number, state in enumerate(("scheduled", "live", "interrupted")):
        await scene.set_state("show", state)
        await scene.chat.say("show", "ana", state, f"k{number}")
    for state in ("ended", "cancelled"):
        await scene.set_state("show", state)
        with pytest.raises(ShowClosed):
            await scene.chat.say("show", "ana", state, "last")


async def test_limit_per_account(scene: Scene) -> None:
    for number in range(5):
        await scene.chat.say("show", "ana", f"text {number}", f"k{number}")
    with pytest.raises(TooFast) as caught:
        await scene.chat.say("show", "ana", "one too many", "k5")
    assert caught.value.details == {"retry_after": 5.0}
    await scene.chat.say("show", "ben", "another person", "k")
    scene.clock[0] = 5.0
    await scene.chat.say("show", "ana", "later", "k5")
    assert scene.chat.statistics()["messages_too_fast"] == 1


async def test_invalid_text_costs_nothing(scene: Scene) -> None:
    for _ in range(10):
        with pytest.raises(InvalidMessage):
            await scene.chat.say("show", "ana", "  ", "k")
    await scene.chat.say("show", "ana", "hello", "k")
