"""A reconnect storm: 5,000 sockets come back to one show within five seconds, while people go on talking.

As after a restart: every page waits its own jittered time, connects and joins, one in four signed in, each with a whole snapshot,
which is dearer than resuming. Measured: from the first connection to the last answered join (bar: 10 s), the server's CPU per
join, which a busy machine blurs least, and how long a message takes meanwhile from `say` to its answer. The last line is the
verdict.

    python -m tests.bench.storm [--sockets 5000] [--within 5]
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections.abc import Sequence

from tests.bench._chat import open_socket, server
from tests.bench._machine import cpu_seconds
from web.serve import raise_file_limit

BAR_SECONDS = 10.0
SAY_EVERY = 0.1  # seconds


async def storm(sockets: int, within: float) -> None:
    with server() as (pid, port, show_id, names):
        talker = await open_socket(port, show_id, names[0])
        waits: list[float] = []

        async def talk() -> None:
            for said in range(1_000_000):
                before, begin = talker.answers["ok"], time.perf_counter()
                talker.send(id=said + 2, do="say", text=f"still here {said}", key=f"s{said}")
                while talker.answers["ok"] == before:  # noqa: ASYNC110 - the protocol counts, it does not signal
                    await asyncio.sleep(0.002)
                waits.append(time.perf_counter() - begin)
                await asyncio.sleep(SAY_EVERY)

        async def come_back(place: int) -> None:
            await asyncio.sleep(random.uniform(0, within))
            opened.append(await open_socket(port, show_id, names[place % len(names)] if place % 4 == 0 else None))

        opened: list[object] = []
        talking = asyncio.create_task(talk())
        begin, cpu = time.perf_counter(), cpu_seconds(pid)
        results = await asyncio.gather(*(come_back(place) for place in range(sockets)), return_exceptions=True)
        took, cpu = time.perf_counter() - begin, cpu_seconds(pid) - cpu
        talking.cancel()
        failed = sum(isinstance(result, BaseException) for result in results)
        waits.sort()
        p99 = waits[int(len(waits) * 0.99) - 1] * 1000 if waits else float("inf")
        print(
            f"storm: {len(opened)} of {sockets} joined in {took:.1f} s, {failed} failed; {cpu / sockets * 1000:.2f} ms of CPU"
            f" per join, messages and deliveries to all among it; {len(waits)} messages said meanwhile, p99 {p99:.0f} ms"
        )
        kept = failed == 0 and took <= BAR_SECONDS and len(waits) > 0
        print(
            f"storm: {'PASSED' if kept else 'MISSED'} (bar: all within {BAR_SECONDS:.0f} s while people talk)",
            flush=True,
        )


def main(arguments: Sequence[str] = ()) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sockets", type=int, default=5_000)
    parser.add_argument("--within", type=float, default=5.0)
    options = parser.parse_args(arguments)
    import uvloop

    raise_file_limit()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(storm(options.sockets, options.within))


if __name__ == "__main__":
    main(sys.argv[1:])
