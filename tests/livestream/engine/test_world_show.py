"""A whole show in simulated time: host, network, viewers."""

from __future__ import annotations

import pytest

from livestream.media import EndReason
from tests.livestream.engine.world import FakeHost, FakeViewer, Link, World

pytestmark = pytest.mark.usefixtures("each_hot_path")


def test_a_viewer_gets_every_frame_from_a_keyframe_on() -> None:
    world = World()
    host = FakeHost(world)
    world.run(0.5)
    viewer = FakeViewer(world)
    world.run(2.0)
    frames = viewer.complete
    assert frames[0].key
    assert len(frames) >= 60
    assert [frame.number for frame in frames] == list(range(frames[0].number, frames[0].number + len(frames)))
    assert not viewer.gaps(viewer.video.ssrc)
    assert not viewer.gaps(viewer.audio.ssrc)
    assert {packet.payload_type for packet in viewer.packets[viewer.video.ssrc or 0].values()} == {120}
    assert {packet.payload_type for packet in viewer.packets[viewer.audio.ssrc or 0].values()} == {109}
    assert world.started == [("show", "host", 0)]
    assert host.plis == []  # the first keyframe was young enough to be replayed


def test_timestamps_are_the_show_clock_and_the_same_for_all() -> None:
    world = World()
    FakeHost(world)
    world.run(0.2)
    one, two = FakeViewer(world, 1), FakeViewer(world, 2)
    world.run(2.0)
    first = {frame.number: frame.timestamp for frame in one.complete}
    second = {frame.number: frame.timestamp for frame in two.complete}
    common = first.keys() & second.keys()
    assert len(common) > 50
    assert all(first[number] == second[number] for number in common)
    last = one.complete[-1]
    now = world.forwarding.show_ms("show", world.now)
    assert now is not None
    assert abs(now - last.timestamp / 90) < 80  # one frame and the network's delays


def test_sound_and_picture_are_aligned_by_the_hosts_reports() -> None:
    world = World()
    FakeHost(world, skew=0.3)  # frame n is captured at n/30 s but leaves 0.3 s later
    world.run(0.2)
    viewer = FakeViewer(world)
    world.run(8.0)
    frame, sound = viewer.complete[-1], viewer.sounds[-1]
    origin_by_picture = frame.timestamp / 90 - frame.number * 1000 / 30
    origin_by_sound = sound[1] / 48 - sound[0] * 20
    assert origin_by_picture == pytest.approx(origin_by_sound, abs=3)
    steps = [
        after.timestamp - before.timestamp for before, after in zip(viewer.complete, viewer.complete[1:], strict=False)
    ]
    assert min(steps) > 0


def test_a_returning_host_continues_the_same_streams() -> None:
    world = World()
    first = FakeHost(world, "first")
    world.run(0.2)
    viewer = FakeViewer(world)
    world.run(2.0)
    first.close()
    world.run(3.0)
    assert world.forwarding.can_watch("show") is not None
    before = viewer.complete[-1].timestamp
    highest = viewer.newest[viewer.video.ssrc or 0]
    second = FakeHost(world, "second", key_packets=240)
    world.run(3.0)
    after = [frame for frame in viewer.complete if frame.timestamp > before]
    assert after[0].key
    assert after[0].count == 240
    assert len(after[0].packets) == 240
    assert len(after) > 80
    assert not viewer.gaps(viewer.video.ssrc)
    assert highest + 1 in viewer.packets[viewer.video.ssrc or 0]
    assert 2900 < (after[0].timestamp - before) / 90 < 3300  # the gap is on the clock
    pictures = [frame.picture for frame in viewer.complete]
    assert pictures == list(range(pictures[0], pictures[0] + len(pictures)))
    assert second.living


def test_a_second_host_replaces_the_first_at_its_first_packet() -> None:
    world = World()
    first = FakeHost(world, "first")
    world.run(0.2)
    viewer = FakeViewer(world)
    world.run(1.0)
    FakeHost(world, "second")
    world.run(2.0)
    assert first.transport.close_reasons == [EndReason.REPLACED]
    assert not first.living
    assert [session for _, session, _ in world.started] == ["first", "second"]
    stamps = [frame.timestamp for frame in viewer.complete]
    assert len(stamps) == len(set(stamps))
    assert not viewer.gaps(viewer.video.ssrc)


@pytest.mark.parametrize("loss", [0.05, 0.10])
def test_loss_on_both_sides_is_repaired(loss: float) -> None:
    world = World(seed=7)
    host = FakeHost(world, audio=False, up=Link(loss=loss, delay=0.02, jitter=0.01))
    world.run(0.3)
    viewer = FakeViewer(world, down=Link(loss=loss, delay=0.02, jitter=0.01))
    world.run(6.0)
    frames = viewer.complete
    wanted = host.frames - frames[0].number
    assert len(frames) >= wanted - 12  # the last ones are still being repaired
    assert viewer.repeats > 10
    assert world.counters["nack_sent"] > 10
    media = world.forwarding.show_media("show", world.now).publication
    assert media is not None
    assert media.packet_loss == 0.0
    assert 28 < media.frames_per_second < 32


def test_reordering_is_not_loss() -> None:
    world = World(seed=3)
    FakeHost(world, up=Link(delay=0.005, jitter=0.012))
    world.run(0.3)
    viewer = FakeViewer(world, nacks=False)
    world.run(3.0)
    assert world.counters.get("nack_sent", 0) == 0
    assert not viewer.gaps(viewer.video.ssrc)


