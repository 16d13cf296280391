"""A room of the chat and a room of nchan side by side: the same listeners, messages and rates, taking turns at every rate.

Both servers stay up with all their sockets during the whole run, so that neither has the machine in a better minute. The
clients of both are read by this one process, which is one core: rates at which it is full say nothing of either server. nchan
writes nothing down and judges nobody (tests/bench/chat_nchan.py); latency is from sending to the last listener's receipt.

CPU per delivery is what a busy machine blurs least: seconds of the server's process, user and system, over messages times
listeners. A run takes about two minutes.

    python -m tests.bench.room [--sockets 1000,5000] [--seconds 4] [--rates 25,100,400]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from tests.bench import chat, chat_nchan
from web.serve import raise_file_limit

AT_ONCE = 50  # sockets that are opened at a time


@contextlib.asynccontextmanager
async def chat_room(sockets: int) -> AsyncIterator[tuple[int, list[chat.Socket], list[chat.Socket], float]]:
    """(pid, listeners, talkers, KB per socket)."""
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.chat", "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    assert server.stdin is not None
    try:
        number, show_id, tokens = server.stdout.readline().split()
        port = int(number)
        talkers = [await chat.open_socket(port, show_id, token) for token in tokens.split(",")]
        before = chat.memory_kb(server.pid)
        listeners = [await chat.open_socket(port, show_id, decodes=True) for _ in range(chat.DECODERS)]
        while len(listeners) < sockets:
            missing = min(AT_ONCE, sockets - len(listeners))
            listeners += await asyncio.gather(*(chat.open_socket(port, show_id) for _ in range(missing)))
        yield server.pid, listeners, talkers, (chat.memory_kb(server.pid) - before) / sockets
        for one in (*talkers, *listeners):
            one.transport.abort()
    finally:
        server.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(10)
        server.kill()
        server.wait()
        server.stdout.close()


@contextlib.asynccontextmanager
async def nchan_room(sockets: int) -> AsyncIterator[tuple[int, int, list[chat_nchan.Listener], float]]:
    """(pid of the worker, port, listeners, KB per socket)."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "nginx.conf"
        path.write_text(chat_nchan.CONFIG.format(folder=folder, port=port))
        server = subprocess.Popen(["/usr/sbin/nginx", "-p", folder, "-c", str(path)], stderr=subprocess.DEVNULL)
        try:
            async with asyncio.timeout(10):
                while True:
                    with contextlib.suppress(OSError):
                        listeners = [await chat_nchan.listen(port)]
                        break
                    await asyncio.sleep(0.05)
            worker = int(Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()[0])
            before = chat.memory_kb(worker)
            while len(listeners) < sockets:
                missing = min(AT_ONCE, sockets - len(listeners))
                listeners += await asyncio.gather(*(chat_nchan.listen(port) for _ in range(missing)))
            yield worker, port, listeners, (chat.memory_kb(worker) - before) / sockets
            for one in listeners:
                one.transport.abort()
        finally:
            server.terminate()
            server.wait(10)


async def bench(sockets: int, seconds: float, rates: list[int]) -> None:
    async with chat_room(sockets) as ours, nchan_room(sockets) as theirs:
        pid, listeners, talkers, kb = ours
        worker, port, others, others_kb = theirs
        print(
            f"room: {sockets} sockets; KB per socket: closetcast {kb:.1f}, nchan {others_kb:.1f}"
            f" (bar: {chat.BAR_SOCKET_KB}); bar of p99: {chat.BAR_P99_MS} ms"
        )
        print(
            f"{'messages/s':>10} {'':<10} {'deliveries/s':>13} {'p50 ms':>8} {'p99 ms':>8} {'CPU':>5} {'us/delivery':>11}"
            f" {'refused':>7}"
        )
        for step, rate in enumerate(rates):
            *figures, refused = await chat.measure(pid, listeners, talkers, rate, seconds, step)
            lost = sum(listener.lost for listener in listeners)
            rows = [("closetcast", figures, f"{refused} {f'({lost} sockets lost)' if lost else ''}".strip())]
            rows.append(("nchan", list(await chat_nchan.measure(worker, port, others, rate, seconds)), ""))
            for name, (deliveries, p50, p99, used), note in rows:
                each = used / max(deliveries, 1) * 1e6
                print(
                    f"{rate:>10} {name:<10} {deliveries:>13,.0f} {p50:>8.1f} {p99:>8.1f} {used:>5.2f} {each:>11.2f} {note:>7}",
                    flush=True,
                )


def main(arguments: Sequence[str] = ()) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sockets", default="1000,5000")
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--rates", default="25,100,400")
    options = parser.parse_args(arguments)
    import uvloop

    raise_file_limit()
    for sockets in options.sockets.split(","):
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(bench(int(sockets), options.seconds, [int(rate) for rate in options.rates.split(",")]))


if __name__ == "__main__":
    main(sys.argv[1:])
