"""A compiled half that is missing, or was made from other sources than those that lie here, does not serve, and that is said."""

from __future__ import annotations

import logging
import runpy
import shutil
import sys
from pathlib import Path

import pytest

from livestream.engine import choose
from livestream.engine.choose import choose_engine, why_not_compiled
from livestream.engine.compiled import sources
from livestream.engine.engine import PythonEngine
from livestream.errors import MediaError


@pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("gcc") is None, reason="the compiled half takes Linux and a C compiler"
)
def test_where_a_compiler_is_the_compiled_half_was_built_from_these_sources() -> None:
    """Else every test of it would be skipped without a word."""
    assert why_not_compiled() is None


def test_the_name_of_the_sources_is_that_of_their_content(tmp_path: Path) -> None:
    assert sources.digest(tmp_path) is None  # an installed package: there is nothing to compare with
    (tmp_path / "fan.c").write_text("int one;")
    assert sources.digest(tmp_path) is None
    (tmp_path / "hot.pyx").write_text("cdef int two")
    seen = {sources.digest(tmp_path)}
    (tmp_path / "engine.py").write_text("three = 3")
    assert sources.digest(tmp_path) in seen  # not compiled
    for change in ("int ones;", "int one;\n"):
        (tmp_path / "fan.c").write_text(change)
        seen.add(sources.digest(tmp_path))
    (tmp_path / "fan.c").rename(tmp_path / "fin.c")
    seen.add(sources.digest(tmp_path))
    (tmp_path / "fan.h").write_text("")
    seen.add(sources.digest(tmp_path))
    assert len(seen - {None}) == 5


@pytest.fixture
def stale(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("livestream.engine.compiled.hot")
    monkeypatch.setattr(sources, "digest", lambda folder: "other sources")


@pytest.mark.usefixtures("stale")
def test_what_was_built_from_other_sources_does_not_serve(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        engine = choose_engine("auto")
    assert type(engine) is PythonEngine
    assert "built from other sources" in caplog.text
    assert "make setup" in caplog.text
    with pytest.raises(MediaError, match="built from other sources"):
        choose_engine("compiled")


@pytest.mark.usefixtures("stale")
def test_an_installation_says_what_will_serve(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(choose.__file__, run_name="__main__")
    assert "The media engine in Python will serve" in capsys.readouterr().err
