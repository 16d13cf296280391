"""Media servers side by side on one core: the compiled engine, the Python engine, Janus, and a bare C loop.

Each server runs in a process of its own on one core; the host and the light viewers (real ICE, DTLS and SRTP, then ears in C
that count and note the kernel's arrival time) on another. 300 packets of 1,200 B a second to each viewer, in bursts of a frame.
"Packets/s and core" is packets that reached viewers per second of the server's CPU time, whatever else the machine does.

``CLOSETCAST_BENCH_SECONDS`` (default 5), ``CLOSETCAST_BENCH_LEVELS`` (default "20,100,300,500"), ``CLOSETCAST_BENCH_SERVERS``
(default "compiled,python,janus,loop"), ``CLOSETCAST_BENCH_OUT`` (a folder for engines.json and engines.svg).
"""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import platform
import socket
import statistics
import threading
import time
from pathlib import Path
from typing import Any

from livestream.engine.choose import why_not_compiled
from tests.bench import _figure
from tests.bench._contestants import (
    FRAMES_PER_SECOND,
    MARK,
    PACKETS_PER_FRAME,
    SIZE,
    Contestant,
    Janus,
    Ours,
    Source,
)
from tests.bench._machine import pin, two_cores
from tests.bench.native import Record, Viewer, library
from tests.livestream.engine.light_peer import LightPeer

Row = dict[str, Any]
AUDIO = 111


class Ears:
    """Counts what arrives at many sockets, in a thread without the interpreter."""

    def __init__(self, fds: list[int], room: int) -> None:
        self.viewers = (Viewer * len(fds))()
        self.records = (Record * room)()
        self._stop = ctypes.c_int(0)
        self._fds = (ctypes.c_int * len(fds))(*fds)
        self._room = room
        self.used = 0
        # Here, not in the thread: compiling it takes a second, in which what the first one should hear would be lost.
        self._sink = library("sink").sink_run
        self._sink.restype = ctypes.c_int64
        self._thread = threading.Thread(target=self._run, name="ears")
        self._thread.start()

    def _run(self) -> None:
        self.used = self._sink(
            self._fds,
            len(self._fds),
            ctypes.byref(self._stop),
            self.records,
            ctypes.c_int64(self._room),
            self.viewers,
            AUDIO,
        )

    def close(self) -> None:
        self._stop.value = 1
        self._thread.join()


async def play(server: Contestant, source: Source, seconds: float) -> None:
    """On schedule by the clock: a late wake-up is made up for."""
    begun = time.monotonic()
    for number in range(round(seconds * FRAMES_PER_SECOND)):
        server.send_frame(source)
        await asyncio.sleep(max(0.0, begun + (number + 1) / FRAMES_PER_SECOND - time.monotonic()))


async def compare(
    server: Contestant, levels: list[int], seconds: float, cores: tuple[int | None, int | None]
) -> list[Row]:
    pin(cores[1])
    await server.start(cores[0])
    peers: list[LightPeer] = []
    rows: list[Row] = []
    source = Source()
    loop = asyncio.get_running_loop()
    try:
        await play(server, source, 0.5)
        empty = server.memory()
        for level in levels:
            before, wall, joined = server.cpu(), time.monotonic(), level - len(peers)
            while len(peers) < level:
                peer = await server.viewer()
                sock = peer.transport.get_extra_info("socket")
                loop._remove_reader(sock.fileno())  # type: ignore[attr-defined]  # from now on the ears listen
                peers.append(peer)
                if len(peers) % 40 == 0:
                    server.consent(peers)
            join_cpu, join_wall = (server.cpu() - before) / joined, (time.monotonic() - wall) / joined
            server.consent(peers)
            await play(server, source, 1.0)  # keyframe and replays, out of the measurement
            row = await _level(server, source, peers, seconds)
            row |= {
                "server": server.name,
                "viewers": level,
                "join_cpu_ms": join_cpu * 1000,
                "join_ms": join_wall * 1000,
                "memory_per_viewer_kb": (server.memory() - empty) / level / 1024,
            }
            rows.append(row)
            print(line(row), flush=True)
    except TimeoutError as error:  # what was measured before counts all the same
        print(f"{server.name}: a viewer could not join after {len(peers)} ({error}); no more levels for it")
    finally:
        for peer in peers:
            peer.close()
        await server.stop()
    return rows


