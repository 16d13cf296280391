"""Tests that ask for ``each_engine`` or ``each_hot_path`` run twice: in Python, and compiled where that was built."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from livestream.engine.choose import why_not_compiled
from livestream.engine.engine import PythonEngine
from tests.livestream.engine.world import World

NewEngine = Callable[..., PythonEngine]


def engine_class(kind: str) -> type[PythonEngine]:
    if kind == "python":
        return PythonEngine
    reason = why_not_compiled()
    if reason is not None:
        pytest.skip(f"no compiled engine: {reason}")
    from livestream.engine.compiled.engine import CompiledEngine

    return CompiledEngine


@pytest.fixture(params=["python", "compiled"])
def each_engine(request: pytest.FixtureRequest) -> NewEngine:
    """Makes an engine of the kind under test."""
    return engine_class(request.param)


@pytest.fixture(params=["python", "compiled"])
def each_hot_path(request: pytest.FixtureRequest) -> Iterator[None]:
    """The worlds of this test forward by the one or the other."""
    if request.param == "python":
        yield
        return
    engine_class("compiled")
    from tests.livestream.engine.plumbing import Plumbing

    World.plumbing = plumbing = Plumbing(threads=2)
    try:
        yield
    finally:
        World.plumbing = None
        plumbing.close()
