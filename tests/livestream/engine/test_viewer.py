"""A viewer's reports and wishes, and a viewer whose network gets worse."""

from __future__ import annotations

import itertools
import struct

import pytest

from livestream.engine import rtcp
from livestream.engine.viewer import Viewer
from livestream.errors import SessionNotFound
from tests.livestream.engine.world import FakeHost, FakeViewer, Link, World

pytestmark = pytest.mark.usefixtures("each_hot_path")

RIDS = (("q", (320, 180), 1), ("h", (640, 360), 2), ("f", (1280, 720), 4))


def test_round_trips_are_measured_from_reports() -> None:
    world = World()
    FakeHost(world)
    world.run(0.3)
    viewer = FakeViewer(world, down=Link(delay=0.06))
    world.run(2.0)
    sender = viewer.senders[-1]
    report = struct.pack("!BBHI", 0x81, 201, 7, 1)
    block = struct.pack("!IIIIII", sender.ssrc, 0, 0, 0, sender.sender_info.ntp_timestamp >> 16 & 0xFFFFFFFF, 0)
    arrived = world.now
    viewer.send(report + block)
    world.run(0.1)
    _, inner = world.forwarding._viewers["viewer-1"]
    assert isinstance(inner, Viewer)
    assert 0.06 < inner.round_trip < arrived - 1000.0
    # A report that claims to answer the future is no measurement.
    known = inner.round_trip
    viewer.send(report + struct.pack("!IIIIII", sender.ssrc, 0, 0, 0, 0xFFFFFFFF, 0))
    world.run(0.1)
    assert inner.round_trip == known


def test_lasting_loss_lowers_the_layer_at_a_keyframe_and_quiet_raises_it() -> None:
    world = World(seed=2)
    FakeHost(world, rids=RIDS)
    world.run(1.0)
    viewer = FakeViewer(world)
    world.run(2.0)
    assert viewer.complete[-1].count == 4
    lossy = struct.pack("!BBHI", 0x81, 201, 7, 1) + struct.pack("!IIIIII", viewer.video.ssrc or 0, 80 << 24, 0, 0, 0, 0)
    for _ in range(2):
        viewer.send(lossy)
        world.run(1.0)
    world.run(1.0)
    assert viewer.complete[-1].count == 2
    sounds = len(viewer.sounds)
    fine = struct.pack("!BBHI", 0x81, 201, 7, 1) + struct.pack("!IIIIII", viewer.video.ssrc or 0, 0, 0, 0, 0, 0)
    for _ in range(14):
        viewer.send(fine)
        world.run(1.0)
    assert viewer.complete[-1].count == 4
    assert len(viewer.sounds) - sounds > 690  # sound never stopped
    pictures = [frame.picture for frame in viewer.complete]
    assert pictures == list(range(pictures[0], pictures[0] + len(pictures)))
    assert not viewer.gaps(viewer.video.ssrc)
    stamps = [frame.timestamp for frame in viewer.complete]
    assert all(after > before for before, after in itertools.pairwise(stamps))


def test_choosing_a_layer_needs_a_living_session() -> None:
    with pytest.raises(SessionNotFound):
        World().forwarding.select_layer("nobody", "q")
    assert World().forwarding.layers("nobody") == ()


def test_feedback_for_others_is_ignored() -> None:
    world = World()
    host = FakeHost(world)
    world.run(4.0)
    viewer = FakeViewer(world)
    world.run(1.0)
    asked = len(host.plis)
    viewer.send(rtcp.picture_loss(1, 987654))
    viewer.send(rtcp.nack(1, 987654, [1, 2, 3]))
    world.run(2.0)
    assert len(host.plis) == asked
    assert world.counters.get("nack_answered", 0) == 0


def test_a_flood_of_repeat_requests_is_cut_and_honest_ones_are_answered_again_soon() -> None:
    world = World()
    FakeHost(world)
    world.run(1.0)
    viewer = FakeViewer(world)
    world.run(1.0)
    for _ in range(20):
        viewer.send(rtcp.nack(1, viewer.video.ssrc or 0, [(20_000 + one) & 0xFFFF for one in range(500)]))
    world.run(0.1)
    looked_up = world.counters.get("nack_unknown", 0) + world.counters.get("nack_answered", 0)
    assert 1000 < looked_up < 2000
    assert world.counters["nack_over_limit"] > 7000
    world.run(1.0)
    answered = world.counters.get("nack_answered", 0)
    viewer.send(rtcp.nack(1, viewer.video.ssrc or 0, [max(viewer.packets[viewer.video.ssrc or 0]) & 0xFFFF]))
    world.run(0.2)
    assert world.counters["nack_answered"] == answered + 1


def test_one_viewer_cannot_have_the_host_send_keyframes_all_the_time() -> None:
    world = World()
    host = FakeHost(world)
    world.run(1.0)
    greedy, honest = FakeViewer(world), FakeViewer(world, 2)
    world.run(1.0)
    before = len(host.plis)
    for _ in range(100):
        greedy.ask_keyframe()
        world.run(0.3)
    assert 6 <= len(host.plis) - before <= 6 + 30 / 4 + 1
    assert world.counters["keyframe_requests_over_limit"] > 50
    before = len(host.plis)
    honest.ask_keyframe()
    world.run(0.7)
    assert len(host.plis) == before + 1


