"""What the live channel does with those who send nonsense, too much, or read too little."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import msgpack
import pytest

from tests.web.live_stage import Stage, running_stage
from tests.web.raw_socket import RawReader
from web.database import SqlDatabase
from web.live import hub
from web.live.audience import Audience
from web.live.connection import DEAD_AFTER, JOIN_WITHIN, PING_EVERY
from web.live.doorman import Limits
from web.settings import Settings


@pytest.fixture
async def stage(sqlite_database: SqlDatabase) -> AsyncIterator[Stage]:
    async with running_stage(sqlite_database) as stage:
        yield stage


MALFORMED = {
    "an id that no database takes": msgpack.packb({"id": 1, "do": "delete", "message_id": "a\0b"}),
    "empty": b"",
    "no msgpack": b"\xc1\xff\xff",
    "no map": msgpack.packb([1, 2, 3]),
    "a number": msgpack.packb(7),
    "cut off": msgpack.packb({"id": 1, "do": "say", "text": "x" * 50})[:-5],
    "trailing": msgpack.packb({"id": 1, "do": "ping"}) + b"\x00",
    "no do": msgpack.packb({"id": 1}),
    "unknown do": msgpack.packb({"id": 1, "do": "buy"}),
    "do of another type": msgpack.packb({"id": 1, "do": ["join"]}),
    "no id": msgpack.packb({"do": "ping"}),
    "text id": msgpack.packb({"id": "1", "do": "ping"}),
    "huge id": msgpack.packb({"id": 2**60, "do": "ping"}),
    "negative id": msgpack.packb({"id": -1, "do": "ping"}),
    "unknown field": msgpack.packb({"id": 1, "do": "ping", "more": 1}),
    "missing field": msgpack.packb({"id": 1, "do": "say", "text": "hi"}),
    "wrong type": msgpack.packb({"id": 1, "do": "say", "text": 5, "key": "k"}),
    "bytes as text": msgpack.packb({"id": 1, "do": "say", "text": b"hi", "key": "k"}),
    "no UTF-8": b"\x84\xa2id\x01\xa2do\xa3say\xa4text\xa2\xff\xfe\xa3key\xa1k",
    "too many hearts": msgpack.packb({"id": 1, "do": "heart", "count": 11}),
    "no such sanction": msgpack.packb({"id": 1, "do": "sanction", "account_id": "a", "kind": "kick"}),
    "deep": b"\x81\xa2id" + b"\x91" * 15_000 + b"\x00",
    "deep maps": b"\x81\xa1x" * 4_000 + b"\x00",
    "long map promised": b"\xdf\xff\xff\xff\xff",
    "long text promised": b"\x81\xa2do\xdb\xff\xff\xff\xff",
}


@pytest.mark.parametrize("payload", MALFORMED.values(), ids=MALFORMED.keys())
async def test_malformed_closes_that_socket_only(stage: Stage, payload: bytes) -> None:
    other = await stage.join("ben-1")
    client = await stage.join("ana-1")
    await client.socket.send_bytes(payload)
    assert await client.closed() == 4400
    assert client.close_reason
    await other.do("ping")


async def test_text_frames_are_malformed(stage: Stage) -> None:
    client = await stage.join()
    await client.socket.send_str('{"do": "ping"}')
    assert await client.closed() == 4400


@pytest.mark.parametrize("size", [16 * 1024 + 1, 200_000])
async def test_too_large(stage: Stage, size: int) -> None:
    client = await stage.join()
    await client.socket.send_bytes(b"\x00" * size)
    assert await client.closed() == 4413


async def test_the_largest_message_is_read(stage: Stage) -> None:
    client = await stage.join("ana-1")
    message = {"id": 9, "do": "say", "text": "", "key": "k"}
    message["text"] = "x" * (16 * 1024 - len(msgpack.packb(message)) - 2)
    assert len(msgpack.packb(message)) == 16 * 1024
    await client.socket.send_bytes(msgpack.packb(message))
    await client.until(lambda: any(frame.get("re") == 9 for frame in client.frames))
    assert client.frames[-1]["error"]["code"] == "invalid_message"


async def test_flooding(stage: Stage) -> None:
    client = await stage.join()
    for _ in range(90):
        await client.send("ping")
    assert await client.closed() == 4429
    assert stage.hubs[0].statistics()["closed_flooding"] == 1


async def test_no_such_show(stage: Stage) -> None:
    client = await stage.connect(show_id="nowhere")
    await client.send("join")
    assert await client.closed() == 4404


async def test_origin(stage: Stage) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await stage.connect(Origin="https://evil.example")
    assert caught.value.status == 403
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await stage.connect(Origin="null")
    await stage.add_server(settings=Settings(origins=("https://shop.example",)))
    client = await stage.connect(server=1, Origin="https://shop.example")
    await client.join()


async def test_no_compression_and_the_subprotocol(stage: Stage) -> None:
    client = await stage.connect(Sec_WebSocket_Extensions="permessage-deflate")
    assert client.socket.protocol == "closetcast.v1"
    assert client.socket.compress == 0
    await client.join()


async def test_plain_http_is_told_what_is_spoken_here(stage: Stage) -> None:
    async with aiohttp.ClientSession() as http, http.get(stage.urls[0] + "/ws/show") as response:
        assert response.status == 426


async def test_too_many_sockets(stage: Stage) -> None:
    await stage.add_server(Limits(per_account=2, per_address=4))
    for _ in range(2):
        await stage.join("ana-1", server=1)
    third = await stage.connect("ana-2", server=1)
    assert await third.closed() == 4429
    guests = [await stage.join(server=1) for _ in range(2)]
    fifth = await stage.connect(server=1)
    assert await fifth.closed() == 4429
    assert stage.hubs[1].statistics()["sockets_refused"] == 2
    await guests[0].socket.close()
    while stage.hubs[1].statistics()["sockets_now"] > 3:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    await stage.join(server=1)


async def test_stop_sends_everybody_elsewhere(stage: Stage) -> None:
    clients = [await stage.join(token) for token in ("ana-1", "ben-1", None)]
    await stage.hubs[0].stop()
    assert [await client.closed() for client in clients] == [4409] * 3
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await stage.connect()
    assert caught.value.status == 503


async def test_everybody_resumes_on_another_server(stage: Stage) -> None:
    client = await stage.join("ana-1")
    await client.do("say", text="one", key="k1")
    await client.until(lambda: client.events)
    await stage.hubs[0].stop()
    await client.closed()
    await stage.chat.say("show", "ben", "two", "k")
    await stage.add_server()
    again = await stage.join("ana-1", server=1, offset=client.offsets[-1], epoch=client.joined["epoch"])
    await again.until(lambda: again.events)
    assert again.texts() == ["two"]


async def test_a_slow_reader_is_dropped_and_the_others_are_not(stage: Stage) -> None:
    slow = RawReader(stage)
    await slow.join()
    quick = await stage.join()
    hub = stage.hubs[0]
    number = 0
    while hub.statistics()["closed_slow_reader"] == 0:
        number += 1
        async with stage.timeline.transaction() as transaction:
            entry = ("edited", None, {"description": "x" * 8_000})
            events = await transaction.append_all("show", [entry] * 12)
        await quick.until_offset(events[-1].offset)
        assert number < 300, "the reader that does not read was kept"
    assert hub.statistics()["sockets_now"] == 1
    received = await slow.read_to_the_end()
    slow.socket.close()
    assert len(received) < 16 << 20
    assert received.endswith((4408).to_bytes(2) + b"you are reading too slowly")
    assert quick.offsets == list(range(quick.offsets[0], quick.offsets[0] + len(quick.offsets)))
    await quick.do("ping")


async def test_heartbeats_and_the_dead(stage: Stage) -> None:
    hub, loop = stage.hubs[0], asyncio.get_running_loop()
    lively = await stage.join()
    (living,) = hub._connections
    silent = RawReader(stage)
    try:
        await silent.join()
        (dead,) = hub._connections - {living}
        heard, later = living.heard, loop.time() + PING_EVERY + 1
        hub._sweep_sockets(later)
        assert living.pinged == dead.pinged == later
        while living.heard == heard:  # noqa: ASYNC110  # until its pong is here
            await asyncio.sleep(0.01)
        dead.heard -= DEAD_AFTER + 1
        hub._sweep_sockets(loop.time())
        while dead in hub._connections:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        assert living in hub._connections
        await lively.do("ping")
    finally:
        silent.socket.close()


async def test_who_never_joins_is_closed(stage: Stage) -> None:
    client = await stage.connect()
    await client.do("ping")
    hub, now = stage.hubs[0], asyncio.get_running_loop().time()
    hub._sweep_sockets(now + JOIN_WITHIN - 1)
    await client.do("ping")
    hub._sweep_sockets(now + JOIN_WITHIN + 1)
    assert await client.closed() == 4400


async def test_a_sweep_that_fails_is_not_the_last(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    close, failing = hub.Hub._close_audience, [RuntimeError("no")]

    async def fail_once(swept: hub.Hub, audience: Audience) -> None:
        await close(swept, audience)
        if failing:
            raise failing.pop()

    monkeypatch.setattr(hub, "SWEEP", 0.01)
    monkeypatch.setattr(hub, "LINGER", 0.0)
    monkeypatch.setattr(hub.Hub, "_close_audience", fail_once)
    await stage.add_show("other")
    server = await stage.add_server()
    for show_id in ("show", "other"):
        await server.audience(show_id)
    async with asyncio.timeout(10):
        while server.statistics()["audiences_now"] or failing:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
