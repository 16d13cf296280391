"""WHIP as RFC 9725 has it, line by line, over a real server and a real UDP port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from livestream.engine.hub import Hub
from livestream.errors import EngineFull
from tests.livestream.engine.light_peer import LightPeer
from tests.web.conftest import Reply, Server
from tests.web.media_stage import FRAGMENT, SDP, TRICKLE, Stage, new_stage, on_air, restart_fragment
from web.media.sessions import ice_server_link
from web.settings import IceServer


@pytest.fixture
async def stage(server: Server) -> Stage:
    return await new_stage(server)


async def offer(stage: Stage, body: bytes | str = "", **headers: str) -> Reply:
    """POST to the endpoint with the key, whatever the body."""
    visitor = stage.server.visitor()
    return await visitor.request("POST", stage.whip, data=body, headers={**SDP, **stage.key, **headers})


async def test_a_host_goes_live_and_leaves(stage: Stage) -> None:
    """201, answer, Location, strong ETag; live with the first packet; DELETE 200, then 404 and interrupted."""
    async with on_air(stage) as (_, session):
        assert session.startswith(f"{stage.whip}/")
        visitor = stage.server.visitor()
        gone = await visitor.delete(session, headers=stage.key)
        assert gone.status == 200
        assert (await visitor.delete(session, headers=stage.key)).status == 404
        await stage.until_state("interrupted")


async def test_what_201_says(stage: Stage) -> None:
    peer = await LightPeer("sendonly").open()
    try:
        reply = await stage.post_offer(stage.whip, peer, **stage.key)
        assert reply.status == 201
        assert reply.headers["Content-Type"].startswith("application/sdp")
        assert reply.headers["ETag"].startswith('"')
        assert reply.headers["Accept-Patch"] == "application/trickle-ice-sdpfrag"
        assert reply.headers["Cache-Control"] == "no-store"
        answer = reply.body.decode()
        for line in ("a=recvonly", "a=group:BUNDLE 0 1", "a=rtcp-mux", "a=setup:passive", "typ host", "a=ice-lite"):
            assert line in answer
    finally:
        peer.close()


async def test_the_host_comes_back_to_the_same_show(stage: Stage) -> None:
    for _ in range(2):
        async with on_air(stage) as (_, session):
            await stage.server.visitor().delete(session, headers=stage.key)
            await stage.until_state("interrupted")
    kinds = [event.kind for event in await stage.server.services.timeline.read(stage.show_id, 0)]
    assert kinds == ["scheduled", "went_live", "interrupted", "resumed", "interrupted"]


async def test_the_key_decides(stage: Stage) -> None:
    """No token 401 with WWW-Authenticate; a wrong one, or another show's, 403; an unknown show 404."""
    visitor = stage.server.visitor()
    no_key = await visitor.request("POST", stage.whip, data="v=0", headers=SDP)
    assert no_key.status == 401
    assert no_key.headers["WWW-Authenticate"].startswith("Bearer ")
    basic = await visitor.request("POST", stage.whip, data="v=0", headers={**SDP, "Authorization": "Basic abc"})
    assert basic.status == 401
    other = await new_stage(stage.server)
    for wrong in ({"Authorization": "Bearer nonsense"}, other.key):
        reply = await visitor.request("POST", stage.whip, data="v=0", headers={**SDP, **wrong})
        assert reply.status == 403
        assert 'error="invalid_token"' in reply.headers["WWW-Authenticate"]
    signed_in = await stage.host.request("POST", stage.whip, data="v=0", headers=SDP)
    assert signed_in.status == 401  # the host's cookie is no stream key
    unknown = await visitor.request("POST", "/whip/nothing", data="v=0", headers={**SDP, **stage.key})
    assert unknown.status == 404


async def test_a_session_is_the_key_holders(stage: Stage) -> None:
    async with on_air(stage) as (_, session):
        visitor = stage.server.visitor()
        other = await new_stage(stage.server)
        patching = {**FRAGMENT, "If-Match": "*"}
        for method, data, headers in (("DELETE", None, {}), ("PATCH", TRICKLE, patching)):
            assert (await visitor.request(method, session, data=data, headers=headers)).status == 401
            headers = {**headers, **other.key}
            assert (await visitor.request(method, session, data=data, headers=headers)).status == 403
            elsewhere = session.replace(stage.show_id, other.show_id)
            assert (await visitor.request(method, elsewhere, data=data, headers=headers)).status == 404
        assert await stage.state() == "live"


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "application/trickle-ice-sdpfrag"])
async def test_another_type_is_415(stage: Stage, kind: str) -> None:
    reply = await offer(stage, "v=0", **{"Content-Type": kind})
    assert reply.status == 415
    assert reply.headers["Accept-Post"] == "application/sdp"


