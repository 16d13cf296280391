"""Which layer a viewer gets: down at once, up slowly, the viewer's own choice first."""

from __future__ import annotations

import itertools

import pytest

from livestream.engine.layers import LayerChooser, LayerState

LOW, MIDDLE, HIGH = LayerState("q", 150_000, True), LayerState("h", 500_000, True), LayerState("f", 2_000_000, True)
ALL = [LOW, MIDDLE, HIGH]


def test_a_newcomer_gets_the_best_that_nothing_speaks_against() -> None:
    assert LayerChooser(0.0).choose(ALL, None, 0.0) == "f"
    chooser = LayerChooser(0.0)
    chooser.estimated(800_000, 0.0)
    assert chooser.choose(ALL, None, 0.0) == "h"
    chooser.estimated(10_000, 0.0)
    assert chooser.choose(ALL, None, 0.0) == "q"
    assert chooser.choose([], "f", 0.0) is None


def test_loss_that_lasts_lowers_the_layer_and_ten_quiet_seconds_raise_it() -> None:
    chooser = LayerChooser(0.0)
    chooser.lost(0.2, 1.0)
    assert chooser.choose(ALL, "f", 1.0) == "f"  # one bad report may be chance
    chooser.lost(0.2, 2.0)
    assert chooser.choose(ALL, "f", 2.0) == "h"
    chooser.lost(0.0, 3.0)
    assert chooser.choose(ALL, "h", 11.9) == "h"
    assert chooser.choose(ALL, "h", 12.1) == "f"


def test_attempts_that_fail_become_rarer() -> None:
    chooser = LayerChooser(0.0)
    rises = []
    current = "h"
    for step in range(4000):  # 400 s; the upper layer never fits
        now = 100 + step / 10
        if step % 10 == 0:
            chooser.lost(0.3 if current == "f" else 0.0, now)
        chosen = chooser.choose(ALL, current, now)
        assert chosen is not None
        if chosen == "f" and current == "h":
            rises.append(now)
        current = chosen if chosen != "q" else "h"
    pauses = [after - before for before, after in itertools.pairwise(rises)]
    assert pauses[0] < 25
    assert pauses[-1] > 60
    assert len(rises) < 12


def test_an_estimate_below_the_layer_lowers_it_only_with_loss() -> None:
    chooser = LayerChooser(0.0)
    chooser.estimated(900_000, 1.0)
    assert chooser.choose(ALL, "f", 1.0) == "f"
    chooser.lost(0.05, 1.0)
    assert chooser.choose(ALL, "f", 1.0) == "h"


def test_the_viewers_choice_wins_while_the_layer_is_there() -> None:
    chooser = LayerChooser(0.0)
    chooser.choice = "q"
    assert chooser.choose(ALL, "f", 50.0) == "q"
    gone = [LayerState("q", 0, False), MIDDLE, HIGH]
    assert chooser.choose(gone, "q", 51.0) == "f"
    chooser.choice = "nonsense"
    assert chooser.choose(ALL, "h", 52.0) in ("h", "f")


def test_a_layer_that_vanished_is_left() -> None:
    assert LayerChooser(0.0).choose([LOW, MIDDLE, LayerState("f", 0, False)], "f", 1.0) == "h"


SIZED = [
    LayerState("q", 150_000, True, size=(320, 180)),
    LayerState("h", 500_000, True, size=(640, 360)),
    LayerState("f", 2_000_000, True, size=(1280, 720)),
]


def test_nobody_gets_more_than_the_screen_shows() -> None:
    chooser = LayerChooser(0.0)
    for shown, rid, why in (
        ((700, 394), "h", "screen"),  # enlarged by a tenth
        ((720, 405), "f", "best"),
        ((1280, 720), "f", "best"),
        ((390, 844), "f", "best"),  # a phone held upright cuts a wide picture at its sides: its height decides
        ((0, 0), "q", "screen"),  # out of sight
        (None, "f", "best"),
    ):
        chooser.shown = shown
        assert chooser.choose(SIZED, "f", 1.0) == rid
        assert chooser.why == why
    chooser.shown, chooser.choice = (0, 0), "f"
    assert chooser.choose(SIZED, "q", 2.0) == "f"  # the viewer's word counts more


