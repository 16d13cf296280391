"""The show goes on: the synthetic host publishes, pieces are featured in turn, people chat."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import secrets
import sys
from pathlib import Path

import aiohttp

from web.demo.catalogue import CHATTER, HOST
from web.demo.client import Refused
from web.demo.setting_up import Stage, restock

logger = logging.getLogger(__name__)

FEATURE_SECONDS = 20.0
CHAT_SECONDS = 5.0
RETRY_SECONDS = (1.0, 2.0, 4.0, 8.0)  # before the synthetic host is started again; the last one repeats


class SyntheticHost:
    """The publishing process, started again when it ends by itself."""

    def __init__(self, stage: Stage) -> None:
        self._url = f"{stage.url}/whip/{stage.show['show_id']}"
        self._environment = {**os.environ, "CLOSETCAST_STREAM_KEY": str(stage.show["stream_key"])}
        self._process: asyncio.subprocess.Process | None = None
        self._photo = ""

    async def run(self) -> None:
        """Until cancelled."""
        pauses = itertools.chain(RETRY_SECONDS, itertools.repeat(RETRY_SECONDS[-1]))
        try:
            while True:
                self._process = await asyncio.create_subprocess_exec(
                    sys.executable, "-m", "web.demo.synthetic_host", self._url,
                    env=self._environment, stdin=asyncio.subprocess.PIPE,
                    start_new_session=True,  # Ctrl-C is for the demo, which then closes this process' standard input
                )  # fmt: skip
                self.hold_up(self._photo)
                status = await self._process.wait()
                pause = next(pauses)
                logger.warning("the synthetic host ended with status %d and starts again in %.0f s", status, pause)
                await asyncio.sleep(pause)
        finally:
            await self._end()

    def hold_up(self, photo: Path | str) -> None:
        self._photo = str(photo)
        if self._process is not None and self._process.returncode is None and self._process.stdin is not None:
            self._process.stdin.write(f"{self._photo}\n".encode())

    async def _end(self) -> None:
        if self._process is None or self._process.returncode is not None:
            return
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), 3)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


async def perform(stage: Stage, folder: Path) -> None:
    """Until cancelled."""
    host = SyntheticHost(stage)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(host.run())
        tasks.create_task(_feature_in_turn(stage, host, folder))
        tasks.create_task(_chat(stage))


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
            for item in items:
                if item["featured"] and item["listing_id"] != chosen:
                    await client.call("DELETE", f"{path}/features/{item['listing_id']}")
            await client.call("PUT", f"{path}/features/{chosen}")
            host.hold_up(stage.photos[chosen])
        except (Refused, aiohttp.ClientError, TimeoutError) as error:
            logger.warning("demo: nothing featured this time: %s", error)
        await asyncio.sleep(FEATURE_SECONDS)


async def _chat(stage: Stage) -> None:
    for handle, text in itertools.cycle(CHATTER):
        await asyncio.sleep(CHAT_SECONDS)
        try:
            await stage.clients[handle].say(str(stage.show["show_id"]), text, secrets.token_urlsafe(8))
        except (Refused, aiohttp.ClientError, TimeoutError) as error:
            logger.warning("demo: %s could not say something: %s", handle, error)
