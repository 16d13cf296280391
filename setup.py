"""The compiled half of the media engine. Everything else about the package is in ``pyproject.toml``.

It is optional: without a C compiler, without Cython or on another system than Linux the package installs all the same, and the
engine in Python serves. ``CLOSETCAST_SANITIZE=address`` builds it with AddressSanitizer (see ``make asan``).
"""

import os
import sys
from pathlib import Path

from setuptools import Extension, setup

FOLDER = "livestream/engine/compiled"


def extensions():
    if sys.platform != "linux":
        return []
    try:
        from Cython.Build import cythonize
    except ImportError:
        return []
    sanitize = os.environ.get("CLOSETCAST_SANITIZE")
    flags = ["-std=gnu11", "-Wall", "-Wextra", "-D_GNU_SOURCE", "-pthread", "-fvisibility=hidden"]
    flags += [f"-fsanitize={sanitize}", "-fno-omit-frame-pointer", "-g", "-O1"] if sanitize else ["-O3"]
    hot = Extension(
        "livestream.engine.compiled.hot",
        [f"{FOLDER}/hot.pyx", *sorted(str(path) for path in Path(FOLDER).glob("*.c") if path.name != "hot.c")],
        depends=[str(path) for path in Path(FOLDER).glob("*.h")],
        extra_compile_args=flags,
        extra_link_args=["-pthread", *([f"-fsanitize={sanitize}"] if sanitize else [])],
        libraries=["dl"],
    )
    # What Cython generates goes into build/, never beside the sources.
    made = cythonize([hot], build_dir="build/cython", quiet=True)
    for extension in made:
        extension.optional = True  # cythonize forgets it
    return made


setup(ext_modules=extensions())