def test_heavy_loss_falls_at_once_and_as_far_as_needed() -> None:
    chooser = LayerChooser(0.0)
    chooser.lost(0.9, 1.0)
    assert chooser.choose(ALL, "f", 1.0) == "q"  # a tenth of two megabits is left
    chooser = LayerChooser(0.0)
    chooser.estimated(600_000, 1.0)
    chooser.lost(0.05, 1.0)
    assert chooser.choose(ALL, "f", 1.0) == "h"
    chooser.lost(0.5, 1.5)  # still about the layer before
    assert chooser.choose(ALL, "h", 1.5) == "h"
    assert chooser.why == "network"


def test_what_is_asked_again_and_what_queues_lower_the_layer_before_a_report_does() -> None:
    chooser = LayerChooser(0.0)
    chooser.asked_again(0.3, 1.0)
    assert chooser.choose(ALL, "f", 1.0) == "f"
    chooser.asked_again(0.3, 1.5)
    assert chooser.choose(ALL, "f", 1.5) == "h"
    chooser = LayerChooser(0.0)
    chooser.queued(0.5, 0.5, 1.0)
    assert chooser.choose(ALL, "f", 1.0) == "h"


def test_the_best_is_back_fifteen_seconds_after_the_trouble() -> None:
    chooser = LayerChooser(0.0)
    chooser.lost(0.9, 1.0)
    current = chooser.choose(ALL, "f", 1.0)
    assert current == "q"
    chooser.lost(0.0, 2.0)
    rises = []
    for step in range(40):
        now = 2.0 + step / 2
        chosen = chooser.choose(ALL, current, now)
        if chosen != current:
            rises.append((chosen, now))
        current = chosen
    assert [rid for rid, _ in rises] == ["h", "f"]
    assert rises[0][1] >= 11.0  # not before ten quiet seconds
    assert rises[1][1] <= 16.0


def test_a_network_that_carries_no_picture_gets_the_sound_alone_and_longer_each_time() -> None:
    chooser = LayerChooser(0.0)
    pauses: list[float] = []
    begun: float | None = None
    for step in range(400):
        now = 1.0 + step / 4
        if not chooser.resting and step % 4 == 0:
            chooser.lost(0.4, now)
        chosen = chooser.choose([LOW], "q", now)
        if chosen is None:
            assert chooser.resting
            begun = now if begun is None else begun
        elif begun is not None:
            pauses.append(now - begun)
            begun = None
    assert pauses[0] == pytest.approx(4.0, abs=0.3)
    assert max(pauses) == pytest.approx(
        12.0, abs=0.3
    )  # a page takes a picture that is away for 15 s for a broken session


def test_a_layer_that_is_switched_off_is_desired_and_taken_when_it_comes() -> None:
    chooser = LayerChooser(0.0)
    off = LayerState("f", 2_000_000, active=False, obtainable=True)
    assert chooser.choose([LOW, MIDDLE, off], "h", 1.0) == "h"
    assert chooser.desired == "f"
    assert chooser.choose(ALL, "h", 1.5) == "f"
    gone = LayerState("f", 2_000_000, active=False)
    assert chooser.choose([LOW, MIDDLE, gone], "f", 2.0) == "h"
    assert chooser.desired == "h"
    chooser.choice = "q"
    away = LayerState("q", 150_000, active=False, obtainable=True)
    assert chooser.choose([away, MIDDLE, HIGH], "f", 3.0) == "f"
    assert chooser.desired == "q"


def test_a_larger_window_gets_the_best_at_once_unless_the_network_was_the_reason() -> None:
    chooser = LayerChooser(0.0)
    chooser.shown = (0, 0)
    assert chooser.choose(SIZED, "f", 20.0) == "q"
    chooser.estimated(200_000, 21.0)  # all that can be said of a small picture
    chooser.shown = (1280, 720)
    assert chooser.choose(SIZED, "q", 21.0) == "f"
    chooser.lost(0.9, 22.0)
    assert chooser.choose(SIZED, "f", 22.0) == "q"
    chooser.lost(0.0, 23.0)
    assert chooser.choose(SIZED, "q", 30.0) == "q"
    chooser = LayerChooser(0.0)
    chooser.choice = "q"
    chooser.choose(SIZED, "f", 20.0)
    chooser.choice = None
    assert chooser.choose(SIZED, "q", 21.0) == "f"
