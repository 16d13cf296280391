from __future__ import annotations

import asyncio
import contextlib

import pytest
import sqlalchemy as sa

from chat import moderation
from chat.errors import (
    InvalidSanction,
    MessageNotFound,
    NotAllowed,
    PersonUnknown,
    Sanctioned,
    SanctionNotFound,
    ShowUnknown,
)
from chat.tables import sanctions
from tests.chat.conftest import Scene


async def end_sanctions(scene: Scene) -> None:
    """As if their time had passed."""
    async with scene.database.writing() as connection:
        await connection.execute(sa.update(sanctions).values(until=1))


async def test_delete(scene: Scene) -> None:
    own = await scene.chat.say("show", "ana", "mine", "k1")
    other = await scene.chat.say("show", "ana", "rude", "k2")
    hosts = await scene.chat.say("show", "host", "slip", "k")
    with pytest.raises(NotAllowed):
        await scene.chat.delete("show", "ben", own.message_id)
    await scene.chat.delete("show", "ana", own.message_id)
    await scene.chat.delete("show", "mod", other.message_id)
    await scene.chat.delete("show", "mod", other.message_id)  # twice is fine, and no second event
    await scene.chat.delete("show", "mod", hosts.message_id)
    assert await scene.texts() == []
    events = (await scene.events())[3:]
    assert [(event.kind, event.by, event.data) for event in events] == [
        ("deleted", "ana", {"message_ids": [own.message_id]}),
        ("deleted", "mod", {"message_ids": [other.message_id]}),
        ("deleted", "mod", {"message_ids": [hosts.message_id]}),
    ]


async def test_delete_elsewhere(scene: Scene) -> None:
    await scene.add_show("other", "somebody")
    said = await scene.chat.say("other", "ana", "hello", "k")
    with pytest.raises(MessageNotFound):
        await scene.chat.delete("show", "host", said.message_id)
    with pytest.raises(NotAllowed):
        await scene.chat.delete("other", "host", said.message_id)
    with pytest.raises(ShowUnknown):
        await scene.chat.delete("nowhere", "host", said.message_id)
    assert await scene.texts("other") == ["hello"]


@pytest.mark.parametrize(
    ("by", "whom", "allowed"),
    [
        ("host", "mod", True),
        ("host", "ana", True),
        ("host", "host", False),
        ("mod", "ana", True),
        ("mod", "mod2", False),
        ("mod", "mod", False),
        ("mod", "host", False),
        ("ana", "ben", False),
        ("ana", "ana", False),
    ],
)
async def test_who_may_sanction_and_lift(scene: Scene, by: str, whom: str, allowed: bool) -> None:
    if not allowed:
        with pytest.raises(NotAllowed):
            await scene.chat.sanction("show", by, whom, "mute", None, "")
        with pytest.raises(NotAllowed):
            await scene.chat.lift("show", by, whom)
        assert await scene.kinds() == []
        return
    await scene.chat.sanction("show", by, whom, "mute", None, "why")
    assert await scene.chat.sanction_of("show", whom) is not None
    await scene.chat.lift("show", by, whom)
    assert await scene.chat.sanction_of("show", whom) is None
    assert await scene.kinds() == ["sanctioned", "sanction_lifted"]


async def test_mute_until_lifted(scene: Scene) -> None:
    await scene.chat.sanction("show", "mod", "ana", "mute", None, "spam")
    with pytest.raises(Sanctioned):
        await scene.chat.say("show", "ana", "hello", "k")
    await scene.add_show("other")
    await scene.chat.say("other", "ana", "elsewhere I may", "k")
    await scene.chat.lift("show", "host", "ana")
    await scene.chat.say("show", "ana", "hello", "k")
    with pytest.raises(SanctionNotFound):
        await scene.chat.lift("show", "host", "ana")
    events = await scene.events()
    assert events[0].data == {"account_id": "ana", "kind": "mute", "until": None, "reason": "spam"}
    assert events[0].by == "mod"
    assert events[1].data == {"account_id": "ana"}


async def test_timeout_ends_by_itself(scene: Scene) -> None:
    sanction = (await scene.chat.sanction("show", "mod", "ana", "timeout", 300, "")).sanction
    event = (await scene.events())[0]
    assert sanction is not None
    assert sanction.until is not None
    assert abs(sanction.until - (event.time + 300_000)) < 2_000  # the database's clock
    with pytest.raises(Sanctioned) as caught:
        await scene.chat.say("show", "ana", "hello", "k")
    assert caught.value.details == {"kind": "timeout", "until": sanction.until, "reason": ""}
    await end_sanctions(scene)
    await scene.chat.say("show", "ana", "hello", "k")
    assert await scene.chat.sanction_of("show", "ana") is None
    assert await scene.chat.sanctions("show") == []
    with pytest.raises(SanctionNotFound):
        await scene.chat.lift("show", "mod", "ana")


