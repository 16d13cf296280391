"""1,000 buyers tap Buy on the same piece in the same instant: over HTTP, on the whole server, on SQLite.

The server runs in a process of its own. Every buyer is signed in and has a connection open, as somebody who watches a show
has; the time is from the first byte of the first request to the last byte of the last answer.

    python -m tests.bench.claims [--buyers 1000] [--rounds 5]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

BAR_SECONDS = 1.0


# -- the server


async def serve(buyers: int, rounds: int) -> None:
    """Prints one line of JSON: port, session tokens of the buyers, a listing for each round and one to warm up."""
    import sqlalchemy as sa

    from hosts.database_time import read_now_ms
    from hosts.tables import accounts, listings
    from web.routing import SERVICES
    from web.serve import running
    from web.settings import Settings

    with tempfile.TemporaryDirectory() as folder:
        async with running(Settings(port=0, data=Path(folder), limits=False)) as (app, port):
            services = app[SERVICES]
            pieces = [f"piece{number}" for number in range(rounds + 1)]
            async with services.database.writing() as connection:
                now = await read_now_ms(connection)
                # Straight into the table: a thousand password hashes would take longer than everything else.
                people = [
                    {
                        "account_id": name,
                        "email": f"{name}@example.org",
                        "email_key": f"{name}@example.org",
                        "handle": name,
                        "name": name,
                        "password_hash": "none",
                        "created_at": now,
                    }
                    for name in ("seller", *(f"buyer{number}" for number in range(buyers)))
                ]
                await connection.execute(sa.insert(accounts), people)
                rows = [
                    {
                        "listing_id": piece,
                        "seller_id": "seller",
                        "title": "The only one",
                        "category": "outerwear",
                        "condition": "good",
                        "price": 4_800,
                        "currency": "USD",
                        "quantity": 1,
                        "created_at": now,
                    }
                    for piece in pieces
                ]
                await connection.execute(sa.insert(listings), rows)
                tokens = [
                    await services.hosts.sessions.open_in(connection, f"buyer{number}") for number in range(buyers)
                ]
            print(json.dumps({"port": port, "tokens": tokens, "pieces": pieces}), flush=True)
            await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)  # until the parent closes it


# -- the buyers


class Buyer(asyncio.Protocol):
    """A kept-alive connection that sends prepared bytes and knows when one answer is complete."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.answer: asyncio.Future[tuple[int, str]] = asyncio.get_running_loop().create_future()
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        if not self.answer.done():
            self.answer.set_exception(ConnectionError("the server hung up before it answered"))

    def send(self, request: bytes) -> asyncio.Future[tuple[int, str]]:
        assert self.transport is not None
        self.answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self.answer

    def data_received(self, data: bytes) -> None:
        self._data += data
        head, separator, body = self._data.partition(b"\r\n\r\n")
        if not separator:
            return
        lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        if len(body) < int(lengths[0]):
            return
        self._data = b""
        status = int(head.split(b" ", 2)[1])
        self.answer.set_result((status, "" if status == 201 else str(json.loads(body)["error"]["code"])))


def request_bytes(port: int, token: str, piece: str, key: str) -> bytes:
    body = json.dumps({"listing_id": piece}).encode()
    head = (
        f"POST /api/holds HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n"
        f"Cookie: closetcast={token}\r\nIdempotency-Key: {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def tap(port: int, tokens: Sequence[str], buyers: Sequence[Buyer], piece: str) -> tuple[float, Counter[str]]:
    """One round: seconds until all were answered, and how often each answer was given."""
    requests = [request_bytes(port, token, piece, f"tap-{piece}") for token in tokens]
    started = time.perf_counter()
    answers = await asyncio.gather(*(buyer.send(request) for buyer, request in zip(buyers, requests, strict=True)))
    seconds = time.perf_counter() - started
    return seconds, Counter(f"{status} {code}".strip() for status, code in answers)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far, from Linux's /proc/pid/stat (fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure(pid: int, port: int, tokens: Sequence[str], pieces: Sequence[str]) -> bool:
    loop = asyncio.get_running_loop()
    buyers: list[Buyer] = []
    times = []
    right = True
    try:
        opened = [loop.create_connection(Buyer, "127.0.0.1", port) for _ in tokens]
        buyers += [buyer for _, buyer in await asyncio.gather(*opened)]
        for number, piece in enumerate(pieces):
            before = cpu_seconds(pid)
            seconds, counted = await tap(port, tokens, buyers, piece)
            used = cpu_seconds(pid) - before
            name = "warm-up" if number == 0 else f"round {number}"
            figures = f"{seconds * 1000:.0f} ms, server CPU {used * 1000:.0f} ms, {dict(counted)}"
            print(f"{name}: {figures}", flush=True)
            right &= counted == {"201": 1, "409 held_by_other": len(tokens) - 1}
            if number:
                times.append(seconds)
    finally:
        for buyer in buyers:
            if buyer.transport is not None:
                buyer.transport.close()
    times.sort()
    verdict = "within" if times[-1] <= BAR_SECONDS else "OVER"
    median = times[len(times) // 2]
    print(f"{len(tokens)} buyers, one listing: median {median * 1000:.0f} ms, worst {times[-1] * 1000:.0f} ms ", end="")
    print(f"({verdict} the bar of {BAR_SECONDS:.0f} s); one sold and all others refused: {'yes' if right else 'NO'}")
    return right


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.claims")
    parser.add_argument("--buyers", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments if arguments is not None else [])
    if options.serve:
        asyncio.run(serve(options.buyers, options.rounds))
        return
    command = [sys.executable, "-m", "tests.bench.claims", "--serve"]
    command += ["--buyers", str(options.buyers), "--rounds", str(options.rounds)]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert server.stdout is not None
        line = server.stdout.readline()
        if not line:
            raise RuntimeError("the server did not start")
        stage = json.loads(line)
        if not asyncio.run(measure(server.pid, stage["port"], stage["tokens"], stage["pieces"])):
            raise RuntimeError("not exactly one buyer won, or somebody was refused for another reason")
    finally:
        assert server.stdin is not None
        server.stdin.close()
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


if __name__ == "__main__":
    main(sys.argv[1:])
