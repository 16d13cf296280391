"""WHEP as its draft has it, line by line: watching, server-sent events, layers."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from livestream.media import LayerStatistics, PublicationStatistics, ShowMedia
from tests.livestream.engine.light_peer import LightPeer
from tests.web.conftest import Reply, Server
from tests.web.media_stage import FRAGMENT, SDP, TRICKLE, Stage, new_stage, on_air, restart_fragment
from web.media.news import MediaNews, layers_data
from web.media.whep import video_mid
from web.serve import running
from web.settings import IceServer, Settings


@pytest.fixture
async def stage(server: Server) -> Stage:
    return await new_stage(server)


@pytest.fixture
async def viewer() -> AsyncIterator[LightPeer]:
    peer = await LightPeer("recvonly").open()
    yield peer
    peer.close()


async def join(stage: Stage, peer: LightPeer) -> Reply:
    reply = await stage.post_offer(stage.whep, peer)
    assert reply.status == 201, reply.body
    return reply


def links(reply: Reply) -> dict[str, str]:
    """Address by relation."""
    found = [re.match(r'<([^>]+)>; rel="([^"]+)"', link) for link in reply.headers.getall("Link")]
    return {match.group(2).rsplit(":", 1)[-1]: match.group(1) for match in found if match}


async def test_a_viewer_watches_and_leaves(stage: Stage, viewer: LightPeer) -> None:
    """No token; 201, answer, Location, ETag; packets arrive; DELETE 200, then 404."""
    async with on_air(stage):
        reply = await join(stage, viewer)
        session = reply.headers["Location"]
        assert session.startswith(f"{stage.whep}/")
        assert reply.headers["Content-Type"].startswith("application/sdp")
        assert reply.headers["ETag"].startswith('"')
        assert reply.headers["Accept-Patch"] == "application/trickle-ice-sdpfrag"
        assert "a=sendonly" in reply.body.decode()
        await viewer.connect(reply.body.decode())
        await viewer.until(lambda: len(viewer.rtp) > 0)
        visitor = stage.server.visitor()
        assert (await visitor.request("HEAD", session)).status == 200
        assert (await visitor.delete(session)).status == 200
        assert (await visitor.delete(session)).status == 404
        assert (await visitor.request("HEAD", session)).status == 404


async def test_viewers_are_counted(stage: Stage, viewer: LightPeer) -> None:
    async with on_air(stage):
        await viewer.connect((await join(stage, viewer)).body.decode())
        async with asyncio.timeout(10):
            while (await stage.host.get(f"/api/shows/{stage.show_id}")).json["viewers"] != 1:  # noqa: ASYNC110
                await asyncio.sleep(0.05)


async def test_nothing_live_is_409_with_retry_after(stage: Stage, viewer: LightPeer) -> None:
    reply = await stage.post_offer(stage.whep, viewer)
    assert reply.status == 409
    assert reply.code == "nothing_live"
    assert int(reply.headers["Retry-After"]) > 0
    assert reply.headers["Access-Control-Allow-Origin"] == "*"


async def test_a_show_that_is_over_is_409_for_good(stage: Stage, viewer: LightPeer) -> None:
    await stage.host.post(f"/api/shows/{stage.show_id}/cancel")
    reply = await stage.post_offer(stage.whep, viewer)
    assert reply.status == 409
    assert "Retry-After" not in reply.headers


async def test_unknown_shows_are_404(stage: Stage, viewer: LightPeer) -> None:
    assert (await stage.post_offer("/whep/nothing", viewer)).status == 404
    assert (await stage.server.visitor().request("HEAD", "/whep/nothing")).status == 404
    assert (await stage.server.visitor().delete(stage.whep + "/nothing")).status == 404


async def test_bad_offers(stage: Stage) -> None:
    async with on_air(stage):
        visitor = stage.server.visitor()
        for body, headers, status in (
            ("v=0", {"Content-Type": "text/plain"}, 415),
            ("nonsense", SDP, 400),
            (b"\xff\xff", SDP, 400),
            (b"x" * 70_000, SDP, 413),
        ):
            reply = await visitor.request("POST", stage.whep, data=body, headers=headers)
            assert reply.status == status
            assert "Traceback" not in reply.body.decode()
        sender = await LightPeer("sendonly").open()
        try:
            assert (await stage.post_offer(stage.whep, sender)).status == 422
        finally:
            sender.close()


async def test_head_options_and_other_methods(stage: Stage) -> None:
    visitor = stage.server.visitor()
    head = await visitor.request("HEAD", stage.whep)
    assert (head.status, head.headers["Accept-Post"]) == (200, "application/sdp")
    options = await visitor.request("OPTIONS", stage.whep, headers={"Origin": "https://player.example"})
    assert options.status == 200
    assert options.headers["Accept-Post"] == "application/sdp"
    assert options.headers["Access-Control-Allow-Origin"] == "*"
    for path in ("", "/events", "/layer"):
        assert (await visitor.request("OPTIONS", f"{stage.whep}/session{path}")).status == 200
    for method in ("GET", "PUT", "DELETE"):
        reply = await visitor.request(method, stage.whep)
        assert reply.status == 405
        assert "POST" in reply.headers["Allow"]
    assert (await visitor.request("PUT", stage.whep + "/session/events")).status == 405
    assert (await visitor.request("PUT", stage.whep + "/session/layer")).status == 405


async def test_patch(stage: Stage, viewer: LightPeer) -> None:
    async with on_air(stage):
        joined = await join(stage, viewer)
        session, etag = joined.headers["Location"], joined.headers["ETag"]
        visitor = stage.server.visitor()

        async def patch(body: str, **headers: str) -> Reply:
            return await visitor.request("PATCH", session, data=body, headers={**FRAGMENT, **headers})

        assert (await patch(TRICKLE)).status == 428
        assert (await patch(TRICKLE, **{"If-Match": etag})).status == 204
        restarted = await patch(restart_fragment(), **{"If-Match": "*"})
        assert restarted.status == 200
        assert (await patch(TRICKLE, **{"If-Match": etag})).status == 412


async def test_a_session_belongs_to_its_show_and_role(stage: Stage, viewer: LightPeer) -> None:
    async with on_air(stage) as (_, publication):
        session = (await join(stage, viewer)).headers["Location"]
        visitor = stage.server.visitor()
        other = await new_stage(stage.server)
        assert (await visitor.delete(session.replace(stage.show_id, other.show_id))).status == 404
        assert (
            await visitor.delete(publication.replace("/whip/", "/whep/"))
        ).status == 404  # a host's, without its key
        assert (await visitor.delete(session.replace("/whep/", "/whip/"), headers=stage.key)).status == 404
        assert (await visitor.request("HEAD", session)).status == 200


async def test_links_to_the_extensions(stage: Stage, viewer: LightPeer) -> None:
    async with on_air(stage):
        reply = await join(stage, viewer)
        session = reply.headers["Location"]
        assert links(reply) == {"server-sent-events": f"{session}/events?mid=1", "layer": f"{session}/layer"}
        [events] = [link for link in reply.headers.getall("Link") if "server-sent-events" in link]
        assert 'events="active,inactive,layers,viewercount"' in events


async def test_ice_servers_from_the_settings(tmp_path: Path, viewer: LightPeer) -> None:
    servers = (IceServer("stun:stun.example.org"), IceServer("turn:turn.example.org", "ana", "secret"))
    settings = Settings(port=0, udp_port=0, data=tmp_path / "data", limits=False)
    async with running(replace(settings, ice_servers=servers)) as (app, port):
        from web.routing import SERVICES

        server = Server(f"http://127.0.0.1:{port}", app[SERVICES])
        try:
            stage = await new_stage(server)
            reply = await stage.post_offer(stage.whip, await viewer_as_host(viewer), **stage.key)
            assert reply.status == 201
            assert reply.headers.getall("Link") == [
                '<stun:stun.example.org>; rel="ice-server"',
                '<turn:turn.example.org>; rel="ice-server"; username="ana"; credential="secret"; credential-type="password"',
            ]
        finally:
            for visitor in server._visitors:
                await visitor.http.close()


async def viewer_as_host(peer: LightPeer) -> LightPeer:
    peer.offer = peer.offer.replace("a=recvonly", "a=sendonly")
    return peer


# -- server-sent events


class Events:
    """A reader of one stream."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    async def next(self) -> tuple[str, Any]:
        """The next event; comments and the retry line are skipped. Raises: EOFError at the end."""
        event = ""
        async with asyncio.timeout(15):
            while line := await self._response.content.readline():
                name, _, value = line.decode().strip().partition(": ")
                if name == "event":
                    event = value
                elif name == "data":
                    return event, json.loads(value)
        raise EOFError

    async def until(self, wanted: str) -> Any:
        while True:
            event, data = await self.next()
            if event == wanted:
                return data


