"""Many buyers on one piece over HTTP: they tap at once, some hang up, the winner gives it back, the server dies."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import sqlalchemy as sa

from hosts.service import Hosts
from hosts.tables import accounts, listings
from tests.e2e.server import ServerProcess
from tests.linearizability.checker import Operation
from web.database import SqlDatabase, sqlite_url
from web.migrate import migrate

AGAIN, AGAIN_AT_MOST = 0.05, 0.4  # seconds until what had no answer is asked again, twice as long each time
HANGS_UP = 0.1  # of the buyers close their connection before the answer, and ask again later
SECOND_WAVE = 5  # each fifth buyer claims again while the piece is given back: enough to crowd it, at half the time
REFUSED = {"held_by_other", "sold", "reserved"}


@dataclass
class Stage:
    server: ServerProcess
    tokens: dict[str, str]
    pieces: list[str]


async def prepare(folder: Path, buyers: int, rounds: int) -> Stage:
    """A server with signed-in buyers and one piece for each round."""
    data = folder / "data"
    data.mkdir(parents=True)
    database = SqlDatabase(sqlite_url(data / "closetcast.sqlite"))
    await migrate(database)
    hosts = Hosts(database, data / "photos", limits=False)
    names = [f"buyer{number}" for number in range(buyers)]
    pieces = [f"piece{number}" for number in range(rounds)]
    async with database.writing() as connection:
        person = {"password_hash": "none", "created_at": 1}
        await connection.execute(
            sa.insert(accounts),
            [
                {
                    "account_id": name,
                    "email": f"{name}@x.org",
                    "email_key": f"{name}@x.org",
                    "handle": name,
                    "name": name,
                }
                | person
                for name in ("seller", *names)
            ],
        )
        piece = {"seller_id": "seller", "title": "The only one", "category": "outerwear", "condition": "good"}
        piece |= {"currency": "USD"}
        await connection.execute(
            sa.insert(listings),
            [{"listing_id": name, "price": 4_800, "quantity": 1, "created_at": 1, **piece} for name in pieces],
        )
        tokens = {name: await hosts.sessions.open_in(connection, name) for name in names}
    await database.stop()
    server = ServerProcess(data)
    await asyncio.to_thread(server.start)
    return Stage(server, tokens, pieces)


class Round:
    """One piece; ``history`` is what the buyers saw."""

    def __init__(self, stage: Stage, piece: str, chance: random.Random) -> None:
        self.stage = stage
        self.piece = piece
        self.chance = chance
        self.history: list[Operation] = []
        self.attempts = 0
        self.unanswered = 0  # connections that ended before the answer: buyers who hung up, or the server's death

    async def play(self, *, kill: bool) -> None:
        """Everybody claims; whoever got it gives it back while others still claim, and a part of them claims once more."""
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(30)
        ) as http:
            tasks = [
                asyncio.create_task(self._buyer(http, name, 2 if number % SECOND_WAVE == 0 else 1))
                for number, name in enumerate(self.stage.tokens)
            ]
            if kill:
                await asyncio.sleep(self.chance.uniform(0.0, 0.3))
                self.stage.server.kill()
                await asyncio.to_thread(self.stage.server.start)
            await asyncio.gather(*tasks)

    async def _buyer(self, http: aiohttp.ClientSession, name: str, waves: int) -> None:
        for wave in range(waves):
            hold_id = await self._claim(http, name, f"wave{wave}")
            if hold_id is not None:
                await self._release(http, name, hold_id)

    async def _claim(self, http: aiohttp.ClientSession, name: str, key: str) -> str | None:
        began = time.monotonic()
        hangs_up = self.chance.random() < HANGS_UP
        hold_id: str | None
        pause = AGAIN
        while True:
            status, answer = await self._ask(
                http, "POST", "/api/holds", name, f"{self.piece}-{key}", {"listing_id": self.piece}, hangs_up=hangs_up
            )
            hangs_up = False
            if status == 201:
                hold_id = str(answer["hold_id"])
                break
            if status == 409 and answer["error"]["code"] in REFUSED:
                hold_id = None
                break
            if status == 409 and answer["error"]["code"] == "held_by_you":
                raise AssertionError(f"{name} has it already and was not told so by the key")
            await asyncio.sleep(pause)
            pause = min(2 * pause, AGAIN_AT_MOST)
        self.history.append(Operation("claim", name, began, time.monotonic(), hold_id))
        return hold_id

    async def _release(self, http: aiohttp.ClientSession, name: str, hold_id: str) -> None:
        began = time.monotonic()
        status = 0
        while status != 204:
            status, _ = await self._ask(http, "DELETE", f"/api/holds/{hold_id}", name, "r", None)
            if status != 204:
                await asyncio.sleep(AGAIN)
        self.history.append(Operation("release", name, began, time.monotonic(), hold_id))

    async def _ask(
        self,
        http: aiohttp.ClientSession,
        method: str,
        path: str,
        name: str,
        key: str,
        body: dict[str, str] | None,
        *,
        hangs_up: bool = False,
    ) -> tuple[int, dict[str, dict[str, str]]]:
        """(status, JSON); (0, {}) without an answer."""
        self.attempts += 1
        url = self.stage.server.url
        headers = {"Origin": url, "Cookie": f"closetcast={self.stage.tokens[name]}", "Idempotency-Key": key}
        timeout = aiohttp.ClientTimeout(self.chance.uniform(0.001, 0.05) if hangs_up else 30)
        try:
            async with http.request(method, url + path, json=body, headers=headers, timeout=timeout) as response:
                return response.status, await response.json() if response.status != 204 else {}
        except (aiohttp.ClientError, OSError, TimeoutError):
            self.unanswered += 1
            return 0, {}
