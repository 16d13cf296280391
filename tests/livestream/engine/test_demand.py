"""Which layers a host may switch off."""

from __future__ import annotations

from livestream.engine.demand import LayerDemand


def test_nothing_is_switched_off_at_the_beginning_and_the_lowest_layer_never() -> None:
    demand = LayerDemand(100.0)
    assert demand.wanted("f", False, 119.0)
    assert not demand.wanted("f", False, 121.0)
    assert demand.wanted("q", True, 121.0)


def test_a_layer_lingers_and_comes_back() -> None:
    demand = LayerDemand(0.0)
    demand.want(["f"], 30.0)
    assert demand.wanted("f", False, 39.0)
    assert not demand.wanted("f", False, 41.0)
    assert demand.obtainable("f", 41.0)
    demand.want(["f"], 42.0)
    assert demand.wanted("f", False, 42.0)
    assert demand.obtainable("f", 47.0)


def test_what_does_not_come_although_it_is_wanted_is_held_back_by_the_host() -> None:
    demand = LayerDemand(0.0)
    for second in range(30, 40):
        demand.want(["f"], float(second))
    assert not demand.obtainable("f", 39.5)
    assert demand.obtainable("f", 55.0)  # after a while it is tried again
    assert not LayerDemand(0.0).obtainable("f", 10.0)  # all are wanted in the beginning: what is not there cannot come
