"""A network namespace of our own: made and taken away by the test."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path


def run(*command: str) -> None:
    """Raises: subprocess.CalledProcessError."""
    subprocess.run(command, check=True, capture_output=True, timeout=10)


class Namespace:
    def __init__(self, name: str) -> None:
        self._name = name

    def make(self) -> None:
        run("ip", "netns", "add", self._name)
        self.inside("ip", "link", "set", "lo", "up")

    def cable(self, near: str, far: str, here: str, there: str) -> None:
        """Between this machine (device ``near``, address ``here``) and the namespace; its end in there stays down."""
        run("ip", "link", "add", near, "type", "veth", "peer", "name", far, "netns", self._name)
        run("ip", "addr", "add", f"{here}/30", "dev", near)
        run("ip", "link", "set", near, "up")
        self.inside("ip", "addr", "add", f"{there}/30", "dev", far)

    def remove(self, *cables: str) -> None:
        """What there is of it."""
        for near in cables:
            subprocess.run(["ip", "link", "del", near], capture_output=True, check=False)
        subprocess.run(["ip", "netns", "del", self._name], capture_output=True, check=False)

    def inside(self, *command: str) -> None:
        run("ip", "netns", "exec", self._name, *command)

    def program(self, folder: Path, program: str) -> Path:
        """A script that runs ``program`` in there."""
        script = folder / f"{self._name}-{Path(program).name}"
        script.write_text(f'#!/bin/sh\nexec ip netns exec {self._name} {program} "$@"\n')
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        return script
