"""A viewer behind a network of our own: a namespace, two virtual cables, and ``tc netem`` that loses, delays and narrows."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from types import TracebackType

from tests.network.namespace import Namespace, run

SERVER, VIEWER = "10.203.77.1", "10.203.77.2"


def why_not() -> str | None:
    """Why this machine cannot make one; None: it can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    missing = [tool for tool in ("ip", "tc") if shutil.which(tool) is None]
    if missing:
        return f"{' and '.join(missing)} missing (Debian's iproute2)"
    try:
        with BadNetwork() as network:
            network.shape(loss=1)
    except subprocess.CalledProcessError as error:
        return f"network namespaces or netem are not allowed here: {error.stderr.decode().strip()[:200]}"
    return None


class BadNetwork:
    """Between here (``SERVER``) and a namespace (``VIEWER``). Everything is taken away at the end."""

    def __init__(self) -> None:
        self._behind = Namespace(f"ccnet{os.getpid()}")
        self._near, self._far = f"cca{os.getpid()}"[:15], f"ccb{os.getpid()}"[:15]

    def __enter__(self) -> BadNetwork:
        self.__exit__(None, None, None)
        try:
            self._behind.make()
            self._behind.cable(self._near, self._far, SERVER, VIEWER)
            self._behind.inside("ip", "link", "set", self._far, "up")
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._behind.remove(self._near)

    def shape(self, *, loss: float = 0, delay_ms: int = 10, jitter_ms: int = 0, down_kbps: int = 0) -> None:
        """Both ways lose and delay; the viewer's way down is ``down_kbps`` wide (0: as wide as can be), with 300 ms of queue."""
        for inside, device in ((False, self._near), (True, self._far)):
            netem = ["tc", "qdisc", "replace", "dev", device, "root", "netem", "delay", f"{delay_ms}ms"]
            netem += [f"{jitter_ms}ms", "distribution", "normal"] if jitter_ms else []
            netem += ["loss", f"{loss}%"] if loss else []
            if down_kbps and not inside:
                # A packet is about 1,200 bytes; a queue of 300 ms is what home routers have.
                netem += ["rate", f"{down_kbps}kbit", "limit", str(max(10, down_kbps * 300 // 8 // 1200))]
            else:
                netem += ["limit", "5000"]
            (self._behind.inside if inside else run)(*netem)

    def program(self, folder: Path, program: str) -> Path:
        """A script that runs ``program`` behind the network."""
        return self._behind.program(folder, program)
