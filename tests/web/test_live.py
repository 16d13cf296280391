"""The live channel over real sockets: joining, resuming, talking, and what concerns a person."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
import uvloop

from livestream.broker_redis import RedisBroker
from tests.web.live_stage import Client, Stage, running_stage
from web.database import SqlDatabase, sqlite_url
from web.live.messages import DeleteAll, Message
from web.live.permissions import MAY_SEND, ROLES


@pytest.fixture
async def stage(sqlite_database: SqlDatabase) -> AsyncIterator[Stage]:
    async with running_stage(sqlite_database) as stage:
        yield stage


async def test_join_brings_a_snapshot(stage: Stage) -> None:
    await stage.chat.say("show", "ana", "hello", "k")
    client = await stage.join()
    assert client.joined["epoch"] == "epoch1"
    assert client.joined["you"] == {"account": None, "role": None, "sanction": None}
    assert client.joined["show_ms"] == 5_000
    assert client.joined["now"] > 1_700_000_000_000
    snapshot = client.joined["snapshot"]
    assert snapshot["offset"] == 3
    assert snapshot["show"]["title"] == "A show"
    assert snapshot["moderators"] == ["mod"]
    assert [event["data"]["text"] for event in snapshot["messages"]] == ["hello"]
    await client.until(lambda: client.rooms)
    assert client.rooms[0] == {"viewers": 3, "hearts": 0}


async def test_you(stage: Stage) -> None:
    for token, role in (("host-1", "host"), ("mod-1", "moderator"), ("ana-1", None)):
        client = await stage.join(token)
        you = client.joined["you"]
        assert you["role"] == role
        assert you["account"]["id"] == token.split("-")[0]
    await stage.chat.sanction("show", "mod", "ana", "mute", None, "spam")
    client = await stage.join("ana-1")
    assert client.joined["you"]["sanction"] == {"kind": "mute", "until": None, "reason": "spam"}


async def test_a_vote_is_told_to_its_person_at_every_join(stage: Stage) -> None:
    poll = await stage.chat.steering.open_poll("show", "mod", "Which?", ["coat", "hat"], None)
    ana = await stage.join("ana-1")
    assert "vote" not in ana.joined
    await ana.do("vote", poll_id=poll, choice=1)
    position = {"offset": ana.joined["head"], "epoch": "epoch1"}
    for again in (await stage.join("ana-2"), await stage.join("ana-3", **position)):
        assert again.joined["vote"] == {"poll_id": poll, "choice": 1, "counts": [0, 1]}
    assert (await stage.join("mod-1")).joined["vote"] == {"poll_id": poll, "choice": None, "counts": [0, 1]}
    for other in (await stage.join("ben-1"), await stage.join()):
        assert "vote" not in other.joined


async def test_everybody_hears_what_is_said(stage: Stage) -> None:
    ana, ben, guest = await stage.join("ana-1"), await stage.join("ben-1"), await stage.join()
    said = await ana.do("say", text="hello", key="k1")
    assert said["offset"] == 3
    for client in (ana, ben, guest):
        await client.until_said("hello")
        event = client.events[0]
        assert event["offset"] == 3
        assert event["by"] == "ana"
        assert event["at"] == 5_000
        assert event["data"]["message_id"] == said["message_id"]
    again = await ana.do("say", text="hello", key="k1")
    assert again == said
    await ana.do("delete", message_id=said["message_id"])
    await guest.until(lambda: guest.events[-1]["kind"] == "deleted")
    assert guest.offsets == [3, 4]


def test_on_the_loop_that_the_server_uses(sqlite_path: Path) -> None:
    async def story() -> None:
        database = SqlDatabase(sqlite_url(sqlite_path))
        async with running_stage(database) as stage:
            ana, ben = await stage.join("ana-1"), await stage.join("ben-1")
            await ana.do("say", text="hello", key="k1")
            await ben.until_said("hello")
            await stage.chat.sanction("show", "host", "ana", "ban", None, "")
            assert await ana.closed() == 4403
        await database.stop()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(story())


async def test_resume_brings_exactly_what_was_missed(stage: Stage) -> None:
    first = await stage.join("ana-1")
    await first.do("say", text="one", key="k1")
    await first.until(lambda: first.events)
    last = first.offsets[-1]
    await first.socket.close()
    for number in range(5):
        await stage.chat.say("show", f"p{number}", f"text {number}", "k")
    second = await stage.join("ana-1", offset=last, epoch="epoch1")
    assert "snapshot" not in second.joined
    await second.until(lambda: len(second.events) == 5)
    assert second.offsets == list(range(last + 1, last + 6))


@pytest.mark.parametrize(
    "join", [{"offset": 3, "epoch": "other"}, {"offset": 3}, {"offset": 99, "epoch": "epoch1"}, {}]
)
async def test_otherwise_a_snapshot(stage: Stage, join: dict[str, Any]) -> None:
    await stage.chat.say("show", "ana", "hello", "k")
    client = await stage.join(**join)
    assert client.joined["snapshot"]["offset"] == 3


async def test_too_far_behind_takes_a_snapshot(stage: Stage) -> None:
    async with stage.timeline.transaction() as transaction:
        await transaction.append_all("show", [("went_live", None, {})] * 1_001)
    client = await stage.join(offset=2, epoch="epoch1")
    assert client.joined["snapshot"]["offset"] == 1_003
    client = await stage.join(offset=3, epoch="epoch1")
    assert "snapshot" not in client.joined
    await client.until(lambda: len(client.events) == 1_000)
    assert client.offsets == list(range(4, 1_004))


async def test_nothing_is_missed_while_joining(stage: Stage) -> None:
    """Joins and resumes in the middle of a lively chat: snapshot or offset, then every event once, in order."""
    stop = asyncio.Event()

    async def talk(name: str) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            await stage.chat.say("show", name, f"text {number}", f"k{number}")

    talkers = [asyncio.create_task(talk(f"p{n}")) for n in range(3)]
    clients = []
    for number in range(12):
        if number % 3 == 0:
            client = await stage.join()
            start = client.joined["snapshot"]["offset"]
        else:
            start = 2
            client = await stage.join(offset=start, epoch="epoch1")
            assert "snapshot" not in client.joined
        clients.append((client, start))
    stop.set()
    await asyncio.gather(*talkers)
    _, last = await stage.timeline.position("show")
    for client, start in clients:
        if start < last:
            await client.until_offset(last)
        assert client.offsets == list(range(start + 1, last + 1))


async def test_frames_are_few(stage: Stage) -> None:
    client = await stage.join()
    await asyncio.gather(*(stage.chat.say("show", f"p{n}", "hi", f"k{n}") for n in range(60)))
    await client.until(lambda: len(client.events) == 60)
    assert sum("events" in frame for frame in client.frames) <= 4


async def test_a_lost_publish_is_healed(stage: Stage) -> None:
    client = await stage.join()
    publish = stage.broker.publish

    async def lose(channel: str, payload: bytes) -> None:
        return None

    stage.broker.publish = lose  # type: ignore[method-assign]
    await stage.chat.say("show", "ana", "lost on the way", "k1")
    stage.broker.publish = publish  # type: ignore[method-assign]
    await stage.chat.say("show", "ana", "arrived", "k2")
    await client.until(lambda: len(client.events) == 2)
    assert client.texts() == ["lost on the way", "arrived"]


async def test_mute_acts_at_once_on_every_server(stage: Stage) -> None:
    await stage.add_server()
    here, there = await stage.join("ana-1"), await stage.join("ana-2", server=1)
    ben, mod = await stage.join("ben-1", server=1), await stage.join("mod-1")
    answer = await mod.do("sanction", account_id="ana", kind="timeout", seconds=60, reason="calm down")
    assert answer["kind"] == "timeout"
    for client in (here, there):
        assert (await client.until_yous(1))["sanction"] == sanction_of(answer)
        error = await client.refused("say", text="hello", key="k")
        assert error["code"] == "sanctioned"
        assert error["details"] == sanction_of(answer)
    await ben.until(lambda: ben.events)
    assert ben.events[0]["kind"] == "sanctioned"
    assert ben.yous == []
    await mod.do("lift", account_id="ana")
    await there.until(lambda: len(there.yous) == 2)
    assert there.yous[-1]["sanction"] is None
    await there.do("say", text="thank you", key="k2")


async def test_ban_closes_on_every_server_and_stays_out(stage: Stage) -> None:
    await stage.add_server()
    await stage.add_show("other")
    here, there = await stage.join("ana-1"), await stage.join("ana-2", server=1)
    elsewhere, host = await stage.join("ana-1", show_id="other"), await stage.join("host-1")
    await here.do("say", text="buy my followers", key="k")
    await host.do("sanction", account_id="ana", kind="ban", reason="ads")
    for client in (here, there):
        assert await client.closed() == 4403
    again = await stage.connect("ana-3")
    await again.send("join")
    assert await again.closed() == 4403
    assert again.close_reason == "ads"
    await elsewhere.do("say", text="still here", key="k")
    guest = await stage.join()
    assert guest.joined["snapshot"]["messages"] == []


async def test_roles_change_at_once(stage: Stage) -> None:
    ana = await stage.join("ana-1")
    assert (await ana.refused("lift", account_id="ben"))["code"] == "forbidden"
    await stage.tell("show", "moderator_named", {"person": {"id": "ana", "handle": "a", "name": "A", "avatar": None}})
    await ana.until(lambda: ana.yous)
    assert ana.yous[-1]["role"] == "moderator"
    # The socket believes the event; chat judges by the table, where ana is no moderator.
    assert (await ana.refused("lift", account_id="ben"))["code"] == "not_allowed"
    await stage.tell("show", "moderator_revoked", {"account_id": "ana"})
    await ana.until(lambda: len(ana.yous) == 2)
    assert (await ana.refused("lift", account_id="ben"))["code"] == "forbidden"


async def test_sign_out_closes_the_sockets_of_that_sign_in(stage: Stage) -> None:
    await stage.add_server()
    phone, laptop, ben = await stage.join("ana-1"), await stage.join("ana-2", server=1), await stage.join("ben-1")
    await stage.end_sign_in("ana-1")
    assert await phone.closed() == 4401
    await laptop.do("ping")
    await stage.end_sign_in("ana-2")
    assert await laptop.closed() == 4401
    await ben.do("ping")


async def test_a_sign_out_that_nobody_told(stage: Stage) -> None:
    """Redis was away when another server ended the session: the gap is the news."""
    phone, laptop, guest = await stage.join("ana-1"), await stage.join("ana-2"), await stage.join()
    stage.ended_tokens.add("ana-1")
    stage.hubs[0]._heal_all()  # what the broker calls after a gap
    assert await phone.closed() == 4401
    for other in (laptop, guest):
        await other.do("ping")


async def test_hearts_and_viewers(stage: Stage) -> None:
    await stage.add_server()
    here, there = await stage.join(), await stage.join("ana-1", server=1)
    await here.do("heart", count=7)
    await there.do("heart", count=2)
    await stage.viewers[0].by_webrtc("show", 41)
    for client in (here, there):
        await client.until_room(hearts=9, viewers=41)
    assert here.events == []


async def test_who_watches_by_hls_is_counted_too_on_whichever_server(stage: Stage) -> None:
    await stage.add_server()
    here, there = await stage.join(), await stage.join("ana-1", server=1)
    await stage.viewers[0].by_webrtc("show", 5)
    await here.do("ping", via="webrtc")  # the engine has counted this one
    await there.do("ping", via="hls")
    for client in (here, there):
        await client.until_room(hearts=0, viewers=6)
    await here.do("ping", via="hls")
    await here.until_room(hearts=0, viewers=7)
    assert [viewers.of("show") for viewers in stage.viewers] == [7, 7]  # what the directory of shows says
    await there.do("ping")  # no picture any more
    await here.until_room(hearts=0, viewers=6)
    await here.socket.close()
    await there.until_room(hearts=0, viewers=5)


async def test_reactions_of_every_kind_are_counted_together_and_never_logged(stage: Stage) -> None:
    await stage.add_server()
    here, there = await stage.join(), await stage.join("ana-1", server=1)
    for count in (10, 2):
        await here.do("heart", count=count, kind="fire")
    for kind in ("clap", "love", "laugh"):
        await there.do("heart", count=3, kind=kind)
    for client in (here, there):
        await client.until(partial(reactions_are, client, {"fire": 12, "clap": 3, "love": 3, "laugh": 3}))
        assert sum(room["hearts"] for room in client.rooms) == 0
        assert client.events == []


def reactions_are(client: Client, expected: dict[str, int]) -> bool:
    total: Counter[str] = Counter()
    for room in client.rooms:
        total.update(room.get("reactions", {}))
    return dict(total) == expected


def sanction_of(answer: dict[str, Any]) -> dict[str, Any]:
    """The sanction in an answer, without the id by which it can be undone."""
    return {name: answer[name] for name in ("kind", "until", "reason")}


FIELDS: dict[str, dict[str, Any]] = {
    "join": {},
    "ping": {},
    "say": {"text": "hi", "key": "k"},
    "delete": {"message_id": "nothing"},
    "sanction": {"account_id": "victim", "kind": "mute"},
    "lift": {"account_id": "victim"},
    "heart": {"count": 1},
    "bid": {"auction_id": "nothing", "amount": 100, "key": "k"},
    "delete_all": {"account_id": "victim"},
    "report": {"message_id": "nothing"},
    "vote": {"poll_id": "nothing", "choice": 0},
    "undo": {"act_id": "nothing"},
    "settle": {"message_id": "nothing", "approve": True},
    "settle_appeal": {"appeal_id": "nothing", "lift": True},
    "set_rules": {"rules": {"slow_seconds": 0}},
    "pin": {"message_id": "nothing"},
    "unpin": {},
    "question_done": {"message_id": "nothing"},
    "open_poll": {"question": "Which?", "options": ["a", "b"]},
    "close_poll": {"poll_id": "nothing"},
    "caption": {"language": "en", "text": "A coat", "starts_ms": 0, "ends_ms": 1_000},
}
# What may be wrong with these besides the sender: nothing of it is about who may do what.
NO_REFUSAL = {
    None,
    "already_joined",
    "message_not_found",
    "sanction_not_found",
    "nothing_to_settle",
    "poll_closed",
    "sale_not_found",
}
TOKENS = {"anonymous": None, "viewer": "ana-1", "moderator": "mod-1", "host": "host-1"}


def _tag(kind: type[Message]) -> str:
    return str(msgspec.inspect.type_info(kind).tag)  # type: ignore[attr-defined]


@pytest.mark.parametrize("role", ROLES)
async def test_every_message_by_every_role(stage: Stage, role: str) -> None:
    assert {_tag(kind) for kind in MAY_SEND} == set(FIELDS)
    client = await stage.join(TOKENS[role])
    for kind, allowed in MAY_SEND.items():
        answer = await client.ask(_tag(kind), **FIELDS[_tag(kind)])
        code = answer.get("error", {}).get("code")
        if role in allowed:
            judged = {"not_allowed"} if kind is DeleteAll and role == "viewer" else NO_REFUSAL  # of somebody else
            assert code in judged, (role, kind)
        else:
            assert code == ("signed_out" if role == "anonymous" else "forbidden"), (role, kind)


async def test_the_host_of_another_show_is_a_viewer_here(stage: Stage) -> None:
    await stage.add_show("other", "eve")
    eve = await stage.join("eve-1")
    assert eve.joined["you"]["role"] is None
    assert (await eve.refused("sanction", account_id="ana", kind="mute"))["code"] == "forbidden"


async def test_before_joining(stage: Stage) -> None:
    client = await stage.connect("ana-1")
    await client.do("ping")
    for do in ("say", "heart", "delete"):
        assert (await client.refused(do, **FIELDS[do]))["code"] == "not_joined"
    await client.join()
    assert (await client.refused("join"))["code"] == "already_joined"
    error = await client.refused("say", text="x" * 501, key="k")
    assert error["code"] == "invalid_message"
    assert error["details"] == {"max_length": 500}


async def test_statistics(stage: Stage) -> None:
    clients = [await stage.join() for _ in range(3)]
    await stage.chat.say("show", "ana", "hello", "k")
    for client in clients:
        await client.until_said("hello")
    statistics = stage.hubs[0].statistics()
    assert statistics["sockets_now"] == 3
    assert statistics["deliveries"] == 3
    assert statistics["frames"] == 1


async def test_two_processes_and_redis(stage: Stage, redis_url: str) -> None:
    """Nothing but the database and Redis between two servers: events, sanctions, sign-outs, viewers and hearts cross over."""
    for _ in range(2):
        await stage.add_server(broker=RedisBroker(redis_url))
    ana, ben = await stage.join("ana-1", server=1), await stage.join("ben-1", server=2)
    host = await stage.join("host-1", server=2)
    said = [await ana.do("say", text="one", key="k"), await ben.do("say", text="two", key="k")]
    for client in (ana, ben):
        await client.until_said("one", "two")
        assert client.offsets == [answer["offset"] for answer in said]
    await ben.do("heart", count=4)
    await stage.viewers[2].by_webrtc("show", 7)
    await ana.until_room(hearts=4, viewers=7)
    muted = await host.do("sanction", account_id="ana", kind="mute")
    assert (await ana.until_yous(1))["sanction"] == sanction_of(muted)
    await host.do("sanction", account_id="ana", kind="ban")
    assert await ana.closed() == 4403
    eve = await stage.join("eve-1", server=1)
    await stage.end_sign_in("eve-1")
    assert await eve.closed() == 4401
