"""A room of the chat and a room of nchan side by side: the same listeners, messages and rates, taking turns at every rate.

Both servers stay up with all their sockets during the whole run, each on the same one core; talkers and the listeners' ears (one
program for both, ``_ears.py``) are on the other. Everything the chat says is judged and durable, nchan writes nothing down.
Latency is from sending a message to the last listener's having it whole. A rate is held for as long as ``MESSAGES`` take, so
that its p99 is not of a single frame. "reader" is the ears' share of their core: near one, a latency says nothing of the server.

CPU per delivery is what a busy machine blurs least: seconds of the server's process, user and system, over messages times
listeners.

    python -m tests.bench.room [--sockets 1000,5000] [--seconds 4] [--rates 25,100,400,1000] [--servers closetcast,nchan]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

import msgpack

from tests.bench import _chat, _nchan
from tests.bench._ears import Ears, open_sockets
from tests.bench._machine import cpu_seconds, memory_bytes, pin, two_cores
from web.serve import raise_file_limit

BAR_DELIVERIES, BAR_P99_MS, BAR_SOCKET_KB = 1_000_000, 150, 40
MESSAGES = 400  # per rate, at least
TEXT_BYTES = 200
KEEPS_UP = (
    0.9  # of the deliveries that a rate asks for: below it there is a queue that grows, and no higher rate is tried
)
DRAIN = 30.0  # seconds in which the last message may still arrive


@dataclass(frozen=True)
class Room:
    name: str
    pid: int
    ears: Ears
    listeners: int
    socket_kb: float
    say: Callable[[int, str], None]  # a message with this number
    texts: Callable[[bytes], list[str]]  # in the payload of a frame
    refused: Callable[[], int]  # so far


@contextlib.asynccontextmanager
async def chat_room(listeners: int, core: int | None) -> AsyncIterator[Room]:
    with _chat.server(core) as (pid, port, show_id, tokens):
        talkers = [await _chat.open_socket(port, show_id, token) for token in tokens]
        before = memory_bytes(pid)
        join = _chat.message(id=0, do="join")
        sockets = await open_sockets(port, f"/ws/{show_id}", _chat.HEADERS, listeners, join)
        kb = (memory_bytes(pid) - before) / 1024 / listeners
        ears = Ears(sockets, _chat.EVENTS)

        def say(number: int, text: str) -> None:
            talkers[number % len(talkers)].send(id=number + 1, do="say", text=text, key=text[:20])

        try:
            yield Room("closetcast", pid, ears, listeners, kb, say, _said, lambda: _refused(talkers))
        finally:
            for talker in talkers:
                talker.transport.abort()
            ears.close()


def _said(payload: bytes) -> list[str]:
    return [event["data"].get("text", "") for event in msgpack.unpackb(payload)["events"]]


def _refused(talkers: list[_chat.Socket]) -> int:
    return sum(talker.answers["error"] for talker in talkers)


@contextlib.asynccontextmanager
async def nchan_room(listeners: int, core: int | None) -> AsyncIterator[Room]:
    async with _nchan.server(core) as (pid, port, publishers):
        before = memory_bytes(pid)
        sockets = await open_sockets(port, "/sub", "", listeners)
        kb = (memory_bytes(pid) - before) / 1024 / listeners
        ears = Ears(sockets, b"")
        try:
            yield Room(
                "nchan",
                pid,
                ears,
                listeners,
                kb,
                lambda number, text: publishers.post(number, text.encode()),
                lambda payload: [payload.decode()],
                lambda: 0,
            )
        finally:
            ears.close()


ROOMS = {"closetcast": chat_room, "nchan": nchan_room}


async def measure(room: Room, rate: int, seconds: float, step: int) -> tuple[str, bool]:
    """One line of figures, and whether the server kept up."""
    ears, refused = room.ears, room.refused()
    ears.payloads()
    cpu, heard, begin = cpu_seconds(room.pid), ears.busy, time.perf_counter()
    sent: list[float] = []
    for number in range(max(MESSAGES, int(rate * seconds))):
        wait = begin + number / rate - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        sent.append(time.perf_counter())
        room.say(number, f"{step}:{number}:".ljust(TEXT_BYTES, "x"))
    frames: list[tuple[int, list[int]]] = []  # number, messages in it
    found = 0
    while time.perf_counter() < begin + len(sent) / rate + DRAIN:
        for payload, frame in ears.payloads():
            spoken = [text.split(":") for text in room.texts(payload)]
            frames.append((frame, [int(parts[1]) for parts in spoken if parts[0] == str(step)]))
            found += len(frames[-1][1])
        missing = any(ears.last(frame)[1] < room.listeners - ears.lost for frame, _ in frames[-1:])
        if found + room.refused() - refused >= len(sent) and not missing:
            break
        await asyncio.sleep(0.05)
    took = time.perf_counter() - begin
    used, reader = cpu_seconds(room.pid) - cpu, (ears.busy - heard) / took
    latencies = sorted(ears.last(frame)[0] - sent[number] for frame, numbers in frames for number in numbers)
    end = max((ears.last(frame)[0] for frame, _ in frames), default=begin + took)
    p50, p99 = (
        latencies[int(len(latencies) * share) - 1] * 1000 if latencies else float("inf") for share in (0.5, 0.99)
    )
    deliveries = len(latencies) * room.listeners
    notes = [f"{room.refused() - refused} refused"] if room.refused() > refused else []
    if ears.lost:
        notes.append(f"{ears.lost} sockets lost")
    if found + room.refused() - refused < len(sent):
        notes.append(f"{len(sent) - found} not heard")
    line = (
        f"{rate:>10} {room.name:<10} {deliveries / (end - begin):>13,.0f} {p50:>8.1f} {p99:>8.1f} {used / took:>5.2f}"
        f" {used / max(deliveries, 1) * 1e6:>11.2f} {reader:>6.2f} {', '.join(notes)}".rstrip()
    )
    return line, deliveries / (end - begin) > KEEPS_UP * rate * room.listeners


async def bench(sockets: int, seconds: float, rates: list[int], servers: list[str]) -> None:
    _, (core, clients) = two_cores()
    pin(clients)
    async with contextlib.AsyncExitStack() as stack:
        rooms = [await stack.enter_async_context(ROOMS[name](sockets, core)) for name in servers]
        memory = ", ".join(f"{room.name} {room.socket_kb:.1f}" for room in rooms)
        print(
            f"room: {sockets} sockets; KB per socket: {memory} (bar: {BAR_SOCKET_KB});"
            f" bar: {BAR_DELIVERIES:,} deliveries/s at p99 {BAR_P99_MS} ms"
        )
        print(
            f"{'messages/s':>10} {'':<10} {'deliveries/s':>13} {'p50 ms':>8} {'p99 ms':>8} {'CPU':>5} {'us/delivery':>11}"
            f" {'reader':>6}"
        )
        for step, rate in enumerate(rates):
            for room in tuple(rooms):
                line, keeps_up = await measure(room, rate, seconds, step)
                print(line, flush=True)
                if not keeps_up:  # what it could not send at this rate would be in the other's way at the next
                    rooms.remove(room)


def main(arguments: Sequence[str] = ()) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sockets", default="1000,5000")
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--rates", default="25,100,400,1000")
    parser.add_argument("--servers", default=",".join(ROOMS))
    options = parser.parse_args(arguments)
    import uvloop

    raise_file_limit()
    for sockets in options.sockets.split(","):
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            rates = [int(rate) for rate in options.rates.split(",")]
            runner.run(bench(int(sockets), options.seconds, rates, options.servers.split(",")))


if __name__ == "__main__":
    main(sys.argv[1:])