async def test_a_stream_of_events(stage: Stage, viewer: LightPeer) -> None:
    """How things are first; then interruptions, viewers, and the end with the session."""
    async with on_air(stage) as (_, publication):
        reply = await join(stage, viewer)
        await viewer.connect(reply.body.decode())
        visitor = stage.server.visitor()
        address = links(reply)["server-sent-events"]
        async with visitor.http.get(address) as response:
            assert response.status == 200
            assert response.headers["Content-Type"] == "text/event-stream"
            assert response.headers["Access-Control-Allow-Origin"] == "*"
            assert response.headers["Cache-Control"] == "no-store"
            events = Events(response)
            assert await events.next() == ("active", {})
            count = await events.until("viewercount")
            if count != {"viewercount": 1}:
                assert await events.until("viewercount") == {"viewercount": 1}
            await visitor.delete(publication, headers=stage.key)
            assert await events.until("inactive") == {}
            await visitor.delete(reply.headers["Location"])
            with pytest.raises(EOFError):
                await events.until("active")
        assert (await visitor.get(address)).status == 404


async def test_subscribing_the_drafts_way(stage: Stage, viewer: LightPeer) -> None:
    async with on_air(stage):
        reply = await join(stage, viewer)
        visitor, address = stage.server.visitor(), links(reply)["server-sent-events"]
        made = await visitor.post(address, ["viewercount", "something-new"])
        assert made.status == 201
        async with visitor.http.get(made.headers["Location"]) as response:
            assert (await Events(response).next())[0] == "viewercount"
        everything = await visitor.request("POST", address)
        assert everything.status == 201
        assert (await visitor.post(address, ["something-new"])).status == 422
        assert (await visitor.post(address, {"no": "list"})).status == 400
        assert (
            await visitor.request("POST", address, data="[", headers={"Content-Type": "application/json"})
        ).status == 400
        assert (await visitor.request("POST", address, data="x", headers=SDP)).status == 415