async def _level(server: Contestant, source: Source, peers: list[LightPeer], seconds: float) -> Row:
    _empty(peers)
    wanted = round(seconds * FRAMES_PER_SECOND) * PACKETS_PER_FRAME * len(peers)
    ears = Ears([peer.transport.get_extra_info("socket").fileno() for peer in peers], wanted + 100_000)
    try:
        source.sent.clear()
        source.sent[-1] = 0  # no keyframe for a new beginning
        before, begun = server.cpu(), time.monotonic()
        await play(server, source, seconds)
        cpu, wall = server.cpu() - before, time.monotonic() - begun
        await asyncio.sleep(0.3)
    finally:
        ears.close()
    got = sum(viewer.packets for viewer in ears.viewers)
    waits = delays(ears, peers, source)
    return {
        "packets": got,
        "arrived": got / wanted,
        "cpu": cpu / wall,
        "per_core": got / cpu if cpu else 0.0,
        "cpu_per_viewer_percent": 100 * cpu / wall / len(peers),
        "delay_p50_ms": statistics.quantiles(waits, n=100)[49] if len(waits) > 100 else None,
        "delay_p99_ms": statistics.quantiles(waits, n=100)[98] if len(waits) > 100 else None,
    }


def _empty(peers: list[LightPeer]) -> None:
    for peer in peers:
        fd = peer.transport.get_extra_info("socket").fileno()
        while True:
            try:
                os.read(fd, 2048)
            except BlockingIOError:
                break


def delays(ears: Ears, peers: list[LightPeer], source: Source) -> list[float]:
    """Milliseconds from the host's send to the kernel's arrival, of one viewer in ten."""
    return [delay for _, delay in timed_delays(ears, peers, source, 10)]


def timed_delays(ears: Ears, peers: list[LightPeer], source: Source, every: int) -> list[tuple[int, float]]:
    """When a packet was sent (ns since 1970) and how long it took (ms), of one viewer in ``every``. Once per pair of ears."""
    found: list[tuple[int, float]] = []
    offsets: dict[int, int] = {}
    for at, (viewer, peer) in enumerate(zip(ears.viewers, peers, strict=True)):
        if at % every or not viewer.first_size or peer.dtls.receiver is None:
            continue
        raw = bytes(viewer.first[: viewer.first_size])
        plain = peer.dtls.receiver.rtp(raw)
        place = plain.index(MARK) + len(MARK)
        number = int.from_bytes(plain[place : place + 8], "big")
        offsets[at] = number - int.from_bytes(raw[2:4], "big")
    for record in ears.records[: ears.used]:
        offset = offsets.get(record.viewer)
        if offset is None:
            continue
        number = record.sequence + offset
        sent = source.sent.get(number) or source.sent.get(number + 65536)
        if sent:
            found.append((sent, (record.arrived - sent) / 1e6))
    return found


def bare_loop(levels: list[int], seconds: float, cores: tuple[int | None, int | None]) -> list[Row]:
    from pylibsrtp import _binding

    rows = []
    run = library("bare_loop").bare_loop
    run.restype = ctypes.c_int64
    for level in levels:
        sockets = []
        for _ in range(level):
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.bind(("127.0.0.1", 0))
            sock.setblocking(False)
            sockets.append(sock)
        pin(cores[1])
        ears = Ears([sock.fileno() for sock in sockets], 1)
        ports = (ctypes.c_uint16 * level)(*(sock.getsockname()[1] for sock in sockets))
        cpu = ctypes.c_double()

        def loop(ports: Any = ports, cpu: Any = cpu, level: int = level) -> int:
            pin(cores[0])  # this thread only
            sent: int = run(
                _binding.__file__.encode(),
                ports,
                level,
                PACKETS_PER_FRAME,
                SIZE,
                ctypes.c_double(FRAMES_PER_SECOND),
                ctypes.c_double(seconds),
                ctypes.byref(cpu),
            )
            return sent

        result: list[int] = []
        thread = threading.Thread(target=lambda: result.append(loop()))  # noqa: B023  (joined in this turn)
        thread.start()
        thread.join()
        time.sleep(0.2)
        ears.close()
        for sock in sockets:
            sock.close()
        got = sum(viewer.packets for viewer in ears.viewers)
        row: Row = {
            "server": "loop",
            "viewers": level,
            "packets": got,
            "arrived": got / max(1, result[0]),
            "cpu": cpu.value / seconds,
            "per_core": result[0] / cpu.value,
            "cpu_per_viewer_percent": 100 * cpu.value / seconds / level,
        }
        rows.append(row)
        print(line(row), flush=True)
    return rows


