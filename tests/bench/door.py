"""What the door costs: the same small server behind aiohttp's own listener and behind ours, taking turns in one process.

Processor time of the server per new connection with one request, and per further request on an open one; the ratio is what
counts, wall time is not measured.

    python -m tests.bench.door [--rounds 10] [--connections 1000]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from aiohttp import web

REQUEST = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


async def _serve() -> None:
    from web.door import DoorSite, bind_door

    async def healthz(_: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    app = web.Application()
    app.router.add_get("/healthz", healthz)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=2048).start()
    plain = runner.addresses[0][1]
    door = await bind_door("127.0.0.1", 0)
    door.media = lambda sock: sock.close()
    await DoorSite(runner, door).start()
    print(plain, door.port, flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await runner.cleanup()


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/schedstat").read_text().split()
    return int(fields[0]) / 1e9


def _ask(sock: socket.socket) -> None:
    sock.sendall(REQUEST)
    answer = b""
    while not answer.endswith(b"ok\n"):
        more = sock.recv(4096)
        if not more:
            raise ConnectionError("the server hung up")
        answer += more


def _connections(port: int, count: int) -> None:
    for _ in range(count):
        with socket.create_connection(("127.0.0.1", port)) as sock:
            _ask(sock)


def _requests(port: int, count: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as sock:
        for _ in range(count):
            _ask(sock)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="tests.bench.door")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--connections", type=int, default=1000)
    parser.add_argument("--serve", action="store_true")
    options = parser.parse_args([] if arguments is None else arguments)
    if options.serve:
        import uvloop

        uvloop.run(_serve())
        return
    command = [sys.executable, "-m", "tests.bench.door", "--serve"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        plain, door = (int(port) for port in server.stdout.readline().split())
        for name, load in (("new connection and request", _connections), ("request on an open connection", _requests)):
            costs: dict[int, list[float]] = {plain: [], door: []}
            for port in (plain, door):
                load(port, options.connections)  # warm
            for number in range(options.rounds):
                for port in (plain, door) if number % 2 else (door, plain):
                    before = _cpu_seconds(server.pid)
                    load(port, options.connections)
                    costs[port].append((_cpu_seconds(server.pid) - before) / options.connections * 1e6)
            listener, ours = (statistics.median(costs[port]) for port in (plain, door))
            print(f"{name}: listener {listener:.0f} us, door {ours:.0f} us of the server, ratio {ours / listener:.2f}")
        server.stdin.close()
        server.wait(20)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONPATH", os.getcwd())
    main(sys.argv[1:])
