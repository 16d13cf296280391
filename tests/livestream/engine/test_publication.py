"""Which packet belongs to which stream, and what changes of source, numbering and codec do to viewers."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest

from livestream.engine import rtp
from livestream.engine.plan import Codec, Encoding, MediaPlan, SessionPlan
from livestream.media import EndReason
from tests.livestream.engine.world import (
    HOST_EXTENSIONS,
    OPUS,
    VIEWER_VP8,
    VP8,
    FakeHost,
    FakeTransport,
    FakeViewer,
    Link,
    World,
    host_plan,
    viewer_plan,
    vp8_payload,
)

pytestmark = pytest.mark.usefixtures("each_hot_path")


def raw(
    ssrc: int,
    sequence: int,
    timestamp: int,
    payload: bytes,
    kind: int = 96,
    extensions: list[tuple[int, bytes]] | None = None,
) -> bytes:
    block, _ = rtp.pack_extensions(extensions or [])
    return rtp.HEADER.pack(0x90 if block else 0x80, 0x80 | kind, sequence & 0xFFFF, timestamp, ssrc) + block + payload


def picture(number: int, key: bool) -> bytes:
    return vp8_payload(number, number, True, key, struct.pack("!III", number, 0, 1))


def test_announced_sources_need_no_extensions() -> None:
    world = World()
    video = MediaPlan("video", "1", (VP8,), {}, (Encoding(None, 700, 701),))
    plan = SessionPlan("publish", MediaPlan("audio", "0", (OPUS,), {}, (Encoding(None, 600),)), video)
    transport = FakeTransport(world, "host", Link())
    sink = world.forwarding.publish("show", plan, transport, world.now)
    sink.connected(world.now)
    sink.rtp(raw(700, 1, 0, picture(1, True)), world.now)
    sink.rtp(raw(700, 3, 6000, picture(3, False)), world.now)
    viewer = FakeViewer(world)
    sink.rtp(raw(701, 50, 3000, b"\x00\x02" + picture(2, False), kind=97), world.now)
    world.run(0.2)
    assert [frame.number for frame in viewer.complete] == [1, 2, 3]
    assert world.counters["rtx_in"] == 1


def test_unknown_sources_and_payload_types_are_counted_and_ignored() -> None:
    world = World()
    host = FakeHost(world, rids=(("q", (320, 180), 1),))
    world.run(0.2)
    host.sink.rtp(raw(1, 1, 0, b"x", kind=55), world.now)
    host.sink.rtp(raw(2, 1, 0, b"x"), world.now)  # simulcast, but no RID says which
    host.sink.rtp(raw(3, 1, 0, b"x", extensions=[(10, b"other")]), world.now)
    host.sink.rtp(raw(host.layers[0].ssrc, 1, 0, b"x", kind=111), world.now)
    assert world.counters["rtp_unknown_source"] == 3
    assert world.counters["rtp_unknown_payload_type"] == 1


def test_a_new_source_continues_the_viewers_streams() -> None:
    world = World()
    host = FakeHost(world)
    world.run(0.2)
    viewer = FakeViewer(world)
    world.run(1.0)
    layer = host.layers[0]
    layer.on = False
    world.run(1.0)
    layer.on, layer.ssrc, layer.sequence, layer.key = True, 4242, 17, True
    world.run(1.0)
    assert not viewer.gaps(viewer.video.ssrc)
    stamps = [frame.timestamp for frame in viewer.complete]
    assert len(stamps) == len(set(stamps)) > 50
    assert viewer.complete[-1].number > host.frames - 5


def test_two_sources_that_compete_do_not_disturb_each_other() -> None:
    world = World()
    host = FakeHost(world)
    world.run(0.2)
    viewer = FakeViewer(world)
    for number in range(100):
        host.sink.rtp(raw(4242, number, number * 3000, picture(1_000_000 + number, number == 0)), world.now)
        world.run(0.01)
    assert world.counters["rtp_competing_source"] == 100
    assert all(frame.number < 1_000_000 for frame in viewer.complete)
    assert len(viewer.complete) > 25


def test_a_restarted_numbering_is_believed_at_the_second_packet() -> None:
    world = World()
    host = FakeHost(world)
    world.run(0.2)
    viewer = FakeViewer(world)
    world.run(1.0)
    host.sink.rtp(
        raw(host.layers[0].ssrc, 30_000, 0, picture(999, False)), world.now
    )  # one stray packet changes nothing
    world.run(0.5)
    assert world.counters["rtp_stray"] == 1
    layer = host.layers[0]
    layer.sequence, layer.key = 40_000, True
    world.run(1.5)
    assert not viewer.gaps(viewer.video.ssrc)
    assert viewer.complete[-1].number > host.frames - 5


def test_a_codec_change_moves_viewers_to_their_own_type_for_it() -> None:
    world = World()
    h264 = Codec("H264", 102, 90000, nack=True, pli=True)
    plan = host_plan()
    assert plan.video is not None
    plan = replace(plan, video=replace(plan.video, codecs=(VP8, h264)))
    transport = FakeTransport(world, "host", Link())
    sink = world.forwarding.publish("show", plan, transport, world.now)
    sink.connected(world.now)
    for number in range(3):
        sink.rtp(raw(9, number, number * 3000, picture(number, number == 0), extensions=[(4, b"1")]), world.now)
    viewer = FakeViewer(world, plan=viewer_plan(1, (VIEWER_VP8, replace(h264, payload_type=126))))
    world.run(0.1)
    only_vp8 = FakeViewer(world, 2)
    world.run(0.1)
    viewer.transport.on_rtp = only_vp8.transport.on_rtp = lambda packet: None
    received: list[bytes] = []
    others: list[bytes] = []
    viewer.transport.on_rtp, only_vp8.transport.on_rtp = received.append, others.append
    sink.rtp(raw(9, 3, 9000, b"\x41predicted", kind=102), world.now)
    sink.rtp(raw(9, 4, 12000, b"\x65picture", kind=102), world.now)
    sink.rtp(raw(9, 5, 15000, b"\x41predicted", kind=102), world.now)
    world.run(0.1)
    parsed = [rtp.parse(data) for data in received]
    assert [(one.payload_type, one.payload[:1]) for one in parsed if one] == [(126, b"\x65"), (126, b"\x41")]
    highest = viewer.newest[viewer.video.ssrc or 0] & 0xFFFF
    assert [one.sequence for one in parsed if one] == [(highest + 1) & 0xFFFF, (highest + 2) & 0xFFFF]
    assert others == []


def test_stragglers_of_the_codec_before_do_not_change_it_back() -> None:
    world = World()
    h264 = Codec("H264", 102, 90000, nack=True, pli=True)
    plan = host_plan()
    assert plan.video is not None
    plan = replace(plan, video=replace(plan.video, codecs=(VP8, h264)))
    sink = world.forwarding.publish("show", plan, FakeTransport(world, "host", Link()), world.now)
    sink.connected(world.now)
    sink.rtp(raw(9, 0, 0, picture(0, True), extensions=[(4, b"1")]), world.now)
    viewer = FakeViewer(world, plan=viewer_plan(1, (VIEWER_VP8, replace(h264, payload_type=126))))
    world.run(0.1)
    received: list[bytes] = []
    viewer.transport.on_rtp = received.append
    sink.rtp(raw(9, 3, 9000, b"\x65picture", kind=102), world.now)
    sink.rtp(raw(9, 2, 6000, picture(2, False)), world.now)  # overtaken by the change
    sink.rtp(raw(9, 1, 3000, picture(1, True)), world.now)  # even one that could be started from
    sink.rtp(raw(9, 4, 12000, b"\x41predicted", kind=102), world.now)
    world.run(0.1)
    parsed = [rtp.parse(data) for data in received]
    assert [(one.payload_type, one.payload[:1]) for one in parsed if one] == [(126, b"\x65"), (126, b"\x41")]
    assert world.counters["codec_changes"] == 1


def test_hosts_without_transport_feedback_get_an_estimate() -> None:
    world = World()
    extensions = {uri: known for uri, known in HOST_EXTENSIONS.items() if uri != rtp.TRANSPORT_CC}
    codec = replace(VP8, transport_cc=False, remb=True)
    plan = SessionPlan(
        "publish", MediaPlan("audio", "0", (OPUS,), extensions), MediaPlan("video", "1", (codec,), extensions)
    )
    host = FakeHost(world, plan=plan)
    world.run(3.0)
    assert len(host.remb) >= 2
    assert host.feedback_packets == 0


def test_reports_tell_the_host_about_its_loss() -> None:
    world = World(seed=9)
    host = FakeHost(world, up=Link(loss=0.2))
    world.run(5.0)
    video = [report for known in host.reports for report in known.reports if report.ssrc == host.layers[0].ssrc]
    assert 10 < sum(report.fraction_lost for report in video[1:]) / len(video[1:]) / 256 * 100 < 30
    assert video[-1].lsr != 0
    assert video[-1].packets_lost > 20


def test_an_older_session_that_wakes_up_late_does_not_take_over() -> None:
    world = World()
    old = FakeTransport(world, "old", Link())
    sink = world.forwarding.publish("show", host_plan(), old, world.now)
    sink.connected(world.now)
    FakeHost(world, "new")
    world.run(0.5)
    sink.rtp(raw(9, 1, 0, picture(1, True), extensions=[(4, b"1")]), world.now)
    assert old.close_reasons == [EndReason.REPLACED]
    assert [session for _, session, _ in world.started] == ["new"]


def test_statistics_say_what_the_host_sends() -> None:
    world = World()
    FakeHost(world, rids=(("q", (320, 180), 1), ("f", (1280, 720), 4)))
    world.run(4.0)
    media = world.forwarding.show_media("show", world.now)
    assert media.publishing
    publication = media.publication
    assert publication is not None
    assert publication.video_codec == "VP8"
    assert 28 <= publication.frames_per_second <= 32
    assert publication.quality == "good"
    assert [(layer.rid, layer.width, layer.height, layer.active) for layer in publication.layers] == [
        ("q", 320, 180, True),
        ("f", 1280, 720, True),
    ]
    assert 1_000_000 < publication.video_bitrate < 1_500_000


def test_ended_shows_are_forgotten() -> None:
    world = World()
    host = FakeHost(world)
    world.run(0.2)
    viewer = FakeViewer(world)
    viewer.close()
    host.close()
    world.forwarding.end_show("show", world.now)
    assert world.forwarding.show_ms("show", world.now) is None
    assert world.forwarding.can_watch("show") is None
    assert not world.forwarding.show_media("show", world.now).publishing
