"""Claims per second on one hot listing with 1,000 pieces and over 1,000 listings; 200 buyers who pay at once.

Over HTTP with a connection for each buyer, on a whole server of its own with SQLite. The hot listing grants every claim, so
each one is a transaction; ``claims`` measures a crowd on one piece.

    python -m tests.bench.selling [--buyers 1000] [--paying 200]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa

from hosts.tables import listings
from tests.bench.claims import cpu_seconds
from tests.linearizability.driver import Stage, prepare
from web.database import SqlDatabase, sqlite_url

ADDRESS = {"name": "Ana Lima", "line1": "1 Harbour Street", "city": "Lisbon", "country": "PT", "postcode": "1100-001"}
CARD = {"card_number": "4242 4242 4242 4242", "expiry": "12/39", "cvc": "123"}


class Line:
    """A kept-alive connection that sends one request and reads one answer at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int, token: str) -> None:
        self._reader = reader
        self.writer = writer
        self._port = port
        self._token = token

    async def post(self, path: str, key: str, body: object) -> tuple[int, bytes, float]:
        """(status, body, seconds)."""
        data = json.dumps(body).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nOrigin: http://127.0.0.1:{self._port}\r\n"
            f"Cookie: closetcast={self._token}\r\nIdempotency-Key: {key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
        )
        started = time.perf_counter()
        self.writer.write(head.encode() + data)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        lengths = [one for one in answer.lower().split(b"\r\n") if one.startswith(b"content-length:")]
        content = await self._reader.readexactly(int(lengths[0].split(b":")[1]))
        return int(answer.split(b" ", 2)[1]), content, time.perf_counter() - started


async def connect(port: int, token: str) -> Line:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    return Line(reader, writer, port, token)


def share(times: Sequence[float], part: float) -> float:
    """A percentile in milliseconds."""
    return sorted(times)[min(len(times) - 1, int(len(times) * part))] * 1_000


def figures(name: str, times: Sequence[float], seconds: float, used: float) -> None:
    """A line of the table. ``times``: of each request; ``used``: CPU seconds of the server."""
    per = [f"{len(times) / seconds:,.0f}", *(f"{share(times, part):,.0f}" for part in (0.5, 0.99))]
    row(name, [*per, f"{1_000 * used / len(times):.2f}"])


def row(name: str, cells: Sequence[str]) -> None:
    print(f"{name:<34}" + "".join(f"{cell:>12}" for cell in cells), flush=True)


async def claims(stage: Stage, lines: Sequence[Line], pieces: Sequence[str], name: str) -> list[bytes]:
    """Every buyer claims one piece at once; what was answered."""
    before, started = cpu_seconds(stage.server.pid), time.perf_counter()
    answers = await asyncio.gather(
        *(line.post("/api/holds", f"{name}", {"listing_id": piece}) for line, piece in zip(lines, pieces, strict=True))
    )
    seconds, used = time.perf_counter() - started, cpu_seconds(stage.server.pid) - before
    counted = Counter(status for status, _, _ in answers)
    times = [took for _, _, took in answers]
    figures(f"claims on {name}", times, seconds, used)
    if counted != {201: len(lines)}:
        raise RuntimeError(f"a claim was refused although there was a piece for everybody: {dict(counted)}")
    return [body for _, body, _ in answers]


async def run(buyers: int, paying: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        stage = await prepare(Path(folder), buyers, buyers + 1)
        stage.server.close()
        database = SqlDatabase(sqlite_url(stage.server.data / "closetcast.sqlite"))
        hot, *single = stage.pieces
        async with database.writing() as connection:
            await connection.execute(sa.update(listings).where(listings.c.listing_id == hot).values(quantity=buyers))
        await database.stop()
        stage.server.start()
        port = stage.server.port
        lines: list[Line] = []
        try:
            lines += [await connect(port, token) for token in stage.tokens.values()]
            row("all answered 201", ["a second", "p50 ms", "p99 ms", "CPU ms each"])
            held = await claims(stage, lines, [hot] * buyers, "one hot listing")
            await claims(stage, lines, single, f"{buyers:,} listings")
            bodies = [
                {"hold_ids": [json.loads(hold)["hold_id"]], "address": ADDRESS, "payment": CARD}
                for hold in held[:paying]
            ]
            before, started = cpu_seconds(stage.server.pid), time.perf_counter()
            answers = await asyncio.gather(
                *(line.post("/api/checkout", "pay", body) for line, body in zip(lines[:paying], bodies, strict=True))
            )
            times, counted = [took for _, _, took in answers], Counter(status for status, _, _ in answers)
            used = cpu_seconds(stage.server.pid) - before
            figures(f"checkout, {paying} buyers at once", times, time.perf_counter() - started, used)
            if counted != {201: paying}:
                raise RuntimeError(f"a payment failed: {dict(counted)}")
        finally:
            for line in lines:
                line.writer.close()
            stage.server.close()


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.selling")
    parser.add_argument("--buyers", type=int, default=1_000)
    parser.add_argument("--paying", type=int, default=200)
    options = parser.parse_args(arguments if arguments is not None else [])
    asyncio.run(run(options.buyers, options.paying))


if __name__ == "__main__":
    main(sys.argv[1:])
