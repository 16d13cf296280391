"""The server as a user starts it: a process of its own, which a test may kill and start again on the same ports."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from tests.servers import free_port, free_port_for_media

READY_SECONDS = 30.0


class ServerProcess:
    """``start`` waits until /readyz says so; ``close`` ends it. The log is in ``data/../server.log``."""

    def __init__(self, data: Path, *options: str, command: str = "serve") -> None:
        self.data = data
        self.port = free_port()
        self.udp_port = free_port_for_media()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = data.parent / "server.log"
        self._options = options
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "web.cli", self._command, "--port", str(self.port)]
        command += ["--udp-port", str(self.udp_port), "--data", str(self.data), *self._options]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
            )
        self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        assert self._process is not None
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            assert self._process.poll() is None, self.log.read_text()
            try:
                with urllib.request.urlopen(self.url + "/readyz", timeout=10) as response:
                    if response.status == 200:
                        return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.05)
        raise AssertionError("the server did not get ready:\n" + self.log.read_text())

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """SIGKILL: nothing is closed, nothing is flushed."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)

    def interrupt(self) -> None:
        """Ctrl-C at the terminal: SIGINT to the whole process group."""
        os.killpg(self.pid, signal.SIGINT)
        self._wait_for_end("SIGINT")

    def close(self) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        self._wait_for_end("SIGTERM")

    def _wait_for_end(self, how: str) -> None:
        assert self._process is not None
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
            raise AssertionError(f"the server did not close within 15 s of {how}:\n" + self.log.read_text()) from None

    def complaints(self) -> list[str]:
        """Lines of the log that nobody should find: tracebacks, errors, warnings of Python's or asyncio's."""
        words = (
            "Traceback",
            '"level": "error"',
            '"level": "critical"',
            "never awaited",
            "was destroyed",
            "ResourceWarning",
        )
        return [line for line in self.log.read_text().splitlines() if any(word in line for word in words)]
