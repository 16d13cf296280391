"""Tests that ask for ``each_engine`` run twice: with the Python engine, and with the compiled one where it was built."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from livestream.engine.choose import why_not_compiled
from livestream.engine.engine import PythonEngine

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
