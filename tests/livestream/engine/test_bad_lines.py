"""The promises about bad networks, in simulated time: how soon a layer goes down and comes back, what is repaired, that the sound
goes on and that no host is asked for keyframes all the time. ``tests/network`` shows that a real Chromium agrees."""

from __future__ import annotations

import pytest

from tests.livestream.engine.browser_viewer import BrowserViewer
from tests.livestream.engine.world import FakeHost, Link, World

pytestmark = pytest.mark.usefixtures("each_hot_path")

# About 0.08, 0.26 and 2 Mb/s at 30 pictures a second; a keyframe comes 60 to 100 ms after it was asked for.
Q, H, F = 1, 2, 8


class Evening:
    def __init__(self, seed: int) -> None:
        self.world = World(seed)
        rids = (("q", (320, 180), Q), ("h", (640, 360), H), ("f", (1280, 720), F))
        self.host = FakeHost(self.world, rids=rids, key_packets=1, up=Link(delay=0.05))
        for layer, body, key in zip(self.host.layers, (280, 480, 1000), (3, 8, 25), strict=True):
            layer.body, layer.key_packets = body, key
        self.world.run(3.0)
        self.viewer = BrowserViewer(self.world)
        self.viewer.way.random.seed(seed)
        self.viewer.back.random.seed(seed + 1)
        self.world.run(5.0)
        self.begun = self.world.now
        self.plis = len(self.host.plis)
        self.viewer.plis = 0
        assert self.sizes(2.0) == {F}

    def sizes(self, seconds: float) -> set[int]:
        """Layers shown in the last so many seconds, by the packets in their pictures."""
        known = {3: Q, 8: H, 25: F}
        shown = self.viewer.between(self.world.now - seconds, self.world.now)
        return {known.get(one.size, one.size) if one.key else one.size for one in shown}

    def until(self, sizes: set[int], seconds: float) -> float:
        """How long it takes until pictures of these layers, and only these, are shown for half a second."""
        begun = self.world.now
        while self.world.now - begun < seconds + 0.5:
            self.world.run(0.1)
            if self.world.now - begun >= 0.5 and self.sizes(0.5) and self.sizes(0.5) <= sizes:
                return self.world.now - begun - 0.5
        pytest.fail(f"after {seconds} s still {self.sizes(0.5)}: {self.world.counters}")

    def line(self, *, loss: float = 0.0, kbps: int = 0, delay: float = 0.01, jitter: float = 0.0) -> None:
        for line in (self.viewer.way, self.viewer.back):
            line.loss, line.delay, line.jitter = loss, delay, jitter
        self.viewer.way.bits = kbps * 1000

    @property
    def asked(self) -> int:
        """Keyframes the host was asked for since the beginning."""
        return len(self.host.plis) - self.plis


@pytest.mark.parametrize("seed", [1, 2])
def test_a_narrow_line_gets_a_lower_layer_in_three_seconds_and_the_best_is_back_in_fifteen(seed: int) -> None:
    evening = Evening(seed)
    viewer, world = evening.viewer, evening.world
    evening.line(kbps=4000)
    world.run(3.0)
    assert evening.sizes(2.5) == {F}
    evening.line(kbps=500)
    dropped, sounds = world.now, len(viewer.heard)
    assert evening.until({H, Q}, 3.0) <= 3.0
    assert evening.asked <= 3
    assert viewer.longest_still(dropped, world.now) < 1.5
    assert viewer.longest_silence(dropped, world.now) < 0.3
    world.run(6.0)
    assert viewer.longest_silence(world.now - 6, world.now) < 0.1
    assert len(viewer.heard) - sounds > 0.9 * 50 * (world.now - dropped)
    evening.line(kbps=4000)
    assert evening.until({F}, 15.0) <= 15.0
    assert evening.asked <= 6
    assert viewer.plis == 0
    world.run(5.0)
    assert evening.sizes(4.0) == {F}


def test_a_line_that_carries_only_the_lowest_layer_gets_it_soon() -> None:
    evening = Evening(4)
    evening.line(kbps=200)
    dropped = evening.world.now
    assert evening.until({Q}, 5.0) <= 5.0
    evening.world.run(5.0)
    assert evening.viewer.longest_silence(evening.world.now - 5, evening.world.now) < 0.1
    assert evening.viewer.longest_still(dropped, evening.world.now) < 2.5
    assert evening.asked <= 5


