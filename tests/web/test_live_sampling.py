"""A room that is too much for its server, on real sockets: what each reader gets, and what is said about the rest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.web.live_stage import Client, Stage, running_stage
from web.database import SqlDatabase
from web.live.pressure import LEAST, Pace

# Whatever a frame takes is too long for this server: it samples as one of ten thousand readers does.
OVERWHELMED = Pace(longest=0.06, load=1e-9, crowd=1)
FLOOD = 240


@pytest.fixture
async def stage(sqlite_database: SqlDatabase) -> AsyncIterator[Stage]:
    async with running_stage(sqlite_database) as stage:
        await stage.add_server(pace=OVERWHELMED)
        yield stage


async def press(stage: Stage, reader: Client) -> None:
    """Let the server find out that it cannot keep up."""
    audience = await stage.hubs[1].audience("show")
    while audience.pressure.share > LEAST:
        await stage.chat.say("show", "ana", "so many", f"p{audience.tail.head}")
        await reader.until(lambda: covered(reader) >= audience.tail.head)


def covered(reader: Client) -> int:
    """The last offset that was sent or announced; fails where one is missing."""
    reached = int(reader.joined["snapshot"]["offset"])
    for event in reader.events:
        assert event["offset"] == reached + 1, (reached, event)
        reached = event["data"]["to"] if event["kind"] == "skipped" else event["offset"]
    return reached


def texts(reader: Client, after: int) -> list[str]:
    return [one["data"]["text"] for one in reader.events if one["kind"] == "said" and one["offset"] > after]


def left_out(reader: Client, after: int) -> int:
    runs = [one for one in reader.events if one["kind"] == "skipped" and one["offset"] > after]
    return sum(int(one["data"]["messages"]) for one in runs)


async def test_a_server_under_pressure_samples_by_the_stated_rule(stage: Stage) -> None:
    vera, guest, ben = [await stage.join(who, server=1) for who in ("vera-1", None, "ben-1")]
    host, mod = await stage.join("host-1", server=1), await stage.join("mod-1", server=1)
    await press(stage, guest)
    begin = (await stage.hubs[1].audience("show")).tail.head

    first = await stage.chat.say("show", "vera", "vera herself", "v")
    always: list[dict[str, Any]] = [
        {"account_id": "host", "text": "the host"},
        {"account_id": "mod", "text": "a moderator"},
        {"account_id": "ben", "text": "a question?", "question": True},
        {"account_id": "ben", "text": "an answer to vera", "reply_to": first.message_id},
    ]
    async with asyncio.TaskGroup() as group:
        for number in range(FLOOD):
            group.create_task(stage.chat.say("show", f"p{number % 60}", f"crowd {number}", f"c{number}"))
            if number % 60 == 0:
                said = always[number // 60]
                group.create_task(
                    stage.chat.say("show", said.pop("account_id"), said.pop("text"), f"a{number}", **said)
                )
    await stage.tell("show", "sold", {"listing_id": "coat", "left": 0, "state": "sold"})
    last = (await stage.hubs[1].audience("show")).tail.head

    everybody = (vera, guest, ben, host, mod)
    for reader in everybody:
        await reader.until(lambda reader=reader: covered(reader) >= last)  # type: ignore[misc]
        assert {"the host", "a moderator", "a question?"} <= set(texts(reader, begin))
        assert "sold" in {one["kind"] for one in reader.events}

    assert {"vera herself", "an answer to vera"} <= set(texts(vera, begin))  # one's own, and what answers one
    assert "an answer to vera" in texts(ben, begin)  # its author
    for moderator in (host, mod):
        assert (len(texts(moderator, begin)), left_out(moderator, begin)) == (FLOOD + 5, 0)
    for reader in (vera, guest, ben):
        crowd = [text for text in texts(reader, begin) if text.startswith("crowd")]
        assert len(crowd) <= FLOOD / 8
        assert len(texts(reader, begin)) + left_out(reader, begin) == FLOOD + 5
    # The same sample for all: people talk about what they read.
    samples = [{text for text in texts(reader, begin) if text.startswith("crowd")} for reader in (vera, guest, ben)]
    assert samples[0] == samples[1] == samples[2]
    assert stage.hubs[1].statistics()["messages_skipped"] >= 3 * (FLOOD - FLOOD / 8)


async def test_what_was_left_out_can_be_read_again(stage: Stage) -> None:
    guest = await stage.join(server=1)
    await press(stage, guest)
    for number in range(40):
        await stage.chat.say("show", "ben", f"line {number}", f"l{number}")
    await guest.until(lambda: any(one["kind"] == "skipped" for one in guest.events))
    gap = next(one for one in guest.events if one["kind"] == "skipped")
    history = await stage.chat.history("show", gap["data"]["to"] + 1, gap["data"]["messages"])
    assert [one["offset"] for one in history] == list(range(gap["offset"], gap["data"]["to"] + 1))
