"""Low-latency HLS as a player's conformance test would walk it, behind nginx as an audience does, and after the end."""

from __future__ import annotations

import asyncio
import contextlib
import io
import itertools
import re
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import aiohttp.web
import av
import m3u8
import pytest

from tests.e2e.server import ServerProcess
from tests.servers import free_port, wait_for_port
from tests.web.hls_stage import HlsStage, end_host, new_stage

PLAYERS = 200


@pytest.fixture
def hls_server(tmp_path: Path) -> Iterator[ServerProcess]:
    process = ServerProcess(tmp_path / "data")
    process.start()
    yield process
    process.close()


@pytest.fixture
async def stage(hls_server: ServerProcess, tmp_path: Path) -> AsyncIterator[HlsStage]:
    stage = await new_stage(hls_server, tmp_path)
    yield stage
    await stage.host.http.close()


@pytest.mark.timeout(120)
async def test_the_rules_of_low_latency_hls(stage: HlsStage) -> None:
    assert (await stage.get("media.m3u8")).status == 404, "not on air"
    async with stage.on_air() as host:
        await stage.until_segments(2)
        await walk(stage)
        await refusals(stage)
        # The end: a player that is watching is told, and the same address is a replay from then on.
        end_host(host)
        before = await stage.playlist()
        assert (await stage.host.post(f"/api/shows/{stage.show_id}/end")).status == 200
        end = time.monotonic() + 15
        while not (after := await stage.playlist()).is_endlist:
            assert time.monotonic() < end
            await asyncio.sleep(0.1)
        assert after.media_sequence >= before.media_sequence
    replay = await stage.get("index.m3u8")
    assert b"vod.m3u8" in replay.body
    found = m3u8.loads((await stage.get("vod.m3u8")).body.decode())
    assert found.is_endlist
    assert found.playlist_type == "vod"
    await plays(stage, found)
    end = time.monotonic() + 15
    while (shown := (await stage.host.get(f"/api/shows/{stage.show_id}/replay")).json)["state"] != "ready":
        assert time.monotonic() < end, "the recording is not finished"
        await asyncio.sleep(0.1)
    assert shown["media_ms"] == pytest.approx(sum(one.duration for one in found.segments) * 1000, abs=5)
    # Deleted is deleted: for everybody, and from the disk.
    assert (await stage.host.delete(f"/api/shows/{stage.show_id}/replay")).status == 204
    assert not stage.files.exists()
    for name in ("index.m3u8", "vod.m3u8", "0.m4s", "poster.jpg"):
        assert (await stage.get(name)).status == 410, name


async def walk(stage: HlsStage) -> None:
    """A dozen blocking reloads, each checked against the one before."""
    now = await stage.playlist()
    assert now.server_control.can_block_reload == "YES"
    assert now.server_control.part_hold_back >= 3 * now.part_inf.part_target
    bytes_of: dict[str, int] = {}
    for _ in range(12):
        msn, part = edge(now)
        began = time.monotonic()
        reply = await stage.get(f"media.m3u8?_HLS_msn={msn}&_HLS_part={part}")
        assert reply.status == 200
        assert reply.headers["Cache-Control"] == "public, max-age=24"
        after = m3u8.loads(reply.body.decode())
        assert time.monotonic() - began < 8
        assert edge(after) > (msn, part), "it came before what was asked for"
        check(after)
        keeps(now, after)
        for segment in after.segments:
            for one in segment.parts:
                if one.uri not in bytes_of:
                    answer = await stage.get(one.uri)
                    assert answer.status == 200
                    assert answer.headers["Cache-Control"] == "public, max-age=3600, immutable"
                    bytes_of[one.uri] = len(answer.body)
            if segment.uri:
                whole = await stage.get(segment.uri)
                assert len(whole.body) == sum(bytes_of[one.uri] for one in segment.parts)
        now = after
    # The hinted part may be asked for before it is there.
    hint = now.preload_hint.uri
    hinted = await stage.get(hint)
    assert hinted.status == 200
    assert hinted.body[4:8] == b"moof"


def edge(found: m3u8.M3U8) -> tuple[int, int]:
    """What comes next, by the hint."""
    match = re.fullmatch(r"(\d+)\.(\d+)\.m4s", found.preload_hint.uri)
    assert match is not None
    return int(match[1]), int(match[2])


def check(found: m3u8.M3U8) -> None:
    """What one playlist by itself must keep to."""
    target = found.part_inf.part_target
    whole = [segment for segment in found.segments if segment.uri]
    for number, segment in enumerate(whole):
        assert int(segment.uri.removesuffix(".m4s")) == found.media_sequence + number
        assert round(segment.duration) <= found.target_duration
        if segment.parts:
            assert sum(part.duration for part in segment.parts) == pytest.approx(segment.duration, abs=0.001)
            for part in segment.parts[:-1]:
                assert 0.85 * target <= part.duration <= target
            assert segment.parts[-1].duration <= target
    times = [segment.program_date_time for segment in whole]
    for one, following, segment in zip(times, times[1:], whole, strict=False):
        if not segment.discontinuity:
            assert (following - one).total_seconds() == pytest.approx(segment.duration, abs=0.002)


def keeps(before: m3u8.M3U8, after: m3u8.M3U8) -> None:
    """What was said once stays (rfc8216bis section 6.2.1)."""
    assert after.media_sequence >= before.media_sequence
    assert after.target_duration == before.target_duration
    said = {segment.uri: segment.duration for segment in before.segments if segment.uri}
    for segment in after.segments:
        if segment.uri in said:
            assert segment.duration == said[segment.uri]


