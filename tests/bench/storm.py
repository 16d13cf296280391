"""Three hundred join within a second while fifty watch: what those who watch notice.

The engine runs in a process of its own. Offers are sent at once (as a shop's notification makes them), handshakes follow as
fast as the engine answers. For those who watch already: how long packets took from the host's send to the kernel of the
viewer, before and during the storm. ``CLOSETCAST_BENCH_JOINS`` (default 300), ``CLOSETCAST_BENCH_SERVERS`` (default
"compiled,python").
"""

from __future__ import annotations

import asyncio
import os
import statistics
import time

from livestream.engine.choose import why_not_compiled
from tests.bench._contestants import FRAMES_PER_SECOND, PACKETS_PER_FRAME, Ours, Source
from tests.bench.engines import Ears, delays, play
from tests.livestream.engine.light_peer import LightPeer

WATCHING, SECONDS = 50, 6.0


async def _storm(server: Ours, joins: int) -> list[float]:
    """How long each join took, from the offer to keys."""

    async def join() -> tuple[LightPeer, float]:
        begun = time.monotonic()
        peer = await server.viewer()
        return peer, time.monotonic() - begun

    outcomes = await asyncio.gather(*(join() for _ in range(joins)), return_exceptions=True)
    joined = [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            print(f"one did not join: {type(outcome).__name__} {outcome}")
    for peer, _ in joined:
        peer.close()
    return [took for _, took in joined]


async def _compare(server: Ours, joins: int) -> None:
    await server.start(None)
    source, peers = Source(), []
    loop = asyncio.get_running_loop()
    try:
        await play(server, source, 0.5)
        for _ in range(WATCHING):
            peer = await server.viewer()
            loop._remove_reader(peer.transport.get_extra_info("socket").fileno())  # type: ignore[attr-defined]
            peers.append(peer)
        await play(server, source, 1.0)
        for storm in (False, True):
            source.sent = {-1: 0}
            ears = Ears([peer.transport.get_extra_info("socket").fileno() for peer in peers], 1_000_000)
            try:
                task = asyncio.create_task(_storm(server, joins)) if storm else None
                await play(server, source, SECONDS)
                took = await task if task is not None else []
                await asyncio.sleep(0.2)
            finally:
                ears.close()
            _say(server, ears, peers, source, took, storm)
    finally:
        for peer in peers:
            peer.close()
        await server.stop()


def _say(server: Ours, ears: Ears, peers: list[LightPeer], source: Source, took: list[float], storm: bool) -> None:
    waits = delays(ears, peers, source)
    wanted = round(SECONDS * FRAMES_PER_SECOND) * PACKETS_PER_FRAME * WATCHING
    percent = statistics.quantiles(waits, n=1000)
    text = f"{server.name:9} {'storm' if storm else 'quiet'}: {ears.used / wanted:.1%} arrived, added delay "
    text += f"p50 {percent[499]:.2f} ms, p99 {percent[989]:.1f} ms, longest {max(waits):.0f} ms"
    if took:
        text += f"; {len(took)} joined, median {statistics.median(took):.2f} s, slowest {max(took):.2f} s"
    print(text, flush=True)


async def main() -> None:
    joins = int(os.environ.get("CLOSETCAST_BENCH_JOINS", "300"))
    for name in os.environ.get("CLOSETCAST_BENCH_SERVERS", "compiled,python").split(","):
        if name == "python" or (name == "compiled" and why_not_compiled() is None):
            await _compare(Ours("compiled" if name == "compiled" else "python"), joins)
