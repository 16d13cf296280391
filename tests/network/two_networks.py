"""A phone between two networks: a namespace with two cables to here. The server's address stays the same, the phone's changes."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from types import TracebackType

from tests.network.namespace import Namespace

SERVER = "10.203.78.1"  # at the end of the first cable, and reached by the second one too
WIFI, MOBILE = "10.203.78.2", "10.203.78.6"  # the phone's
MOBILE_GATEWAY = "10.203.78.5"


def why_not() -> str | None:
    """Why this machine cannot make them; None: it can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    if shutil.which("ip") is None:
        return "ip is missing (Debian's iproute2)"
    try:
        with TwoNetworks():
            return None
    except subprocess.CalledProcessError as error:
        return f"network namespaces are not allowed here: {error.stderr.decode().strip()[:200]}"


class TwoNetworks:
    """Everything is taken away at the end."""

    def __init__(self) -> None:
        number = os.getpid()
        self._phone = Namespace(f"cctwo{number}")
        self._near = (f"ccw{number}"[:15], f"ccm{number}"[:15])
        self._far = (f"ccx{number}"[:15], f"ccy{number}"[:15])

    def __enter__(self) -> TwoNetworks:
        self.__exit__(None, None, None)
        try:
            self._phone.make()
            for near, far, gateway, phone in zip(
                self._near, self._far, (SERVER, MOBILE_GATEWAY), (WIFI, MOBILE), strict=True
            ):
                self._phone.cable(near, far, gateway, phone)
            self._join(self._far[0], SERVER)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._phone.remove(*self._near)

    def leave_wifi(self) -> None:
        """Out of the door: the first network is gone, and only now the phone joins the second one, as phones do."""
        self._phone.inside("ip", "link", "set", self._far[0], "down")
        self._join(self._far[1], MOBILE_GATEWAY)

    def _join(self, cable: str, gateway: str) -> None:
        self._phone.inside("ip", "link", "set", cable, "up")
        self._phone.inside("ip", "route", "add", "default", "via", gateway, "dev", cable)

    def program(self, folder: Path, program: str) -> Path:
        """A script that runs ``program`` on the phone."""
        return self._phone.program(folder, program)
