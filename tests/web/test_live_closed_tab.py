"""A moderator whose socket is closed while an act waits for the database: the act is finished, and everybody is told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest

from tests.web.live_stage import Stage, running_stage
from web.database import SqlDatabase

Sent = dict[str, Any]


async def sanction(stage: Stage, kind: str, seconds: int | None = None) -> Sent:
    return {"do": "sanction", "account_id": "ana", "kind": kind, "seconds": seconds, "reason": "ads"}


async def undo(stage: Stage) -> Sent:
    done = await stage.chat.sanction("show", "mod", "ana", "mute", None, "ads")
    return {"do": "undo", "act_id": done.act_id}


async def settle(stage: Stage, approve: bool) -> Sent:
    held = await stage.chat.say("show", "ana", "look: example.com", "k")
    return {"do": "settle", "message_id": held.message_id, "approve": approve}


async def settle_appeal(stage: Stage) -> Sent:
    await stage.chat.sanction("show", "host", "ana", "timeout", 600, "ads")
    appeal_id = await stage.chat.reviewing.appeal("show", "ana", "It was my sister.")
    return {"do": "settle_appeal", "appeal_id": appeal_id, "lift": True}


# What a moderator sends last, and the event by which the others know of it.
ACTS: dict[str, tuple[Callable[[Stage], Awaitable[Sent]], str]] = {
    "ban": (lambda stage: sanction(stage, "ban"), "sanctioned"),
    "timeout": (lambda stage: sanction(stage, "timeout", 60), "sanctioned"),
    "undo": (undo, "sanction_lifted"),
    "approve a link": (lambda stage: settle(stage, True), "said"),
    "grant an appeal": (settle_appeal, "sanction_lifted"),
}


@pytest.mark.parametrize("act", ACTS)
async def test_a_closed_tab(sqlite_database: SqlDatabase, act: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running_stage(sqlite_database) as stage:
        prepare, kind = ACTS[act]
        sent = await prepare(stage)
        ben, mod = await stage.join("ben-1"), await stage.join("mod-1")
        hub, begun = stage.hubs[0], asyncio.Event()
        act_of = hub.act

        def act_begins(doing: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
            begun.set()
            return act_of(doing)

        monkeypatch.setattr(hub, "act", act_begins)
        async with stage.database.writing():  # the act has to wait
            await mod.send(**sent)
            await begun.wait()
            await stage.end_sign_in("mod-1")
            assert await mod.closed() == 4401
        await ben.until(lambda: kind in [event["kind"] for event in ben.events])
        told = [event["by"] for event in ben.events if event["kind"] == kind]
        assert told == ["ana" if kind == "said" else "mod"]
        audit = await stage.chat.audit("show", None, 1)
        assert audit[0]["by"]["id"] == "mod"
