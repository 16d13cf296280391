"""The compiled half of the media engine. Everything else about the package is in ``pyproject.toml``.

It is optional: without a C compiler, without Cython or on another system than Linux the package installs all the same, and the
engine in Python serves. ``CLOSETCAST_SANITIZE=address`` builds it with AddressSanitizer (see ``make asan``).
"""

import os
import runpy
import sys
from pathlib import Path

from setuptools import Extension, setup

FOLDER = "livestream/engine/compiled"


def extensions():
    if sys.platform != "linux":
        return []
    try:
        from Cython.Build import cythonize
    except ImportError as error:
        sys.stderr.write(f"The compiled media engine is left out: {error}\n")
        return []
    made_from = runpy.run_path(f"{FOLDER}/sources.py")["digest"](Path(FOLDER))
    sanitize = os.environ.get("CLOSETCAST_SANITIZE")
    flags = ["-std=gnu11", "-Wall", "-Wextra", "-D_GNU_SOURCE", "-pthread", "-fvisibility=hidden"]
    flags += [f"-fsanitize={sanitize}", "-fno-omit-frame-pointer", "-g", "-O1"] if sanitize else ["-O3"]
    hot = Extension(
        "livestream.engine.compiled.hot",
        [f"{FOLDER}/hot.pyx", *sorted(str(path) for path in Path(FOLDER).glob("*.c") if path.name != "hot.c")],
        depends=[str(path) for path in Path(FOLDER).glob("*.[hp]*")],
        define_macros=[("CLOSETCAST_SOURCES", f'"{made_from}"')],
        extra_compile_args=flags,
        extra_link_args=["-pthread", *([f"-fsanitize={sanitize}"] if sanitize else [])],
        libraries=["dl"],
    )
    # What Cython generates goes into build/, never beside the sources.
    made = cythonize([hot], build_dir="build/cython", quiet=True)
    for extension in made:
        extension.optional = True  # cythonize forgets it
    return made


# Always made anew: an object file of before would carry the name of other sources.
setup(ext_modules=extensions(), options={"build_ext": {"force": True}})