async def test_a_type_with_parameters_is_fine(stage: Stage) -> None:
    assert (await offer(stage, "v=0", **{"Content-Type": "application/sdp; charset=utf-8"})).status == 400  # not 415


@pytest.mark.parametrize(
    "body", ["", "hello", "v=0\r\n", b"\xff\xfe\x00", "v=0\r\nm=audio\r\n", "v=0\n" * 1_000, b"\x00"]
)
async def test_malformed_offers_are_400(stage: Stage, body: bytes | str) -> None:
    reply = await offer(stage, body)
    assert reply.status == 400
    assert reply.json["error"]["message"].endswith(".")


async def test_too_large_is_413_whether_announced_or_not(stage: Stage) -> None:
    body = b"a=x\r\n" * 14_000
    assert (await offer(stage, body)).status == 413

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 10_000):
            yield body[start : start + 10_000]

    visitor = stage.server.visitor()
    reply = await visitor.request("POST", stage.whip, data=pieces(), headers={**SDP, **stage.key})
    assert reply.status == 413


async def test_an_offer_in_the_wrong_direction_is_4xx(stage: Stage) -> None:
    peer = await LightPeer("recvonly").open()
    try:
        reply = await stage.post_offer(stage.whip, peer, **stage.key)
        assert 400 <= reply.status < 500
        assert reply.code in ("unacceptable_offer", "invalid_offer")
    finally:
        peer.close()


async def test_preflight_needs_no_key(stage: Stage) -> None:
    visitor = stage.server.visitor()
    asked = {"Origin": "https://encoder.example", "Access-Control-Request-Method": "POST"}
    for path, methods in ((stage.whip, ["POST"]), (stage.whip + "/some-session", ["PATCH", "DELETE"])):
        reply = await visitor.request("OPTIONS", path, headers=asked)
        assert reply.status == 200
        assert reply.headers["Access-Control-Allow-Origin"] == "*"
        assert set(methods) <= set(reply.headers["Access-Control-Allow-Methods"].split(", "))
        allowed = reply.headers["Access-Control-Allow-Headers"].lower()
        assert all(name in allowed for name in ("authorization", "content-type", "if-match"))
    assert (await visitor.request("OPTIONS", stage.whip)).headers["Accept-Post"] == "application/sdp"


async def test_refusals_can_be_read_by_pages_of_other_sites(stage: Stage) -> None:
    visitor = stage.server.visitor()
    origin = {"Origin": "https://encoder.example"}
    for headers in ({}, SDP, {**SDP, **stage.key}):
        reply = await visitor.request("POST", stage.whip, data="x", headers={**headers, **origin})
        assert reply.status in (400, 401)
        assert reply.headers["Access-Control-Allow-Origin"] == "*"
        exposed = reply.headers["Access-Control-Expose-Headers"].lower()
        assert all(name in exposed for name in ("location", "etag", "link", "accept-patch", "retry-after"))
    assert "Access-Control-Allow-Origin" not in (await visitor.get("/api/me", headers=origin)).headers


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
async def test_other_methods_on_the_endpoint_are_405(stage: Stage, method: str) -> None:
    reply = await stage.server.visitor().request(method, stage.whip)
    assert reply.status == 405
    assert set(reply.headers["Allow"].split(",")) == {"POST", "OPTIONS"}


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "POST"])
async def test_other_methods_on_a_session_are_405(stage: Stage, method: str) -> None:
    reply = await stage.server.visitor().request(method, stage.whip + "/some-session")
    assert reply.status == 405
    assert "PATCH" in reply.headers["Allow"]


