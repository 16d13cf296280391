"""Three hundred join within a second while fifty watch: what those who watch notice.

The engine has one core; the host, those who watch (ears in C) and, in a process of its own at low priority, those who join
share the other. Offers are sent at once (as a shop's notification makes them), handshakes follow as fast as the engine answers.
For those who watch: how long packets took from the host's send to the kernel of the viewer, before the storm and from its first
offer to its last joined viewer. Each round has an engine of its own; at the end come the medians over the rounds.

``CLOSETCAST_BENCH_JOINS`` (default 300), ``CLOSETCAST_BENCH_ROUNDS`` (default 3), ``CLOSETCAST_BENCH_SERVERS`` (default
"compiled"; "python" cannot carry 350 viewers on one core, so take fewer joins for it).
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import statistics
import time
from multiprocessing.connection import Connection

from livestream.engine.choose import why_not_compiled
from tests.bench._contestants import Line, Ours, Source
from tests.bench._machine import pin, two_cores
from tests.bench.engines import Ears, play, timed_delays
from tests.livestream.engine.light_peer import LightPeer

WATCHING, QUIET_SECONDS, LONGEST_SECONDS = 50, 3.0, 20.0


def _crowd(offers: Connection, orders: Connection, joins: int, core: int | None) -> None:
    pin(core)
    asyncio.run(_gather(Line(offers), orders, joins))


async def _gather(line: Line, orders: Connection, joins: int) -> None:
    peers = [await LightPeer("recvonly").open() for _ in range(joins)]
    loop = asyncio.get_running_loop()
    orders.send("ready")
    await loop.run_in_executor(None, orders.recv)
    os.nice(10)  # the crowd's phones are not this machine's: host and ears go first

    async def join(peer: LightPeer) -> float:
        begun = time.monotonic()
        await peer.connect(str(await line.ask("watch", peer.offer)))
        loop._remove_reader(peer.transport.get_extra_info("socket").fileno())  # type: ignore[attr-defined]  # what comes now is the kernel's to drop
        return time.monotonic() - begun

    outcomes = await asyncio.gather(*(join(peer) for peer in peers), return_exceptions=True)
    took = [outcome for outcome in outcomes if isinstance(outcome, float)]
    failed = sorted({repr(outcome) for outcome in outcomes if not isinstance(outcome, float)})
    orders.send((time.time_ns(), took, failed))
    await loop.run_in_executor(None, orders.recv)


async def _round(server: Ours, joins: int, cores: tuple[int | None, int | None]) -> dict[str, float]:
    pin(cores[1])
    await server.start(cores[0])
    context = multiprocessing.get_context("spawn")
    orders, other = context.Pipe()
    crowd = context.Process(target=_crowd, args=(server.other_line, other, joins, cores[1]), name="crowd", daemon=True)
    crowd.start()
    other.close()  # so that a crowd that fails is noticed
    source = Source()
    peers: list[LightPeer] = []
    loop = asyncio.get_running_loop()
    try:
        await play(server, source, 0.5)
        for _ in range(WATCHING):
            peer = await server.viewer()
            loop._remove_reader(peer.transport.get_extra_info("socket").fileno())  # type: ignore[attr-defined]
            peers.append(peer)
            if len(peers) % 10 == 0:
                server.consent(peers)
        await loop.run_in_executor(None, orders.recv)
        server.consent(peers)
        await play(server, source, 1.0)
        source.sent = {-1: 0}
        ears = Ears([peer.transport.get_extra_info("socket").fileno() for peer in peers], 2_000_000)
        try:
            await play(server, source, QUIET_SECONDS)
            cpu, begun = server.cpu(), time.time_ns()
            orders.send("go")
            server.consent(peers)
            while not orders.poll() and time.time_ns() - begun < LONGEST_SECONDS * 1e9:
                await play(server, source, 0.2)
            used = server.cpu() - cpu
            ended, took, failed = orders.recv() if orders.poll() else (time.time_ns(), [], ["the crowd never got in"])
            await asyncio.sleep(0.3)
        finally:
            ears.close()
        for reason in failed:
            print(f"  not joined: {reason}")
        found = timed_delays(ears, peers, source, 2)
        before = statistics.quantiles([delay for sent, delay in found if sent < begun], n=1000)
        storm = [delay for sent, delay in found if begun <= sent <= ended]
        during = statistics.quantiles(storm, n=1000)
        sent = sum(begun <= moment <= ended for moment in source.sent.values())
        row = {
            "p50 before": before[499],
            "p99 before": before[989],
            "p50 during": during[499],
            "p99 during": during[989],
            "p99 ratio": during[989] / before[989],
            "longest": max(storm),
            "joined": float(len(took)),
            "seconds": (ended - begun) / 1e9,
            "arrived": len(storm) / max(1, sent * WATCHING / 2),
            "CPU s": used,
        }
        orders.send("done")
        return row
    finally:
        crowd.join(5)
        if crowd.is_alive():
            crowd.kill()
            crowd.join()
        for peer in peers:
            peer.close()
        await server.stop()


def _line(name: str, row: dict[str, float]) -> str:
    return (
        f"{name:9} quiet p50 {row['p50 before']:6.2f} p99 {row['p99 before']:6.2f} ms | storm p50 {row['p50 during']:6.2f}"
        f" p99 {row['p99 during']:6.1f} longest {row['longest']:6.1f} ms, {row['p99 ratio']:5.1f} times,"
        f" {row['arrived']:.1%} arrived"
        f" | {row['joined']:.0f} joined in {row['seconds']:.2f} s, {row['CPU s']:.2f} s of the engine's core"
    )


async def main() -> None:
    joins = int(os.environ.get("CLOSETCAST_BENCH_JOINS", "300"))
    rounds = int(os.environ.get("CLOSETCAST_BENCH_ROUNDS", "3"))
    available, cores = two_cores()
    for name in os.environ.get("CLOSETCAST_BENCH_SERVERS", "compiled").split(","):
        if name == "compiled" and why_not_compiled() is not None:
            print(f"compiled: left out, {why_not_compiled()}")
            continue
        rows = []
        for _ in range(rounds):
            rows.append(await _round(Ours("compiled" if name == "compiled" else "python"), joins, cores))
            print(_line(name, rows[-1]), flush=True)
        print(_line("median", {key: statistics.median(row[key] for row in rows) for key in rows[0]}), flush=True)
    os.sched_setaffinity(0, set(available))
