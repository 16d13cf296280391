"""Which layer a viewer gets: down at once, up slowly, the viewer's own choice first."""

from __future__ import annotations

import itertools

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