async def test_patch(stage: Stage) -> None:
    """Trickle 204; restart 200 with new credentials and a new ETag; 428, 412, 422, 415, 400, 413 change nothing."""
    visitor = stage.server.visitor()
    peer = await LightPeer("sendonly").open()
    try:
        joined = await stage.post_offer(stage.whip, peer, **stage.key)
        session, etag = joined.headers["Location"], joined.headers["ETag"]

        async def patch(body: str, if_match: str | None, **headers: str) -> Reply:
            match = {} if if_match is None else {"If-Match": if_match}
            return await visitor.request(
                "PATCH", session, data=body, headers={**FRAGMENT, **stage.key, **match, **headers}
            )

        assert (await patch(TRICKLE, None)).status == 428
        assert (await patch(TRICKLE, '"another"')).status == 412
        wrong_type = await patch(TRICKLE, etag, **{"Content-Type": "application/sdp"})
        assert wrong_type.status == 415
        assert wrong_type.headers["Accept-Patch"] == "application/trickle-ice-sdpfrag"
        assert (await patch("nonsense", etag)).status == 400
        assert (await patch("a=x\r\n" * 4_000, etag)).status == 413
        half = f"a=ice-ufrag:peer\r\na=ice-pwd:{'q' * 22}\r\n"
        assert (await patch(half, "*")).status == 422

        trickled = await patch(TRICKLE, etag)
        assert (trickled.status, trickled.body) == (204, b"")

        restarted = await patch(restart_fragment(), "*")
        assert restarted.status == 200
        assert restarted.headers["Content-Type"].startswith("application/trickle-ice-sdpfrag")
        assert restarted.headers["ETag"] not in ("", etag)
        answered = joined.body.decode()
        ufrag = next(line for line in restarted.body.decode().splitlines() if line.startswith("a=ice-ufrag:"))
        assert ufrag not in answered
        assert (await patch(TRICKLE, etag)).status == 412  # the ETag of before
        assert (await patch(TRICKLE, restarted.headers["ETag"])).status in (200, 204)
        assert (await visitor.delete(session, headers=stage.key)).status == 200
        assert (await patch(TRICKLE, "*")).status == 404
    finally:
        peer.close()


async def test_overload_is_503_with_retry_after(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise EngineFull("This server is full: try again in a moment.")

    monkeypatch.setattr(Hub, "_admit", full)
    peer = await LightPeer("sendonly").open()
    try:
        reply = await stage.post_offer(stage.whip, peer, **stage.key)
        assert reply.status == 503
        assert int(reply.headers["Retry-After"]) > 0
        assert reply.code == "engine_full"
    finally:
        peer.close()


async def test_a_show_that_is_over_is_409(stage: Stage) -> None:
    assert (await stage.host.post(f"/api/shows/{stage.show_id}/cancel")).status == 200
    reply = await offer(stage, "v=0")
    assert reply.status == 409
    assert reply.code == "show_state"


async def test_a_new_key_ends_the_publication(stage: Stage) -> None:
    async with on_air(stage) as (_, session):
        fresh = await stage.host.post(f"/api/shows/{stage.show_id}/stream-key")
        assert fresh.status == 200
        await stage.until_state("interrupted")
        visitor = stage.server.visitor()
        key = {"Authorization": f"Bearer {fresh.json['stream_key']}"}
        assert (await visitor.delete(session, headers=key)).status == 404
        assert (await visitor.delete(session, headers=stage.key)).status == 403


async def test_ending_the_show_ends_its_sessions(stage: Stage) -> None:
    async with on_air(stage) as (_, session):
        assert (await stage.host.post(f"/api/shows/{stage.show_id}/end")).json["state"] == "ended"
        assert (await stage.server.visitor().delete(session, headers=stage.key)).status == 404


async def test_the_studio_sees_what_arrives(stage: Stage) -> None:
    async with on_air(stage):
        media = (await stage.host.get(f"/api/shows/{stage.show_id}/media")).json
        assert media["publishing"] is True
        assert media["show_ms"] >= 0
        assert media["viewers"] == 0


async def test_a_second_publication_takes_over(stage: Stage) -> None:
    async with on_air(stage) as (_, first), on_air(stage) as (_, second):
        assert first != second
        visitor = stage.server.visitor()
        async with asyncio.timeout(10):
            while (await visitor.delete(first, headers=stage.key)).status != 404:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        assert await stage.state() == "live"
    kinds = [event.kind for event in await stage.server.services.timeline.read(stage.show_id, 0)]
    assert kinds[:2] == ["scheduled", "went_live"]
    assert "resumed" not in kinds


def test_ice_servers_as_links() -> None:
    assert ice_server_link(IceServer("stun:stun.example.org")) == '<stun:stun.example.org>; rel="ice-server"'
    link = ice_server_link(IceServer("turn:turn.example.org?transport=udp", "ana", 'se"cr\\et'))
    assert link == (
        '<turn:turn.example.org?transport=udp>; rel="ice-server"; username="ana"; '
        'credential="se\\"cr\\\\et"; credential-type="password"'
    )