def line(row: Row) -> str:
    def number(name: str, form: str) -> str:
        value = row.get(name)
        return "–".rjust(8) if value is None else format(value, form).rjust(8)

    return (
        f"{row['server']:9} {row['viewers']:4} viewers {number('per_core', ',.0f')} packets/s/core"
        f" {number('cpu', '.0%')} CPU {number('cpu_per_viewer_percent', '.3f')} % each"
        f" {number('delay_p50_ms', '.2f')} / {number('delay_p99_ms', '.2f')} ms delay {number('join_cpu_ms', '.1f')} ms CPU/join"
        f" {number('memory_per_viewer_kb', '.0f')} KB each {number('arrived', '.1%')} arrived"
    )


async def main() -> None:
    seconds = float(os.environ.get("CLOSETCAST_BENCH_SECONDS", "5"))
    levels = [int(one) for one in os.environ.get("CLOSETCAST_BENCH_LEVELS", "20,100,300,500").split(",")]
    servers = os.environ.get("CLOSETCAST_BENCH_SERVERS", "compiled,python,janus,loop").split(",")
    available, cores = two_cores()
    rows: list[Row] = []
    for name in servers:
        missing = why_not_compiled() if name == "compiled" else None
        if name == "janus" and not Janus.installed():
            missing = "Debian's package janus is not installed"
        if missing is not None:
            print(f"{name}: left out, {missing}")
            continue
        if name == "loop":
            rows += await asyncio.to_thread(bare_loop, levels, seconds, cores)
        elif name == "janus":
            rows += await compare(Janus(), levels, seconds, cores)
        else:
            rows += await compare(Ours("compiled" if name == "compiled" else "python"), levels, seconds, cores)
    os.sched_setaffinity(0, set(available))
    _verdict(rows)
    out = os.environ.get("CLOSETCAST_BENCH_OUT")
    if out:
        folder = Path(out)
        folder.mkdir(parents=True, exist_ok=True)
        measured = {
            "machine": f"{platform.machine()}, {len(available)} cores, Linux {platform.release()}",
            "rows": rows,
        }
        (folder / "engines.json").write_text(json.dumps(measured, indent=1) + "\n")
        (folder / "engines.svg").write_text(_figure.draw(rows))


def _verdict(rows: list[Row]) -> None:
    best = {
        name: max(row["per_core"] for row in rows if row["server"] == name) for name in {row["server"] for row in rows}
    }
    compiled = best.get("compiled")
    if compiled is None:
        return
    print(f"compiled: {compiled:,.0f} packets/s/core at best (bar 150,000)")
    for row in rows:
        if row["server"] == "compiled" and row["delay_p99_ms"] is not None:
            burst = PACKETS_PER_FRAME * row["viewers"]
            print(
                f"  added delay with {row['viewers']} viewers: p99 {row['delay_p99_ms']:.1f} ms at {row['cpu']:.0%} of the core;"
                f" a frame for all of them is {burst:,} packets, which take {1000 * burst / row['per_core']:.1f} ms to send"
            )
    for name, bar in (("janus", "bar 5"), ("python", "")):
        if name in best:
            print(f"  {compiled / best[name]:.1f} times {name} {bar}")
    if "loop" in best:
        pairs = [
            (row["viewers"], row["per_core"] / other["per_core"])
            for row in rows
            for other in rows
            if row["server"] == "compiled" and other["server"] == "loop" and row["viewers"] == other["viewers"]
        ]
        print("  of the C loop: " + ", ".join(f"{share:.0%} at {viewers}" for viewers, share in pairs) + " (goal 80 %)")