def test_transport_feedback_reports_every_packet() -> None:
    world = World(seed=5)
    host = FakeHost(world, up=Link(loss=0.03, delay=0.03, jitter=0.02))
    world.run(5.0)
    arrived = [number for number, arrival in host.feedback.items() if arrival is not None]
    lost = [number for number, arrival in host.feedback.items() if arrival is None]
    sent = (host.transport_number - 65000) & 0xFFFF
    assert len(arrived) + len(lost) >= sent - 30
    assert 0.01 < len(lost) / sent < 0.06
    assert host.feedback_packets >= 80


def test_keyframe_requests_are_coalesced_and_never_given_up() -> None:
    world = World()
    host = FakeHost(world)
    world.run(4.0)  # the only keyframe is too old to replay
    viewers = [FakeViewer(world, number) for number in range(1, 21)]
    world.run(1.0)
    assert len(host.plis) == 1
    assert all(viewer.complete and viewer.complete[0].key for viewer in viewers)
    for viewer in viewers:
        viewer.ask_keyframe()
    world.run(0.4)
    assert len(host.plis) == 2
    # A deaf host is asked again and again as long as somebody waits.
    host.layers[0].key_packets = 5
    deaf = host.transport.on_rtcp
    host.transport.on_rtcp = lambda packet: None
    before = world.counters["keyframe_requests_out"]
    world.run(4.0)
    FakeViewer(world, 99)
    world.run(10.0)
    assert 4 <= world.counters["keyframe_requests_out"] - before <= 8
    host.transport.on_rtcp = deaf
    late = FakeViewer(world, 100)
    world.run(3.0)
    assert late.complete[0].key


def test_stall_and_resume_are_told() -> None:
    world = World()
    host = FakeHost(world)
    world.run(1.0)
    host.vanish()
    world.run(4.5)
    assert world.stalled == []
    world.run(1.0)
    assert world.stalled == [("show", "host")]
    assert not world.forwarding.show_media("show", world.now).publishing
    host.living = True
    host.started = world.now - host.frames / 30
    world.run(1.0)
    assert [session for _, session, _ in world.started] == ["host", "host"]


def test_viewer_counts_are_told_once_a_second() -> None:
    world = World()
    FakeHost(world)
    world.run(0.5)
    viewers = [FakeViewer(world, number) for number in range(1, 6)]
    world.run(0.1)
    for viewer in viewers[:3]:
        world.run(0.1)
        viewer.close()
    world.run(2.0)
    assert [count for _, count in world.viewer_counts] == [5, 2]
    times = [time for time, _ in world.viewer_counts]
    assert times[1] - times[0] >= 0.99


def test_a_host_away_for_two_minutes_is_gone() -> None:
    world = World()
    host = FakeHost(world)
    world.run(1.0)
    host.close()
    world.run(119.0)
    assert world.forwarding.can_watch("show") is not None
    world.run(2.0)
    assert world.forwarding.can_watch("show") is None
    assert (world.forwarding.show_ms("show", world.now) or 0) > 120_000


def test_a_resumed_clock_continues() -> None:
    world = World()
    world.forwarding.resume_clock("show", 600_000, world.now)
    world.run(1.0)
    FakeHost(world)
    world.run(0.3)
    viewer = FakeViewer(world)
    world.run(1.0)
    assert world.started[0][2] >= 601_000
    assert viewer.complete[0].timestamp / 90 >= 601_000


def test_sender_reports_tie_sound_and_picture_together() -> None:
    world = World()
    FakeHost(world)
    world.run(0.3)
    viewer = FakeViewer(world)
    world.run(3.5)
    pairs = {report.ssrc: report.sender_info for report in viewer.senders[-2:]}
    audio, video = pairs[viewer.audio.ssrc or 0], pairs[viewer.video.ssrc or 0]
    assert audio.ntp_timestamp == video.ntp_timestamp
    assert audio.rtp_timestamp / 48 == pytest.approx(video.rtp_timestamp / 90, abs=0.1)
    assert 4 <= len(viewer.senders) <= 8


def test_malformed_packets_harm_nobody() -> None:
    world = World(seed=11)
    host = FakeHost(world)
    world.run(0.3)
    viewer = FakeViewer(world)
    for _ in range(300):
        size = world.random.randrange(0, 80)
        noise = world.random.randbytes(size)
        host.sink.rtp(noise, world.now)
        host.sink.rtcp(noise, world.now)
        viewer.sink.rtcp(b"\x81\xcd\x00\x03" + noise, world.now)
        viewer.sink.rtcp(noise, world.now)
        world.run(0.01)
    assert len(viewer.complete) > 80
    assert world.counters["rtp_malformed"] > 50
    assert world.counters["rtcp_malformed"] > 50


def test_simulcast_prefers_the_best_layer_and_obeys_the_viewer() -> None:
    world = World()
    host = FakeHost(world, rids=(("q", (320, 180), 1), ("h", (640, 360), 2), ("f", (1280, 720), 4)))
    world.run(1.0)
    viewer = FakeViewer(world)
    world.run(3.0)
    assert viewer.complete[-1].count == 4
    assert world.forwarding.layers("viewer-1") == (("q", True), ("h", True), ("f", True))
    world.forwarding.select_layer("viewer-1", "q")
    world.run(2.0)
    assert viewer.complete[-1].count == 1
    world.forwarding.select_layer("viewer-1", None)
    host.layers[0].on = False
    world.run(4.0)
    assert viewer.complete[-1].count == 4  # the choice is given back: the best again, at a keyframe
    stamps = [frame.timestamp for frame in viewer.complete]
    assert len(stamps) == len(set(stamps))
    pictures = [frame.picture for frame in viewer.complete]
    assert pictures == list(range(pictures[0], pictures[0] + len(pictures)))
    assert not viewer.gaps(viewer.video.ssrc)
