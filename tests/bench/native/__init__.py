"""The benchmarks' own C: light receivers, and a bare loop to compare with. Built by the C compiler at first use."""

from __future__ import annotations

import ctypes
import functools
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).parent


class Record(ctypes.Structure):
    _fields_ = (("arrived", ctypes.c_int64), ("viewer", ctypes.c_uint16), ("sequence", ctypes.c_uint16))


class Viewer(ctypes.Structure):
    _fields_ = (
        ("packets", ctypes.c_uint64),
        ("octets", ctypes.c_uint64),
        ("first_size", ctypes.c_uint32),
        ("first", ctypes.c_uint8 * 2048),
    )


@functools.cache
def library(name: str) -> ctypes.CDLL:
    folder = Path(tempfile.mkdtemp(prefix="closetcast-bench-"))
    target = folder / f"{name}.so"
    subprocess.run(
        ["cc", "-O3", "-D_GNU_SOURCE", "-shared", "-fPIC", "-o", target, HERE / f"{name}.c", "-ldl"], check=True
    )
    loaded = ctypes.CDLL(str(target))
    target.unlink()
    folder.rmdir()
    return loaded