async def refusals(stage: HlsStage) -> None:
    msn, part = edge(await stage.playlist())
    far = await stage.get(f"media.m3u8?_HLS_msn={msn + 20}")
    assert far.status == 400
    assert (await stage.get("media.m3u8?_HLS_part=1")).status == 400
    assert (await stage.get("media.m3u8?_HLS_msn=x")).status == 400
    for name in (f"{msn + 7}.m4s", f"{msn}.{part + 500}.m4s", "init-99.mp4", "journal.jsonl", "lock", "..%2flock"):
        reply = await stage.get(name)
        assert reply.status == 404, name
        assert "immutable" not in reply.headers.get("Cache-Control", "")


async def plays(stage: HlsStage, found: m3u8.M3U8) -> None:
    """All segments of a replay in one decoder, without an error, in order and without a hole."""
    data = (await stage.get("init-0.mp4")).body
    for segment in found.segments:
        data += (await stage.get(segment.uri)).body
    with av.open(io.BytesIO(data), format="mp4") as container:
        times = [float(frame.time) for frame in container.decode(video=0)]  # type: ignore[union-attr]
    assert len(times) > 60
    assert times == sorted(times)
    assert max(two - one for one, two in itertools.pairwise(times)) < 0.5


NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log warn;
events {{ worker_connections 2048; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  proxy_cache_path {folder}/cache keys_zone=hls:4m inactive=1m;
  server {{
    listen 127.0.0.1:{port};
    location /hls/ {{
      proxy_pass {origin}; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_cache hls; proxy_cache_key $request_uri; proxy_cache_lock on;
      proxy_cache_lock_timeout 15s; proxy_cache_lock_age 15s;
    }}
  }}
}}
"""


@contextlib.contextmanager
def nginx(origin: str) -> Iterator[int]:
    with tempfile.TemporaryDirectory(prefix="closetcast-nginx-") as folder:
        port = free_port()
        configuration = Path(folder) / "nginx.conf"
        configuration.write_text(NGINX.format(folder=folder, port=port, origin=origin))
        Path(folder).chmod(0o755)
        process = subprocess.Popen(["nginx", "-p", folder, "-c", str(configuration)])
        try:
            wait_for_port(port, process)
            yield port
        finally:
            process.terminate()
            process.wait(10)


class Origin:
    """Counts what reaches the server."""

    def __init__(self, url: str) -> None:
        self.asked: Counter[str] = Counter()
        self._to = url
        self.url = ""
        self._http = aiohttp.ClientSession()
        self._runner: aiohttp.web.AppRunner | None = None

    async def __aenter__(self) -> Origin:
        app = aiohttp.web.Application()
        app.router.add_get("/{path:.*}", self._pass)
        self._runner = aiohttp.web.AppRunner(app, shutdown_timeout=1)
        await self._runner.setup()
        port = free_port()
        await aiohttp.web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.url = f"http://127.0.0.1:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()
        await self._http.close()

    async def _pass(self, request: aiohttp.web.Request) -> aiohttp.web.Response:
        self.asked[request.path_qs] += 1
        async with self._http.get(self._to + request.path_qs) as answer:
            headers = {
                name: answer.headers[name] for name in ("Cache-Control", "Content-Type") if name in answer.headers
            }
            return aiohttp.web.Response(status=answer.status, body=await answer.read(), headers=headers)


@pytest.mark.timeout(120)
async def test_two_hundred_players_behind_a_cache_cost_one_request_per_part(stage: HlsStage) -> None:
    async with stage.on_air():
        await stage.until_segments(1)
        async with Origin(stage.server.url) as origin:
            with nginx(origin.url) as port:
                start = edge(await stage.playlist())
                connector = aiohttp.TCPConnector(limit=0)
                async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", connector=connector) as http:
                    found = await asyncio.gather(*(play(http, stage.hls, start) for _ in range(PLAYERS)))
    assert all(one == found[0] for one in found), "everybody saw the same parts"
    assert len(found[0]) >= 6
    media = {path: count for path, count in origin.asked.items() if path.endswith(".m4s")}
    assert set(media) == {f"{stage.hls}/{uri}" for uri in found[0]}
    assert set(media.values()) == {1}, "one request per part"
    blocking = [count for path, count in origin.asked.items() if "_HLS_msn" in path]
    assert set(blocking) == {1}, "one request per playlist"


async def play(http: aiohttp.ClientSession, hls: str, start: tuple[int, int], parts: int = 6) -> list[str]:
    """What a player fetches of the next parts: the blocking playlist, then the part."""
    fetched: list[str] = []
    msn, part = start
    while len(fetched) < parts:
        async with http.get(f"{hls}/media.m3u8?_HLS_msn={msn}&_HLS_part={part}") as answer:
            assert answer.status == 200, await answer.text()
            found = m3u8.loads(await answer.text())
        uri = f"{msn}.{part}.m4s"
        if uri not in {one.uri for segment in found.segments for one in segment.parts}:
            uri = f"{msn + 1}.0.m4s"  # the segment had ended before that part
        async with http.get(f"{hls}/{uri}") as answer:
            assert answer.status == 200
            assert len(await answer.read()) > 100
        fetched.append(uri)
        msn, part = edge(found)
    return fetched