async def test_one_stream_per_session(stage: Stage, viewer: LightPeer) -> None:
    async with on_air(stage):
        address = links(await join(stage, viewer))["server-sent-events"]
        visitor = stage.server.visitor()
        async with visitor.http.get(address) as first:
            earlier = Events(first)
            assert (await earlier.next())[0] == "active"
            async with visitor.http.get(address) as second:
                assert (await Events(second).next())[0] == "active"
                with pytest.raises(EOFError):
                    await earlier.until("inactive")


async def test_streams_do_not_hold_up_a_stopping_server(tmp_path: Path, viewer: LightPeer) -> None:
    settings = Settings(port=0, udp_port=0, data=tmp_path / "data", limits=False)
    async with running(settings) as (app, port):
        from web.routing import SERVICES

        server = Server(f"http://127.0.0.1:{port}", app[SERVICES])
        stage = await new_stage(server)
        async with on_air(stage):
            address = links(await join(stage, viewer))["server-sent-events"]
            response = await server.visitor().http.get(address)
            assert (await Events(response).next())[0] == "active"
        before = asyncio.get_running_loop().time()
    try:
        assert asyncio.get_running_loop().time() - before < 4  # without the stream's end: five seconds of patience
        with pytest.raises((EOFError, aiohttp.ClientError)):
            await Events(response).until("nothing")
    finally:
        response.close()
        for visitor in server._visitors:
            await visitor.http.close()


# -- layers


async def test_choosing_a_layer(stage: Stage, viewer: LightPeer) -> None:
    async with on_air(stage):
        address = links(await join(stage, viewer))["layer"]
        visitor = stage.server.visitor()
        automatic = await visitor.post(address, {"rid": None})
        assert (automatic.status, automatic.json) == (200, {"rid": None})
        unknown = await visitor.post(address, {"rid": "h"})
        assert (unknown.status, unknown.code) == (422, "unknown_layer")
        assert (await visitor.post(address, {"mediaId": "1", "encodingId": "h"})).status == 422
        assert (await visitor.post(address, {"rid": 7})).status == 422
        assert (await visitor.post(address, {"rid": "x" * 65})).status == 422
        assert (await visitor.request("POST", address, data="{}", headers=SDP)).status == 415
        offered = await visitor.get(address)
        assert (offered.status, offered.json) == (200, {"layers": [], "chosen": None, "current": None})


