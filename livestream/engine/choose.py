"""Which engine serves: the compiled one where it can, the Python one everywhere.

Run as a program, after an installation, it says when that will be the slower one.
"""

from __future__ import annotations

import importlib
import logging
import sys
from typing import Literal

from livestream.engine.engine import PythonEngine
from livestream.errors import MediaError

logger = logging.getLogger(__name__)

EngineChoice = Literal["auto", "python", "compiled"]


def why_not_compiled() -> str | None:
    """Why the compiled engine cannot serve here; None: it can."""
    if sys.platform != "linux":
        return "it needs Linux"
    from livestream.engine import compiled

    return compiled.why_not()


def choose_engine(
    choice: EngineChoice = "auto",
    *,
    port: int = 0,
    public_ips: tuple[str, ...] = (),
    threads: int = 0,
    tcp: bool = False,
    tcp_doors: tuple[str, ...] = (),
) -> PythonEngine:
    """``threads``: media threads of the compiled engine, 0: by the machine. ``tcp``, ``tcp_doors``: see ``PythonEngine``.
    The log says which engine it is and why.

    Raises: MediaError when "compiled" is demanded and cannot be had.
    """
    reason = "chosen by configuration" if choice == "python" else why_not_compiled()
    if reason is None:
        found = importlib.import_module("livestream.engine.compiled.engine")
        engine: PythonEngine = found.CompiledEngine(
            port=port, public_ips=public_ips, threads=threads, tcp=tcp, tcp_doors=tcp_doors
        )
        logger.info("media engine: compiled, threads that send: %d", found.media_threads(threads))
        return engine
    if choice == "compiled":
        raise MediaError(f"The compiled media engine cannot be used: {reason}.")
    log = logger.info if choice == "python" else logger.warning
    log("media engine: python, slower with many viewers (%s)", reason)
    return PythonEngine(port=port, public_ips=public_ips, tcp=tcp, tcp_doors=tcp_doors)


if __name__ == "__main__":
    _reason = why_not_compiled()
    if _reason is not None:
        sys.stderr.write(
            f"The media engine in Python will serve, slower with many viewers: the compiled one cannot ({_reason})."
            " What the compiler says: pip install --verbose --no-deps --no-build-isolation --editable .\n"
        )
