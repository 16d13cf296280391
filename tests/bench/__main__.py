"""``python -m tests.bench [name...]``: run the named benchmarks, or all of them, one after the other.

A benchmark is a module of this package with a ``main()`` (plain or async) that prints its figures.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import pkgutil
import sys
from collections.abc import Sequence

import tests.bench


def names() -> list[str]:
    return sorted(found.name for found in pkgutil.iter_modules(tests.bench.__path__) if not found.name.startswith("_"))


def run(chosen: Sequence[str]) -> int:
    known = names()
    unknown = [name for name in chosen if name not in known]
    if unknown:
        print(f"Unknown: {', '.join(unknown)}. Benchmarks: {', '.join(known)}.", file=sys.stderr)
        return 2
    failed = []
    for name in chosen or known:
        module = importlib.import_module(f"tests.bench.{name}")
        main = getattr(module, "main", None)
        if main is None:
            continue  # a module that others share
        print(f"== {name}", flush=True)
        try:
            outcome = main()
            if inspect.iscoroutine(outcome):
                asyncio.run(outcome)
        except Exception as error:  # one benchmark that fails leaves the others their turn
            failed.append(name)
            print(f"{name} failed: {type(error).__name__}: {error}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
