"""The show goes on: the synthetic host publishes, pieces are featured in turn, people chat."""

from __future__ import annotations

import asyncio
import itertools
import logging
import secrets
from pathlib import Path

import aiohttp

from web.demo.catalogue import CHATTER, HOST
from web.demo.client import Refused
from web.demo.publisher import SyntheticHost, shown_in
from web.demo.setting_up import Stage, restock

logger = logging.getLogger(__name__)

FEATURE_SECONDS = 20.0
CHAT_SECONDS = 5.0
HOLD_UP_SECONDS = 5.0  # a frame comes every 42 ms; a process that does not answer for so long is being started again


OVER_SECONDS = 3.0  # a show that its host has ended goes on for so long at most


async def perform(stage: Stage, folder: Path) -> None:
    """Until cancelled, or until somebody who is signed in as the host has ended the show."""
    show = stage.show
    host = SyntheticHost(f"{stage.url}/whip/{show['show_id']}", str(show["stream_key"]))
    async with asyncio.TaskGroup() as tasks:
        acts = [
            tasks.create_task(host.run()),
            tasks.create_task(_feature_in_turn(stage, host, folder)),
            tasks.create_task(_chat(stage)),
        ]
        await _over(stage)
        for act in acts:
            act.cancel()


async def _over(stage: Stage) -> None:
    client, path = stage.clients[HOST.handle], f"/api/shows/{stage.show['show_id']}"
    while True:
        await asyncio.sleep(OVER_SECONDS)
        try:
            if (await client.call("GET", path))["state"] in ("ended", "cancelled"):
                return
        except (Refused, aiohttp.ClientError, TimeoutError) as error:
            logger.warning("demo: the show cannot be looked at: %s", error)


async def _feature_in_turn(stage: Stage, host: SyntheticHost, folder: Path) -> None:
    client = stage.clients[HOST.handle]
    path = f"/api/shows/{stage.show['show_id']}"
    turn = 0
    while True:
        try:
            items = (await client.call("GET", f"{path}/lineup"))["items"]
            free = [item for item in items if item["state"] == "available" and item["listing_id"] in stage.photos]
            if not free:
                await restock(stage, folder)
                continue
            chosen = str(free[turn % len(free)]["listing_id"])
            turn += 1
            # The card belongs to the frame in which the piece is held up first.
            held = await asyncio.wait_for(host.hold_up(stage.photos[chosen]), HOLD_UP_SECONDS)
            moment = shown_in(str(stage.show["show_id"]), held)
            for item in items:
                if item["featured"] and item["listing_id"] != chosen:
                    await client.call("DELETE", f"{path}/features/{item['listing_id']}", headers=moment)
            await client.call("PUT", f"{path}/features/{chosen}", headers=moment)
        except (Refused, aiohttp.ClientError, TimeoutError) as error:
            logger.warning("demo: nothing featured this time: %s", error)
        await asyncio.sleep(FEATURE_SECONDS)


async def _chat(stage: Stage) -> None:
    for handle, text in itertools.cycle(CHATTER):
        await asyncio.sleep(CHAT_SECONDS)
        try:
            await stage.clients[handle].say(str(stage.show["show_id"]), text, secrets.token_urlsafe(8))
        except (Refused, aiohttp.ClientError, TimeoutError) as error:
            if isinstance(error, Refused) and error.code == "show_closed":
                return  # its host has ended the show
            logger.warning("demo: %s could not say something: %s", handle, error)
