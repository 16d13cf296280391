"""A short run of what ``python -m tests.bench linearizability`` does at length."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.linearizability.checker import problems
from tests.linearizability.driver import Round, prepare


@pytest.mark.timeout(120)
async def test_claims_of_a_crowd_with_a_death_between(tmp_path: Path) -> None:
    stage = await prepare(tmp_path, buyers=40, rounds=3)
    chance = random.Random(7)
    try:
        for number, piece in enumerate(stage.pieces):
            played = Round(stage, piece, chance)
            await played.play(kill=number % 2 == 1)
            granted = [one for one in played.history if one.kind == "claim" and one.hold_id is not None]
            assert problems(played.history) == []
            assert played.unanswered >= 1  # hung up, or the server died before it could answer
            assert len(granted) >= 1
    finally:
        stage.server.close()
