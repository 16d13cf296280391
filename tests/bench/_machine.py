"""The machine under a benchmark: cores to pin to, and what a process has used."""

from __future__ import annotations

import os
import re
from pathlib import Path


def pin(core: int | None) -> None:
    if core is not None:
        os.sched_setaffinity(0, {core})


def two_cores() -> tuple[list[int], tuple[int | None, int | None]]:
    """All cores that this process may use, and which one is for the server, which for its clients; None: there is but one."""
    available = sorted(os.sched_getaffinity(0))
    return available, (available[0], available[-1]) if len(available) > 1 else (None, None)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process, in steps of 10 ms."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_bytes(pid: int) -> int:
    text = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", text)
    assert found is not None
    return int(found[1]) * 1024
