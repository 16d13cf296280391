"""The compiled twin of the engine's hot path (Linux): recvmmsg, SRTP, rewriting, sendmmsg with segmentation, media threads.

The control logic stays in Python and is the same for both engines; ``hot_path.py`` is where they part. Reading order of the C:
``protect`` (SRTP), ``outlet`` (a socket's batch), ``run`` (replays), ``fan`` (the pass over the viewers), ``lanes`` (threads),
``inlet`` (reading), then ``hot.pyx`` and the parts that it includes.
"""

from __future__ import annotations

from pathlib import Path

from livestream.engine.compiled import sources


def why_not() -> str | None:
    """Why the compiled hot path cannot serve here; None: it can."""
    try:
        from livestream.engine.compiled import hot
    except ImportError as error:
        return f"it was not built, which takes a C compiler at installation ({error})"
    there = sources.digest(Path(__file__).parent)
    if there is not None and getattr(hot, "SOURCES", "") != there:
        return "it was built from other sources than these, so a build has failed or is missing: see `make setup`"
    from pylibsrtp import _binding

    if not hot.load(_binding.__file__):
        return "the installed pylibsrtp does not export OpenSSL's and libsrtp's functions"
    return None