def test_a_viewer_of_an_empty_show_waits_and_leaves_quietly() -> None:
    world = World()
    host = FakeHost(world)
    world.run(1.0)
    host.close()
    viewer = FakeViewer(world)
    leaver = FakeViewer(world, 2)
    world.run(1.0)
    assert viewer.packets[viewer.video.ssrc or 0] == {}
    leaver.close()
    FakeHost(world, "again")
    world.run(1.0)
    assert viewer.complete[0].key
    assert leaver.order == []
    viewer.sink.rtp(b"\x80noise", world.now)
    assert world.counters["rtp_from_viewer_ignored"] == 1


def test_no_sequence_number_carries_two_different_packets() -> None:
    """SRTP: one number, one packet; also across switches, loss and returning hosts."""
    world = World(seed=21)
    host = FakeHost(world, "one", rids=RIDS, up=Link(loss=0.05, delay=0.02, jitter=0.03))
    world.run(1.0)
    viewer = FakeViewer(world, down=Link(loss=0.0, delay=0.01))
    for rid in ("q", "f", "h", None):
        world.forwarding.select_layer("viewer-1", rid)
        world.run(1.5)
    host.close()
    world.run(0.5)
    FakeHost(world, "two", rids=RIDS, up=Link(loss=0.05, delay=0.02, jitter=0.03))
    world.run(3.0)
    assert len(viewer.raw) > 500
    assert all(len(versions) == 1 for versions in viewer.raw.values())
    assert viewer.complete[-1].timestamp / 90 > 9000


def reported_loss(viewer: FakeViewer, fraction: float) -> bytes:
    block = struct.pack("!IIIIII", viewer.video.ssrc or 0, int(fraction * 256) << 24, 0, 0, 0, 0)
    return struct.pack("!BBHI", 0x81, 201, 7, 1) + block


@pytest.mark.parametrize("rids", [(), RIDS])
def test_a_network_that_carries_no_picture_gets_the_sound_alone_then_the_picture_from_a_keyframe(
    rids: tuple[tuple[str, tuple[int, int], int], ...],
) -> None:
    world = World(seed=4)
    host = FakeHost(world, rids=rids)
    world.run(1.0)
    viewer = FakeViewer(world)
    world.run(1.0)
    for _ in range(10):
        viewer.send(reported_loss(viewer, 0.5))
        world.run(1.0)
        if world.counters.get("pictures_paused"):
            break
    assert world.forwarding.show_media("show", world.now).audience.sound_only == 1
    world.run(0.5)
    pictures, sounds = len(viewer.complete), len(viewer.sounds)
    world.run(2.0)
    assert len(viewer.complete) == pictures
    assert len(viewer.sounds) - sounds >= 99
    for _ in range(4):
        viewer.send(reported_loss(viewer, 0.0))
        world.run(1.0)
    seen = viewer.complete
    assert len(seen) > pictures
    assert seen[pictures].key
    assert host.layers[0].keyframes >= 2
    identifiers = [frame.picture for frame in seen]
    assert identifiers == list(range(identifiers[0], identifiers[0] + len(identifiers)))
    assert not viewer.gaps(viewer.video.ssrc)
    assert world.forwarding.show_media("show", world.now).audience.sound_only == 0


def test_a_small_screen_gets_a_small_layer_and_the_rest_is_not_wanted() -> None:
    world = World(seed=5)
    host = FakeHost(world, rids=RIDS)
    world.run(1.0)
    viewer = FakeViewer(world)
    world.run(1.0)
    assert viewer.complete[-1].count == 4
    world.forwarding.shown("viewer-1", (320, 180))
    world.run(1.0)
    assert viewer.complete[-1].count == 1

    def layers() -> dict[str | None, tuple[bool, int]]:
        publication = world.forwarding.show_media("show", world.now).publication
        assert publication is not None
        return {layer.rid: (layer.wanted, layer.viewers) for layer in publication.layers}

    assert layers() == {"q": (True, 1), "h": (True, 0), "f": (True, 0)}
    world.run(30.0)
    assert layers() == {"q": (True, 1), "h": (False, 0), "f": (False, 0)}
    for layer in host.layers[1:]:
        layer.on = False  # what the host's page does with it
    world.run(5.0)
    offered = world.forwarding.viewer_layers("viewer-1")
    assert [layer.rid for layer in offered.layers] == ["q", "h", "f"]
    assert offered.current == "q"
    world.forwarding.shown("viewer-1", (1280, 720))
    world.run(1.0)
    assert layers()["f"] == (True, 0) or layers()["h"] == (True, 0)
    for layer in host.layers[1:]:
        layer.on = layer.key = True
    world.run(20.0)
    assert viewer.complete[-1].count == 4
    assert layers()["f"] == (True, 1)
    figures = world.forwarding.figures()[0]
    assert figures.layers == {"f": 1}
    assert figures.joins == 1
    received = sum(len(known) for known in viewer.packets.values())
    assert received <= figures.packets <= received + 10  # some are on their way


def test_one_lost_of_two_packets_is_no_loss_of_half() -> None:
    world = World(seed=6)
    FakeHost(world, rids=RIDS)
    world.run(1.0)
    viewer = FakeViewer(world)
    world.run(1.5)
    viewer.send(reported_loss(viewer, 0.0))
    for _ in range(12):
        world.run(0.02)
        viewer.send(reported_loss(viewer, 0.5))  # about two packets
        world.run(0.5)
        viewer.send(reported_loss(viewer, 0.0))  # and the sixty after them came through
    world.run(1.0)
    assert viewer.complete[-1].count == 4
