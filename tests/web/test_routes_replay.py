"""Captions, trailers, bookmarks and clips over HTTP; the recording itself is ``test_hls.py``'s."""

from __future__ import annotations

import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

from tests.web.conftest import Server, Visitor


async def a_show(host: Visitor) -> str:
    body = {"title": "Coats", "description": "", "starts_at": int(time.time() * 1000) + 3_600_000}
    reply = await host.post("/api/shows", body)
    assert reply.status == 201, reply.body
    return str(reply.json["show_id"])


def a_video(path: Path, codec: str = "libx264", frames: int = 30) -> bytes:
    with av.open(str(path), "w") as made:
        stream: Any = made.add_stream(codec, rate=30)
        stream.width, stream.height, stream.pix_fmt = 96, 160, "yuv420p"
        for number in range(frames):
            frame = av.VideoFrame(96, 160, "yuv420p")
            for plane in frame.planes:
                plane.update(bytes([100 + number % 100]) * plane.buffer_size)
            frame.pts, frame.time_base = number, Fraction(1, 30)
            made.mux(stream.encode(frame))
        made.mux(stream.encode(None))
    return path.read_bytes()


async def test_captions_become_a_track(server: Server) -> None:
    host, stranger = await server.sign_up("Mara"), await server.sign_up("Ana")
    show = await a_show(host)
    path = f"/api/shows/{show}/captions"
    cues = [
        {"starts_ms": 3_661_000, "ends_ms": 3_662_500, "text": "Wool & <silk>"},
        {"starts_ms": 500, "ends_ms": 1_500, "text": "Hello\n\nthere"},
    ]
    assert (await stranger.post(path, {"language": "en", "cues": cues})).status == 403
    assert (await host.post(path, {"language": "EN-us", "name": "English", "cues": cues})).json == {"kept": 2}
    assert (await host.get(path)).json["items"] == [{"language": "en-US", "name": "English"}]
    text = (await host.get(path + "/en-US.vtt")).body.decode()
    assert text.startswith("WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n")
    assert "00:00:00.500 --> 00:00:01.500\nHello\nthere\n" in text
    assert "01:01:01.000 --> 01:01:02.500\nWool &amp; &lt;silk&gt;\n" in text
    again = [{"starts_ms": 500, "ends_ms": 1_500, "text": "Good evening"}]
    assert (await host.post(path, {"language": "en-US", "cues": again})).status == 200
    assert "Hello" not in (await host.get(path + "/en-US.vtt")).body.decode()
    for bad in (
        {"language": "x", "cues": again},
        {"language": "en", "cues": []},
        {"language": "en", "cues": [{"starts_ms": 9, "ends_ms": 8, "text": "a"}]},
        {"language": "en", "cues": [{"starts_ms": 0, "ends_ms": 60_000, "text": "a"}]},
        {"language": "en", "cues": [{"starts_ms": 0, "ends_ms": 1_000, "text": "a\x00"}]},
    ):
        assert (await host.post(path, bad)).status == 422, bad
    assert (await host.delete(path + "/en-US")).status == 204
    assert (await host.get(path + "/en-US.vtt")).status == 404


async def test_the_stream_key_opens_captions_for_a_machine(server: Server) -> None:
    host = await server.sign_up("Mara")
    show = await a_show(host)
    key = (await host.get(f"/api/shows/{show}/studio")).json["stream_key"]
    machine = server.visitor()
    machine.http.headers.clear()
    body = {"language": "de", "cues": [{"starts_ms": 0, "ends_ms": 900, "text": "Guten Abend"}]}
    path = f"/api/shows/{show}/captions"
    assert (await machine.post(path, body, headers={"Authorization": "Bearer wrong"})).status == 403
    assert (await machine.post(path, body, headers={"Authorization": f"Bearer {key}"})).json == {"kept": 1}


async def test_bookmarks_are_counted(server: Server) -> None:
    host, ana = await server.sign_up("Mara"), await server.sign_up("Ana")
    show = await a_show(host)
    path = f"/api/shows/{show}/bookmark"
    assert (await ana.get(path)).json == {"bookmarked": False, "count": 0}
    assert (await ana.put(path)).json == {"bookmarked": True, "count": 1}
    assert (await ana.put(path)).json == {"bookmarked": True, "count": 1}
    assert (await host.get(path)).json == {"bookmarked": False, "count": 1}
    assert (await ana.delete(path)).json == {"bookmarked": False, "count": 0}
    assert (await host.post(f"/api/shows/{show}/cancel")).status == 200
    assert (await ana.put(path)).status == 409


@pytest.mark.parametrize(
    ("suffix", "codec", "kind"), [("mp4", "libx264", "video/mp4"), ("webm", "libvpx", "video/webm")]
)
async def test_a_trailer_plays_from_disk(server: Server, tmp_path: Path, suffix: str, codec: str, kind: str) -> None:
    host = await server.sign_up("Mara")
    show = await a_show(host)
    path = f"/api/shows/{show}/trailer"
    assert (await host.get(path)).status == 404
    video = a_video(tmp_path / f"trailer.{suffix}", codec)
    reply = await host.request("PUT", path, data=video, headers={"Content-Type": kind})
    assert reply.status == 200, reply.body
    assert reply.json["seconds"] == pytest.approx(1.0, abs=0.1)
    assert (reply.json["width"], reply.json["height"]) == (96, 160)
    url = reply.json["url"]
    played = await host.get(url)
    assert played.headers["Content-Type"] == "video/mp4"
    (tmp_path / "played.mp4").write_bytes(played.body)
    opened: Any = av.open(str(tmp_path / "played.mp4"))
    with opened as container:
        assert len(list(container.decode(video=0))) == 30
        assert container.streams.video[0].codec_context.name == "h264"
    part = await host.get(url, headers={"Range": "bytes=0-9"})
    assert (part.status, len(part.body)) == (206, 10)
    assert (await host.delete(path)).status == 204
    assert (await host.get(url)).status == 404
    assert list((server.services.settings.data / "trailers").glob("*")) == []


async def test_what_is_no_video_is_refused_and_leaves_nothing(server: Server) -> None:
    host = await server.sign_up("Mara")
    path = f"/api/shows/{await a_show(host)}/trailer"
    for data, kind, status in (
        (b"#EXTM3U\n/etc/passwd\n", "video/mp4", 422),
        (b"\x00" * 4096, "video/webm", 422),
        (b"", "video/mp4", 422),
        (b"GIF89a", "image/gif", 415),
        (b'{"clip_id": "nosuchclip"}', "application/json", 404),
    ):
        reply = await host.request("PUT", path, data=data, headers={"Content-Type": kind})
        assert reply.status == status, (data, reply.body)
    assert list((server.services.settings.data / "trailers").glob("*")) == []


async def test_nothing_was_recorded(server: Server) -> None:
    host = await server.sign_up("Mara")
    show = await a_show(host)
    assert (await host.get(f"/api/shows/{show}/replay")).status == 404
    assert (await host.post(f"/api/shows/{show}/clips", {"starts_ms": 0, "ends_ms": 5_000})).status == 404
    assert (await host.delete(f"/api/shows/{show}/replay")).status == 404
    assert (await host.get(f"/hls/{show}/index.m3u8")).status == 404
    assert (await host.get(f"/api/shows/{show}/clips")).json == {"items": [], "next": None}
