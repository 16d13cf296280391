"""Private PostgreSQL and Redis servers on free ports, for one test run; started at first use, ended with the run."""

from __future__ import annotations

import contextlib
import glob
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def free_port_for_media() -> int:
    """Free for TCP and UDP, on every address: a client's connection somewhere else on the machine may have the number."""
    for _ in range(100):
        with socket.socket() as listener, socket.socket(type=socket.SOCK_DGRAM) as datagrams:
            listener.bind(("", 0))
            port: int = listener.getsockname()[1]
            with contextlib.suppress(OSError):
                datagrams.bind(("", port))
                return port
    raise RuntimeError("no port is free for TCP and UDP")


def wait_for_port(port: int, process: subprocess.Popen[bytes], seconds: float = 20) -> None:
    """Return once 127.0.0.1:port accepts. Raises RuntimeError when the process ended or the time is over."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with status {process.returncode}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"nothing answers on port {port} after {seconds} s")


def _end(process: subprocess.Popen[bytes], how: signal.Signals) -> None:
    process.send_signal(how)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)


class RedisServer:
    """A private redis-server that a test may stop and start again on the same port."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None
        self._folder = tempfile.mkdtemp(prefix="closetcast-redis-")

    def start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(
            [*command, "--dir", self._folder],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
        )
        wait_for_port(self.port, self._process)

    def stop(self) -> None:
        if self._process is not None:
            _end(self._process, signal.SIGTERM)
            self._process = None

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)


def _wait_for_postgresql(binaries: Path, port: int, seconds: float = 20) -> None:
    """An open port may still answer "the database system is starting up"."""
    until = time.monotonic() + seconds
    while (
        subprocess.run([binaries / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)], check=False).returncode != 0
    ):
        if time.monotonic() > until:
            raise RuntimeError(f"PostgreSQL does not get ready within {seconds} s")
        time.sleep(0.05)


@contextlib.contextmanager
def postgresql_server() -> Iterator[str]:
    """Yields a URL of the private server's administrator, database ``postgres``. PostgreSQL refuses to run as root, so it
    runs as the packages' own user then."""
    binaries = Path(sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1])
    folder = Path(tempfile.mkdtemp(prefix="closetcast-postgresql-"))
    data = folder / "data"
    user = pwd.getpwnam("postgres") if os.getuid() == 0 else None
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)
        as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    else:
        as_user = {}
    port = free_port()
    subprocess.run(
        [
            binaries / "initdb",
            "-D",
            data,
            "-U",
            "closetcast",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
            "--locale=C.UTF-8",
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd="/",
        **as_user,  # type: ignore[call-overload]
    )
    settings = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": folder, "fsync": "off"}
    settings |= {"synchronous_commit": "off", "max_connections": "200", "shared_buffers": "64MB"}
    arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    log = (folder / "log").open("wb")
    process = subprocess.Popen(
        [binaries / "postgres", "-D", data, *arguments],
        stdout=log,
        stderr=log,
        stdin=subprocess.DEVNULL,
        cwd="/",
        **as_user,  # type: ignore[call-overload]
    )
    try:
        wait_for_port(port, process)
        _wait_for_postgresql(binaries, port)
        yield f"postgresql://closetcast@127.0.0.1:{port}/postgres"
    finally:
        _end(process, signal.SIGINT)  # SIGINT: fast shutdown
        log.close()
        shutil.rmtree(folder, ignore_errors=True)