def test_a_layer_that_the_hosts_browser_stops_is_not_waited_for() -> None:
    evening = Evening(5)
    viewer, world = evening.viewer, evening.world
    evening.host.layers[2].on = False
    dropped = world.now
    world.run(3.0)
    assert evening.sizes(1.0) == {H}
    assert viewer.longest_still(dropped, world.now) < 1.6  # 0.7 s of silence, the next choice, a keyframe and its way
    assert viewer.longest_silence(dropped, world.now) < 0.1


@pytest.mark.parametrize(("loss", "seed"), [(0.05, 1), (0.1, 2), (0.1, 3)])
def test_up_to_a_tenth_lost_is_repaired_and_costs_no_layer(loss: float, seed: int) -> None:
    evening = Evening(seed)
    viewer, world = evening.viewer, evening.world
    evening.line(loss=loss)
    world.run(20.0)
    evening.line()
    world.run(1.0)
    shown = viewer.between(world.now - 21, world.now)
    assert evening.sizes(21.0) == {F}
    assert len(shown) > 0.98 * 21 * 30
    assert viewer.longest_still(world.now - 21, world.now) < 0.6
    assert evening.asked <= 1
    video = viewer.video.ssrc
    assert len(viewer.gaps(video)) < 0.005 * len(viewer.packets[video or 0])


@pytest.mark.parametrize("seed", [1, 2])
def test_a_fifth_lost_lowers_the_layer_without_a_storm_and_quiet_brings_it_back(seed: int) -> None:
    evening = Evening(seed)
    viewer, world = evening.viewer, evening.world
    evening.line(loss=0.2)
    lossy = world.now
    evening.until({H, Q}, 5.0)
    world.run(10.0)
    assert F not in evening.sizes(8.0)
    assert len(viewer.between(lossy, world.now)) > 0.7 * 30 * (world.now - lossy)
    assert evening.asked <= 8
    evening.line()
    assert evening.until({F}, 17.0) <= 17.0
    assert evening.asked <= 12


def test_a_line_between_two_layers_is_tried_more_and_more_rarely() -> None:
    evening = Evening(5)
    viewer, world = evening.viewer, evening.world
    evening.line(kbps=900)
    begun = world.now
    evening.until({H}, 3.0)
    world.run(60.0)
    tries = [one for one in viewer.between(begun + 3, world.now) if one.key and one.size == 25]
    assert 1 <= len(tries) <= 3
    assert viewer.longest_silence(begun, world.now) < 0.3
    assert len(viewer.heard) > 0.97 * 50 * (world.now - begun)
    assert viewer.longest_still(begun, world.now) < 1.5
    assert evening.asked <= 2 + 3 * len(tries)


def test_jitter_without_reordering_costs_delay_and_nothing_else() -> None:
    evening = Evening(6)
    viewer, world = evening.viewer, evening.world
    evening.line(delay=0.1, jitter=0.03)
    world.run(15.0)
    assert len(viewer.between(world.now - 14, world.now)) > 0.9 * 14 * 30
    assert evening.asked <= 2
    assert Q not in evening.sizes(14.0)


@pytest.mark.parametrize("seed", [1, 2])
def test_an_outage_says_nothing_of_the_line_after_it(seed: int) -> None:
    """As when a browser needs some seconds to find another way: what was sent into the void tells nothing of the new one."""
    evening = Evening(seed)
    viewer, world = evening.viewer, evening.world
    evening.line(loss=1.0)
    world.run(7.0)
    evening.line()
    back = world.now
    world.run(4.0)
    assert world.counters.get("pictures_paused", 0) == 0
    assert viewer.longest_still(back, back + 4) < 1.5
    assert evening.sizes(2.5) == {F}
    evening.line(loss=1.0)
    world.run(7.0)
    evening.line(kbps=500)  # and a new way that carries less is found out as soon as ever
    assert evening.until({H, Q}, 4.0) <= 4.0
    assert world.counters.get("pictures_paused", 0) <= 1