async def test_a_player_says_how_large_it_shows_the_picture(stage: Stage, viewer: LightPeer) -> None:
    async with on_air(stage) as (_, host_session):
        reply = await join(stage, viewer)
        address = reply.headers["Location"] + "/shown"
        visitor = stage.server.visitor()
        for size in ({"width": 390, "height": 844}, {"width": 0, "height": 0}, {}, {"width": None, "height": None}):
            assert (await visitor.post(address, size)).status == 204
        for wrong in ({"width": -1, "height": 1}, {"width": 1.5, "height": 1}, {"width": 99999, "height": 1}):
            assert (await visitor.post(address, wrong)).status == 422
        gone = reply.headers["Location"][:-4] + "gone/shown"
        assert (await visitor.post(gone, {"width": 1, "height": 1})).status == 404
        host_id = host_session.rsplit("/", 1)[1]
        assert (await visitor.post(f"{stage.whep}/{host_id}/shown", {"width": 1, "height": 1})).status == 404


async def test_the_figures_of_a_show(stage: Stage, viewer: LightPeer) -> None:
    async with on_air(stage):
        reply = await join(stage, viewer)
        await viewer.connect(reply.body.decode())
        await viewer.until(lambda: len(viewer.rtp) > 5)
        text = (await stage.server.visitor().get("/metrics")).body.decode()
        show = f'{{show="{stage.show_id}"}}'
        figures = {line.split(" ")[0]: float(line.split(" ")[1]) for line in text.splitlines() if line[0] != "#"}
        assert figures[f"closetcast_show_viewers{show}"] == 1
        assert figures[f"closetcast_show_joins_total{show}"] == 1
        assert figures[f"closetcast_show_packets_total{show}"] > 5
        assert figures[f"closetcast_show_bytes_total{show}"] > 25
        assert figures[f"closetcast_show_retransmissions_total{show}"] == 0
        assert figures[f'closetcast_show_layer_viewers{{layer="none",show="{stage.show_id}"}}'] == 1
        assert sum(name.startswith("closetcast_media_engine{") for name in figures) == 1


def media(*layers: LayerStatistics) -> ShowMedia:
    return ShowMedia(True, 1, 0, PublicationStatistics(layers=layers))


def test_layers_as_the_draft_describes_them() -> None:
    assert layers_data(ShowMedia(False, 0, None)) is None
    assert layers_data(media()) is None
    found = layers_data(media(LayerStatistics("h", 1280, 720, 900, True), LayerStatistics("l", None, None, 0, False)))
    assert found == {
        "active": [{"id": "h", "width": 1280, "height": 720}],
        "inactive": [{"id": "l"}],
        "layers": [{"encodingId": "h"}],
    }


async def test_layers_are_told_when_they_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.media.news.LAYERS_EVERY", 0.001)
    now = media(LayerStatistics("h", 1280, 720, 900, True))
    looks = 0

    async def show_media(show_id: str) -> ShowMedia:
        nonlocal looks
        looks += 1
        if looks == 2:
            raise RuntimeError("the engine is busy")
        return replace(now, viewers=looks)

    async def layers_of(stream: Any) -> bytes:
        async with asyncio.timeout(10):
            while True:
                await stream.changed.wait()
                text = bytes(stream.take())
                if b"event: layers" in text:
                    return text

    news = MediaNews(show_media)
    every = frozenset({"layers", "active", "inactive"})
    one = news.open("show", "one", every, "video", True, 0)
    assert b'"video":{"active":[{"id":"h"' in await layers_of(one)
    late = news.open("show", "late", every, "0", True, 0)
    assert b'"0":{"active":[{"id":"h"' in await layers_of(late)
    now = media(LayerStatistics("h", 1280, 720, 0, False))
    assert b'"inactive":[{"id":"h"' in await layers_of(one)
    for event in ("inactive", "active", "inactive"):
        one.tell(event, {})
    one.tell("viewercount", {"viewercount": 3})  # not asked for
    assert one.take() == b"event: inactive\ndata: {}\n\n"
    await news.leave("show", "one", one)
    await news.leave("show", "late", late)
    assert news._shows == {}
    await news.close()
    assert news.open("show", "after", every, "0", True, 0).over


def test_the_players_name_for_its_video() -> None:
    assert video_mid("v=0\r\nm=audio 9 X 1\r\na=mid:a\r\nm=video 9 X 1\r\na=rtcp-mux\r\na=mid:b\r\n") == "b"
    assert video_mid("v=0\r\nm=audio 9 X 1\r\na=mid:a\r\n") == "video"
    assert video_mid('v=0\r\nm=video 9 X 1\r\na=mid:">\r\n') == "video"
