"""1,000 claims at once on one piece, in each of 100 rounds, with buyers who hang up and a server that is killed.

Whoever got the piece gives it back among the others' claims. Each tenth buyer hangs up before the answer, each fifth round the
server is killed with SIGKILL amid the claims and started again; what had no answer is asked again with its key. Every history
is checked: could one piece have done this? It is no measurement of speed, and takes some minutes.

    python -m tests.bench.linearizability [--buyers 1000] [--rounds 100] [--kill-every 5]
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.linearizability.checker import problems
from tests.linearizability.driver import Round, prepare


async def run(buyers: int, rounds: int, kill_every: int, seed: int) -> int:
    """The number of histories that are not linearizable."""
    chance, wrong, granted, operations, attempts, unanswered, kills = random.Random(seed), 0, 0, 0, 0, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        stage = await prepare(Path(folder), buyers, rounds)
        started = time.monotonic()
        try:
            for number, piece in enumerate(stage.pieces, 1):
                played = Round(stage, piece, chance)
                kill = number % kill_every == 0
                await played.play(kill=kill)
                found = problems(played.history)
                for problem in found[:5]:
                    print(f"round {number}: {problem}")
                wrong += bool(found)
                kills += kill
                operations += len(played.history)
                attempts += played.attempts
                unanswered += played.unanswered
                if number % 10 == 0:
                    print(f"round {number} of {rounds}: {time.monotonic() - started:.0f} s", flush=True)
                granted += sum(one.kind == "claim" and one.hold_id is not None for one in played.history)
        finally:
            stage.server.close()
    seconds = time.monotonic() - started
    print(f"{rounds} rounds of {buyers:,} buyers in {seconds:.0f} s, {kills} kills of the server")
    print(f"  requests                                  {attempts:>8,}")
    print(f"  of them without an answer                 {unanswered:>8,}  (the buyer hung up, or the server was dead)")
    print(f"  operations in the histories               {operations:>8,}")
    print(f"  holds granted                             {granted:>8,}")
    print(f"  histories that one piece cannot have had  {wrong:>8,}")
    return wrong


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.linearizability")
    parser.add_argument("--buyers", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--kill-every", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments if arguments is not None else [])
    if asyncio.run(run(options.buyers, options.rounds, options.kill_every, options.seed)):
        raise RuntimeError("a history is not linearizable")


if __name__ == "__main__":
    main(sys.argv[1:])
