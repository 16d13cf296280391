"""One TCP port for pages and media: real sockets, both engines, and people who come to do harm or nothing at all."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import re
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import aiohttp
import pytest
from aiohttp import web

from livestream.engine.choose import why_not_compiled
from livestream.engine.framing import frame
from tests.livestream.engine.light_peer import LightPeer, rtp
from tests.livestream.engine.tcp_light_peer import TcpLightPeer
from tests.web.conftest import Server
from tests.web.media_stage import new_stage
from web import door as door_module
from web.door import Door, DoorSite, bind_door
from web.routing import SERVICES
from web.serve import running
from web.settings import Settings

ENGINES = [("python", 0), ("compiled", 1), ("compiled", 3)]


def settings(
    data: Path, engine: Literal["python", "compiled"] = "python", threads: int = 0, **changes: Any
) -> Settings:
    if engine == "compiled" and why_not_compiled() is not None:
        pytest.skip(f"no compiled engine: {why_not_compiled()}")
    given = Settings(
        host="127.0.0.1",
        port=0,
        udp_port=0,
        data=data,
        record=False,
        engine=engine,
        media_threads=threads,
    )
    return replace(given, **changes)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110  what a socket has taken in sets no event
            await asyncio.sleep(0.005)


# With the whole server ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("engine", "threads"), ENGINES)
async def test_pages_and_a_whole_show_on_one_number(
    tmp_path: Path, engine: Literal["python", "compiled"], threads: int
) -> None:
    async with running(settings(tmp_path, engine, threads)) as (app, port):
        server = Server(f"http://127.0.0.1:{port}", app[SERVICES])
        stage = await new_stage(server)
        publisher, viewer = TcpLightPeer(), TcpLightPeer("recvonly")
        for peer, path in ((publisher, stage.whip), (viewer, stage.whep)):
            await peer.open()
            answer = (await stage.post_offer(path, peer, **stage.key)).body.decode()
            await peer.open_tcp(answer)
            assert peer.writer.get_extra_info("peername")[1] == port
            await peer.connect(answer)
            assert peer.stun[0].attributes["XOR-MAPPED-ADDRESS"] == peer.local[:2]
            if peer is publisher:
                publisher.send_rtp(rtp(111, 1, 7))
                await stage.until_state("live")
        await viewer.until(lambda: bool(viewer.probes))
        for number in range(2, 40):
            publisher.send_rtp(rtp(111, number, 7, bytes([number]) * 100, number * 960))
            assert (await stage.host.get("/healthz")).status == 200
        await viewer.until(lambda: bool(viewer.rtp) and viewer.rtp[-1].endswith(bytes([39]) * 100))
        metrics = (await stage.host.get("/metrics")).body.decode()
        assert "closetcast_door_media_total 2.0" in metrics
        assert "closetcast_engine_tcp_connections 2.0" in metrics
        for visitor in server._visitors:
            await visitor.http.close()
    for peer in (publisher, viewer):
        await asyncio.wait_for(peer.reading, 20)  # hung up on
        peer.close()
    await asyncio.sleep(0)  # transports close at the loop's next turn


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "0.0.0.0", "::", ""])
async def test_media_is_reached_everywhere_pages_only_where_host_says(tmp_path: Path, host: str) -> None:
    """Each TCP candidate of an answer is a place where a peer connects and is heard; none of them shows a page that
    ``--host`` does not."""
    if ":" in host and not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    async with running(settings(tmp_path, host=host)) as (app, port):
        media = app[SERVICES].engine
        answer = (await media.publish("show", LightPeer().offer)).answer
        offered = re.findall(r"1 tcp \d+ (\S+) (\d+) typ host tcptype passive", answer)
        assert offered
        assert [address for address, _ in offered] == re.findall(r"1 udp \d+ (\S+) \d+ typ host", answer)
        assert {number for _, number in offered} == {str(port)}
        for address, _ in offered:
            peer = TcpLightPeer()
            await peer.open()
            description = await media.publish(f"show-{address}", peer.offer)
            await peer.open_tcp(description.answer, address)
            await peer.connect(description.answer)
            peer.close()
            await asyncio.wait_for(peer.reading, 20)
            given = ipaddress.ip_address(address)
            everywhere = {"0.0.0.0": 4, "::": 6, "": given.version}.get(host)
            assert await shows_pages(address, port) == (address == host or everywhere == given.version)


async def shows_pages(address: str, port: int) -> bool:
    reader, writer = await asyncio.open_connection(address, port)
    try:
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        with contextlib.suppress(ConnectionResetError):
            return b"200 OK" in await asyncio.wait_for(reader.read(), 20)
        return False
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def test_the_public_address_is_offered_for_both(tmp_path: Path) -> None:
    async with running(settings(tmp_path, host="0.0.0.0", public_ips=("203.0.113.7",))) as (app, port):
        answer = (await app[SERVICES].engine.publish("show", LightPeer().offer)).answer
        assert f" 203.0.113.7 {port} typ host\r\n" in answer
        assert f" 203.0.113.7 {port} typ host tcptype passive\r\n" in answer
        assert "127.0.0.1" not in answer.replace("IN IP4 127.0.0.1", "")


async def test_a_port_that_is_taken_is_said_before_anything_is_opened(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        with pytest.raises(
            OSError, match=rf"TCP port {number} on 127.0.0.1 cannot be opened .*: choose another --port"
        ):
            async with running(settings(tmp_path / "data", port=number)):
                pass
    assert not (tmp_path / "data").exists()


# The door alone -------------------------------------------------------------------------------------------------------


class Hall:
    """A door before a small server, and a list in place of the engine."""

    def __init__(self, door: Door, runner: web.AppRunner) -> None:
        self.door = door
        self.runner = runner
        self.media: list[socket.socket] = []
        door.media = self.media.append

    async def connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.door.port)


@pytest.fixture
async def hall() -> AsyncIterator[Hall]:
    async def greet(request: web.Request) -> web.Response:
        return web.Response(text=f"hello {request.remote}, {len(await request.read())}")

    door = await bind_door("127.0.0.1", 0)
    app = web.Application(middlewares=[door.asked])
    app.router.add_route("*", "/", greet)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    made = Hall(door, runner)
    await DoorSite(runner, door).start()
    yield made
    await runner.cleanup()
    for sock in made.media:
        sock.close()


REQUEST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n12345"


async def test_a_request_in_any_pieces(hall: Hall) -> None:
    for cut in (1, 2, len(REQUEST) - 1):
        reader, writer = await hall.connected()
        await until(lambda: hall.door.statistics()["undecided_now"] == 1)
        writer.write(REQUEST[:cut])
        await until(lambda: hall.door.statistics()["undecided_now"] == 0)
        writer.write(REQUEST[cut:] + REQUEST)  # and a second one on the same connection
        answer = await asyncio.wait_for(reader.readuntil(b"127.0.0.1, 5"), 20)
        answer += await asyncio.wait_for(reader.readuntil(b"127.0.0.1, 5"), 20)
        assert answer.count(b"200 OK") == 2
        writer.close()
    assert hall.media == []


async def test_media_is_handed_over_unread(hall: Hall) -> None:
    packet = frame(b"\x00\x01" + bytes(18))
    _, writer = await hall.connected()
    writer.write(packet)
    await until(lambda: len(hall.media) == 1)
    assert hall.media[0].recv(100) == packet
    assert hall.media[0].getpeername() == writer.get_extra_info("sockname")
    writer.close()


@pytest.mark.parametrize("first", [b"\x16\x03\x01\x00", b"\xff\xff", b"\x80\x00"])
async def test_what_is_neither_gets_the_answer_of_the_pages(hall: Hall, first: bytes) -> None:
    reader, writer = await hall.connected()
    writer.write(first + b"\r\n\r\n")
    assert b"400 Bad Request" in await asyncio.wait_for(reader.read(), 20)
    writer.close()
    assert hall.media == []


async def test_who_says_nothing_is_hung_up_on(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door_module, "SILENT_SECONDS", 0.05)
    reader, writer = await hall.connected()
    assert await asyncio.wait_for(reader.read(), 20) == b""
    assert hall.door.statistics()["silent"] == 1
    assert hall.door.statistics()["undecided_now"] == 0
    writer.close()


async def test_who_sends_headers_byte_by_byte_is_hung_up_on_and_others_are_not(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest, one = await hall.connected()
    one.write(REQUEST)
    await asyncio.wait_for(honest.readuntil(b", 5"), 20)
    body_to_come, two = await hall.connected()
    two.write(REQUEST[:-1])
    await until(lambda: not hall.door._unasked)
    monkeypatch.setattr(door_module, "ASKING_SECONDS", 0.05)
    slow, three = await hall.connected()
    for byte in REQUEST[:20]:
        three.write(bytes([byte]))
    with contextlib.suppress(ConnectionResetError):
        assert await asyncio.wait_for(slow.read(), 20) == b""
    assert hall.door.statistics()["slow"] == 1
    one.write(REQUEST)
    two.write(REQUEST[-1:])
    for reader in (honest, body_to_come):
        assert await asyncio.wait_for(reader.readuntil(b", 5"), 20)
    for writer in (one, two, three):
        writer.close()


async def test_who_leaves_without_a_word_is_forgotten(hall: Hall) -> None:
    for _ in range(5):
        _, writer = await hall.connected()
        await until(lambda: hall.door.statistics()["undecided_now"] == 1)
        writer.close()
        await until(lambda: hall.door.statistics()["undecided_now"] == 0)
    assert hall.door.statistics()["silent"] == 0


async def test_a_crowd_of_silent_ones_keeps_nobody_out(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door_module, "MOST_UNDECIDED", 3)
    silent = [await hall.connected() for _ in range(5)]
    await until(lambda: hall.door.statistics()["crowded"] == 2)
    for reader, _ in silent[:2]:  # the oldest of them
        assert await asyncio.wait_for(reader.read(), 20) == b""
    async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{hall.door.port}/") as reply:
        assert reply.status == 200
    assert hall.door.statistics()["undecided_now"] <= 3
    silent[4][1].write(REQUEST)  # patience is rewarded
    assert await asyncio.wait_for(silent[4][0].readuntil(b", 5"), 20)
    for _, writer in silent:
        writer.close()


async def test_closing_ends_the_silent_and_the_idle(hall: Hall) -> None:
    silent, one = await hall.connected()
    idle, two = await hall.connected()
    two.write(REQUEST)
    await asyncio.wait_for(idle.readuntil(b", 5"), 20)
    await until(lambda: hall.door.statistics()["undecided_now"] == 1)
    port = hall.door.port
    await hall.runner.cleanup()
    for reader, writer in ((silent, one), (idle, two)):
        assert await asyncio.wait_for(reader.read(), 20) == b""
        writer.close()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_a_name_that_is_no_address_of_this_machine() -> None:
    with pytest.raises(OSError, match=r"--host: 'no-such-host\.invalid' is no address"):
        await bind_door("no-such-host.invalid", 0)