async def test_a_new_sanction_replaces_the_old(scene: Scene) -> None:
    await scene.chat.sanction("show", "mod", "ana", "ban", None, "")
    await scene.chat.sanction("show", "host", "ana", "timeout", 60, "calm down")
    found = await scene.chat.sanctions("show")
    assert len(found) == 1
    assert (found[0]["kind"], found[0]["reason"]) == ("timeout", "calm down")
    assert found[0]["account"]["id"] == "ana"
    assert found[0]["by"]["id"] == "host"


async def test_ban_deletes_and_forbids_buying(scene: Scene) -> None:
    said = [await scene.chat.say("show", "ana", f"buy my followers {n}", f"k{n}") for n in range(3)]
    await scene.chat.say("show", "ben", "hello", "k")
    await scene.chat.sanction("show", "mod", "ana", "ban", None, "ads")
    assert await scene.texts() == ["hello"]
    deleted = (await scene.events())[-1]
    assert deleted.kind == "deleted"
    assert set(deleted.data["message_ids"]) == {message.message_id for message in said}
    async with scene.database.reading() as connection:
        assert not await scene.chat.may_buy(connection, "show", "ana")
        assert await scene.chat.may_buy(connection, "other", "ana")
        assert await scene.chat.may_buy(connection, "show", "ben")
    await scene.chat.sanction("show", "mod", "ana", "mute", None, "")
    async with scene.database.reading() as connection:
        assert await scene.chat.may_buy(connection, "show", "ana")


async def test_ban_that_has_ended_allows_buying(scene: Scene) -> None:
    await scene.chat.sanction("show", "mod", "ana", "ban", 60, "")
    await end_sanctions(scene)
    async with scene.database.reading() as connection:
        assert await scene.chat.may_buy(connection, "show", "ana")


async def test_refused_requests(scene: Scene) -> None:
    with pytest.raises(PersonUnknown):
        await scene.chat.sanction("show", "mod", "ghost", "mute", None, "")
    with pytest.raises(InvalidSanction):
        await scene.chat.sanction("show", "mod", "ana", "timeout", None, "")
    with pytest.raises(ShowUnknown):
        await scene.chat.sanction("nowhere", "mod", "ana", "mute", None, "")
    assert await scene.kinds() == []


async def test_a_muted_moderator_moderates_nobody(scene: Scene) -> None:
    own = await scene.chat.say("show", "mod", "mine", "k")
    other = await scene.chat.say("show", "ana", "hers", "k")
    await scene.chat.sanction("show", "host", "mod", "mute", None, "")
    with pytest.raises(Sanctioned):
        await scene.chat.sanction("show", "mod", "ana", "mute", None, "")
    with pytest.raises(Sanctioned):
        await scene.chat.delete("show", "mod", other.message_id)
    await scene.chat.delete("show", "mod", own.message_id)


async def test_a_mute_splits_the_timeline(scene: Scene) -> None:
    """However they race: nothing that was said by the muted person comes after the mute."""

    async def talk() -> None:
        for number in range(40):
            scene.clock[0] += 5.0
            with contextlib.suppress(Sanctioned):
                await scene.chat.say("show", f"ana{number % 10}", f"text {number}", f"k{number}")

    async def mute() -> None:
        for number in range(10):
            await scene.chat.sanction("show", "mod", f"ana{number}", "mute", None, "")

    await asyncio.gather(talk(), talk(), mute())
    events = await scene.events()
    assert [event.offset for event in events] == list(range(1, len(events) + 1))
    muted: set[str] = set()
    for event in events:
        if event.kind == "sanctioned":
            muted.add(event.data["account_id"])
        else:
            assert event.by not in muted
    assert len(muted) == 10


async def test_a_ban_takes_everything_however_much_was_said(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moderation, "AT_ONCE", 3)
    for number in range(4):
        await scene.chat.say("show", "ana", f"ad {number}", f"k{number}")
    await scene.chat.say("show", "ben", "hello", "k")
    await scene.chat.sanction("show", "mod", "ana", "ban", None, "ads")
    assert await scene.texts() == ["hello"]
    assert (await scene.kinds())[-3:] == ["sanctioned", "deleted", "deleted"]
