"""SIGKILL while people chat and claim: everything that was acknowledged is there after the restart."""

from __future__ import annotations

import asyncio
import secrets
import time
from pathlib import Path
from typing import Any

import aiohttp
import msgpack
import pytest

from tests.e2e.server import ServerProcess
from tests.web.conftest import Visitor

ROUNDS = 3


async def sign_up(server: ServerProcess, handle: str) -> Visitor:
    visitor = Visitor(server.url)
    body = {"email": f"{handle}@example.org", "password": "a long password", "handle": handle, "name": handle}
    reply = await visitor.post("/api/accounts", body)
    assert reply.status == 201, reply.body
    return visitor


async def talk(visitor: Visitor, show_id: str, acknowledged: list[str]) -> None:
    """Say things until the connection breaks; note what was acknowledged."""
    async with visitor.http.ws_connect(f"/ws/{show_id}", protocols=("closetcast.v1",)) as socket:
        await socket.send_bytes(msgpack.packb({"id": 0, "do": "join"}))
        texts = {}
        for number in range(1, 1000):
            texts[number] = f"line {secrets.token_hex(6)}"
            await socket.send_bytes(
                msgpack.packb({"id": number, "do": "say", "text": texts[number], "key": f"k{number}"})
            )
            answered = False
            while not answered:
                message = await socket.receive(timeout=30)
                if message.type is not aiohttp.WSMsgType.BINARY:
                    return
                answer = msgpack.unpackb(message.data)
                if answer.get("re") == number:
                    answered = True
                    if "ok" in answer:
                        acknowledged.append(texts[number])
                    else:
                        await asyncio.sleep(answer["error"].get("details", {}).get("retry_after", 0.2))


async def claim(visitor: Visitor, listings: list[str], acknowledged: list[str]) -> None:
    for listing_id in listings:
        try:
            reply = await visitor.post(
                "/api/holds", {"listing_id": listing_id, "show_id": None}, headers={"Idempotency-Key": listing_id}
            )
        except (aiohttp.ClientError, ConnectionError):
            return
        if reply.status == 201:
            acknowledged.append(listing_id)


@pytest.mark.timeout(180)
async def test_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path / "data")
    server.start()
    visitors: list[Visitor] = []
    try:
        seller, buyer, *talkers = visitors = [await sign_up(server, f"person{number}") for number in range(5)]
        show = (
            await seller.post(
                "/api/shows", {"title": "Kill", "description": "", "starts_at": int(time.time() * 1000) + 3_600_000}
            )
        ).json
        said: list[str] = []
        for _ in range(ROUNDS):
            listings = [await new_listing(seller) for _ in range(8)]
            held: list[str] = []
            enough = asyncio.Event()
            tasks = [asyncio.create_task(talk(talker, show["show_id"], said)) for talker in talkers]
            tasks.append(asyncio.create_task(claim(buyer, listings, held)))
            watcher = asyncio.create_task(when(lambda held=held: len(held) >= 4, enough))
            await asyncio.wait_for(enough.wait(), 30)
            server.kill()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            await watcher
            unexpected = [
                r
                for r in results
                if isinstance(r, BaseException) and not isinstance(r, aiohttp.ClientError | OSError | TimeoutError)
            ]
            assert unexpected == []
            server.start()
            await everything_is_there(buyer, show["show_id"], said, held)
        assert server.complaints() == []
    finally:
        for visitor in visitors:
            await visitor.http.close()
        server.close()


async def when(condition: Any, event: asyncio.Event) -> None:
    for _ in range(3000):
        if condition():
            break
        await asyncio.sleep(0.01)
    event.set()


async def new_listing(seller: Visitor) -> str:
    body = {"title": "Coat", "story": "", "brand": "", "size": "M", "category": "outerwear", "condition": "good"}
    reply = await seller.post(
        "/api/listings", {**body, "price": 1000, "currency": "USD", "quantity": 1, "featuring_allowed": True}
    )
    assert reply.status == 201, reply.body
    return str(reply.json["listing_id"])


async def everything_is_there(buyer: Visitor, show_id: str, said: list[str], held: list[str]) -> None:
    texts: set[str] = set()
    before = ""
    for _ in range(50):
        page = (await buyer.get(f"/api/shows/{show_id}/messages{before}")).json["items"]
        if not page:
            break
        texts |= {item["data"]["text"] if "data" in item else item["text"] for item in page}
        before = f"?before={min(item['offset'] for item in page)}"
    assert set(said) <= texts
    assert said
    cart = (await buyer.get("/api/cart")).json
    assert set(held) <= {hold["listing"]["listing_id"] for hold in cart["holds"]}
    for hold in cart["holds"]:
        assert (await buyer.delete(f"/api/holds/{hold['hold_id']}")).status == 204
