"""A viewer behind a network of our own: a namespace, two virtual cables, and ``tc netem`` that loses, delays and narrows."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path
from types import TracebackType

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
        self._name = f"ccnet{os.getpid()}"
        self._near, self._far = f"cca{os.getpid()}"[:15], f"ccb{os.getpid()}"[:15]

    def __enter__(self) -> BadNetwork:
        self.__exit__(None, None, None)
        try:
            _run("ip", "netns", "add", self._name)
            _run("ip", "link", "add", self._near, "type", "veth", "peer", "name", self._far, "netns", self._name)
            _run("ip", "addr", "add", f"{SERVER}/30", "dev", self._near)
            _run("ip", "link", "set", self._near, "up")
            self._inside("ip", "addr", "add", f"{VIEWER}/30", "dev", self._far)
            self._inside("ip", "link", "set", self._far, "up")
            self._inside("ip", "link", "set", "lo", "up")
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        subprocess.run(["ip", "link", "del", self._near], capture_output=True, check=False)
        subprocess.run(["ip", "netns", "del", self._name], capture_output=True, check=False)

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
            (self._inside if inside else _run)(*netem)

    def program(self, folder: Path, program: str) -> Path:
        """A script that runs ``program`` behind the network."""
        script = folder / f"behind-{Path(program).name}"
        script.write_text(f'#!/bin/sh\nexec ip netns exec {self._name} {program} "$@"\n')
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        return script

    def _inside(self, *command: str) -> None:
        _run("ip", "netns", "exec", self._name, *command)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=10)
